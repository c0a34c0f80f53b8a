"""A Python environment for Tengu in forty lines: a corridor with a key at one end and a chest at the other.

Train on it with clients/python/examples in PYTHONPATH:
    tengu serial --config cluster/configs/gymnasium-cartpole.toml environment.task=python:treasure:make \
        environment.caption=info.message
"""
import gymnasium
import numpy as np
from gymnasium import spaces


class Treasure(gymnasium.Env):
    """Walk to the key, then to the chest."""

    def __init__(self, length=8):
        self.length = length
        self.observation_space = spaces.Dict({
            "place": spaces.Discrete(length),                       # read as a category
            "has_key": spaces.MultiBinary(1),                       # read as a number
            "bearing": spaces.Box(-1, 1, (1,), np.float32)})        # scaled by its bounds
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place, self.has_key, self.steps = int(self.np_random.integers(1, self.length - 1)), False, 0
        return self.observe(), {}

    def step(self, action):
        self.place = min(max(self.place + (1 if action == 1 else -1), 0), self.length - 1)
        self.steps += 1
        info, found = {}, False
        if self.place == 0 and not self.has_key:
            self.has_key, info["message"] = True, "You pick up a key."
        elif self.place == self.length - 1:
            found = self.has_key
            info["message"] = "You open the chest." if found else "The chest is locked."
        info["is_success"] = found                                  # what `tengu eval` reports as success
        return self.observe(), float(found), found, self.steps == 50, info

    def observe(self):
        return {"place": self.place, "has_key": [int(self.has_key)], "bearing": [-1.0 if not self.has_key else 1.0]}


def make(**arguments):
    return Treasure(**arguments)
