"""Environments that play a script, for tests. Their observation counts episodes and steps."""
import time

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode


class Scripted(gymnasium.Env):
    """Ends after `length` steps. The observation is (seed modulo 1000, step)."""

    def __init__(self, length=3, end="terminated", fail_at=None, reset_fails=False, hang_at=None, nan_at=None, n=4, start=0):
        self.observation_space = spaces.Box(-1, 1000, (2,), np.float64)
        self.action_space = spaces.Discrete(n, start=start)
        self.length, self.end, self.fail_at, self.reset_fails = length, end, fail_at, reset_fails
        self.hang_at, self.nan_at, self.count, self.seed_value = hang_at, nan_at, 0, 0

    def observe(self):
        return np.array([self.seed_value % 1000, np.nan if self.count == self.nan_at else self.count], np.float64)

    def reset(self, *, seed=None, options=None):
        if self.reset_fails:
            raise RuntimeError("the world is full")
        self.seed_value, self.count = seed, 0
        return self.observe(), {"message": "a reset says this"}

    def step(self, action):
        self.count += 1
        if self.count == self.fail_at:
            raise ValueError("the script says so")
        if self.count == self.hang_at:
            time.sleep(1e6)
        done = self.count == self.length
        info = {"message": f"step {self.count} action {action}"} if self.count != 2 else {}
        if done:
            info["is_success"] = self.end == "both"
        return self.observe(), float(self.count), done and self.end != "truncated", done and self.end != "terminated", info


class Reporting(Scripted):
    """Reports facts of its episodes, and what is no fact."""

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        info |= {"gold": np.float32(2.5), "found the key": True, "caf\u00e9": np.array(7), "nothing": float("nan"), "map": np.zeros(3),
                 "huge": 1e30, "words": "many", 5: 1.0, "TimeLimit.truncated": False}
        return observation, reward, terminated, truncated, info


class Mixed(gymnasium.Env):
    """Every kind of space, with keys that the observation returns in another order."""

    def __init__(self):
        self.observation_space = spaces.Dict([
            ("word", spaces.Text(20)), ("box", spaces.Box(-2, 2, (3,), np.float32)), ("which", spaces.Discrete(5, start=3)),
            ("bits", spaces.MultiBinary(3)), ("many", spaces.MultiDiscrete([2, 300])),
            ("inner", spaces.Dict({"b": spaces.Discrete(2), "a": spaces.Tuple([spaces.Box(0, 9, (), np.uint16)])})),
            ("grid", spaces.Box(0, 255, (3, 4, 2), np.uint8))])
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        grid = np.zeros((3, 4, 2), np.uint8)
        grid[..., 1] = 7
        return {"grid": grid, "inner": {"a": (np.uint16(8),), "b": 1}, "many": np.array([1, 299]), "bits": np.array([1, 0, 1]),
                "which": np.int64(4), "box": np.array([0, 1, -1], np.float32), "word": "hé"}, {}

    def step(self, action):
        return self.reset()[0], 0.5, False, False, {}


class Picture(Mixed):
    def __init__(self):
        super().__init__()
        self.observation_space = spaces.Box(0, 255, (20, 24, 3), np.uint8)

    def reset(self, *, seed=None, options=None):
        return np.arange(1440, dtype=np.uint8).reshape(20, 24, 3), {}


class Sequences(Mixed):
    def __init__(self):
        super().__init__()
        self.observation_space = spaces.Sequence(spaces.Discrete(3))


ACTION_SPACES = {
    "box": spaces.Box(np.array([[-1, 0]]), np.array([[1, np.inf]]), dtype=np.float64),
    "choices": spaces.MultiDiscrete([[2, 3]], start=[[5, 0]]), "bits": spaces.MultiBinary([1, 3]), "integers": spaces.Box(0, 3, (2,), int),
    "large": spaces.Box(-1, 1, (300,)), "nested": spaces.Dict({"move": spaces.Discrete(3)}), "plain": spaces.Discrete(3)}


