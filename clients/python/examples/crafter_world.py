"""Crafter with Gymnasium's interface, and its achievements as captions: environment.task = "python:crafter_world:make".

Crafter itself has the interface of an older Gym: no `terminated`, and the seed of an episode only in its constructor.
Two episodes with the same seed and actions may differ late, because Crafter goes through sets of objects in no fixed order.
"""
import crafter
import gymnasium
import numpy as np

# What an achievement is called in a caption: "collect_wood" is "You collect wood."
WORDS = {"wake_up": "You wake up.", "eat_cow": "You eat a cow.", "eat_plant": "You eat a plant.",
         "defeat_zombie": "You defeat a zombie.", "defeat_skeleton": "You defeat a skeleton."}


def sentence(achievement):
    verb, _, rest = achievement.partition("_")
    return WORDS.get(achievement, f"You {verb} {'a ' if verb in ('make', 'place') else ''}{rest.replace('_', ' ')}.")


class Crafter(gymnasium.Env):
    def __init__(self, length=10_000):
        self.world = crafter.Env(length=length)
        self.observation_space = gymnasium.spaces.Box(0, 255, (64, 64, 3), np.uint8)
        self.action_space = gymnasium.spaces.Discrete(self.world.action_space.n)
        self.reached = set()

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if seed is not None:
            # The world of an episode depends on this seed and on the episode's number.
            self.world._seed, self.world._episode = seed, 0
        self.reached = set()
        return self.world.reset(), {"caption": ""}

    def step(self, action):
        observation, reward, done, info = self.world.step(int(action))
        new = {name for name, count in info["achievements"].items() if count > 0} - self.reached
        self.reached |= new
        died = done and info["discount"] == 0
        facts = {"caption": " ".join(sentence(name) for name in sorted(new)), "is_success": len(self.reached) == 22}
        return observation, float(reward), died, done and not died, facts


def make(**options):
    return Crafter(**options)