class Acting(gymnasium.Env):
    """Says which action it got, and allows what `mask` says: by a method, in its infos, in its observation, or not at all."""

    def __init__(self, actions="box", mask=None, size=3):
        self.action_space, self.where, self.count, self.size = ACTION_SPACES[actions], mask, 0, size
        self.observation_space = spaces.Box(0, 99, (1,), np.float32)
        if mask == "observation":
            self.observation_space = spaces.Dict({"action_mask": spaces.MultiBinary(size), "step": spaces.Discrete(99)})
        if mask == "method":
            self.action_masks = self.mask

    def mask(self):
        legal = np.ones(self.size, np.int8)
        legal[self.count % self.size] = 0
        return legal

    def result(self, text=""):
        info = {"message": text} if text else {}
        # The second step has no mask.
        if self.where == "info" and self.count != 2:
            info["action_mask"] = self.mask()
        if self.where == "parts":
            info["action_mask"] = (self.mask()[:2], self.mask()[2:])
        if self.where == "observation":
            return {"step": self.count, "action_mask": self.mask()}, info
        return np.array([self.count], np.float32), info

    def reset(self, *, seed=None, options=None):
        self.count = 0
        return self.result()

    def step(self, action):
        self.count += 1
        kind = f"{type(action).__name__} {getattr(action, 'dtype', '')} {np.asarray(action).tolist()}"
        observation, info = self.result(kind)
        return observation, 1.0, self.count == 4, False, info


class Counting(gymnasium.vector.VectorEnv):
    """Environment i ends after i + 2 steps; the observation is the step of the episode."""

    def __init__(self, count, mode="NextStep", masked=False, reports=False):
        self.masked, self.reports = masked, reports
        self.num_envs, self.metadata = count, {"autoreset_mode": AutoresetMode(mode)}
        self.single_observation_space, self.single_action_space = spaces.Box(0, 99, (1,), np.float32), spaces.Discrete(2)
        self.steps, self.done = np.zeros(count), np.zeros(count, bool)

    def observe(self):
        return self.steps.astype(np.float32)[:, None]

    def reset(self, *, seed=None, options=None):
        self.steps[(options or {}).get("reset_mask", slice(None))] = 0
        self.done[:] = False
        return self.observe(), self.masks()

    def masks(self):
        """Action 1 is illegal in the first step of an episode; the last environment has no masks."""
        if not self.masked:
            return {}
        return {"action_mask": np.stack([np.ones(self.num_envs), self.steps > 0], 1).astype(np.int8),
                "_action_mask": np.arange(self.num_envs) < self.num_envs - 1}

    def step(self, actions):
        mode = self.metadata["autoreset_mode"]
        resting = self.done if mode == AutoresetMode.NEXT_STEP else np.zeros_like(self.done)
        self.steps = np.where(resting, 0, self.steps + 1)
        ended = ~resting & (self.steps == np.arange(self.num_envs) + 2)
        self.done, infos, observations = ended, {}, self.observe()
        if mode == AutoresetMode.SAME_STEP and ended.any():
            final = np.full(self.num_envs, None, object)
            for i in np.flatnonzero(ended):
                final[i] = observations[i]
            infos = {"final_obs": final, "_final_obs": ended}
            self.steps[ended] = 0
            observations = self.observe()
        infos |= self.masks()
        if self.reports:
            report = {"length": np.arange(self.num_envs) + 2.0, "_length": ended}
            infos |= {"final_info": report, "_final_info": ended} if mode == AutoresetMode.SAME_STEP and ended.any() else report
        return observations, np.where(resting, 0.0, 1.0), ended, np.zeros_like(ended), infos


def caption(environment, observation, info):
    return f"{type(environment.unwrapped).__name__} at {observation[1]:.0f}"


def broken_caption(environment, observation, info):
    return observation["no such key"]


def clip_wrapper(environment):
    return gymnasium.wrappers.TransformReward(environment, lambda reward: min(reward, 1.5))
