#!/usr/bin/env python3
"""Measure the steps per second of Python's nle. `tengu-bench env` compares Tengu with it.

usage: bench_nle.py [--task NetHackScore] [--environments 16] [--seed 1] [--seconds 10] [--json] [KEY...]

Plays random actions in N environments in turn, resets included, on one thread. Episodes have the seeds that
`tengu-bench env` gives them. KEYs are the observation keys to produce (default: glyphs chars colors specials blstats
message). Prints steps per CPU second and per second of wall time.
"""
import argparse
import json
import random
import time

from nle.env import tasks

DEFAULT_KEYS = ["glyphs", "chars", "colors", "specials", "blstats", "message"]
STEPS_BETWEEN_CLOCKS = 1024
MASK = (1 << 64) - 1


def split_mix(state):
    """The numbers of SplitMix64 from the seed `state`."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        mixed = state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        yield mixed ^ (mixed >> 31)


def reset(environment, seeds):
    """Begins the game of the next episode seed."""
    game = split_mix(next(seeds))
    environment.seed(core=next(game), disp=next(game), reseed=False)
    environment.reset()


def measure(environments, seed, seconds):
    generator = random.Random(seed)
    seeds = split_mix(seed)
    count = environments[0].action_space.n
    rounds = max(1, STEPS_BETWEEN_CLOCKS // len(environments))
    for environment in environments:
        reset(environment, seeds)
    steps = 0
    cpu, wall = time.process_time(), time.perf_counter()
    while time.process_time() - cpu < seconds:
        for _ in range(rounds):
            for environment in environments:
                _, _, terminated, truncated, _ = environment.step(generator.randrange(count))
                if terminated or truncated:
                    reset(environment, seeds)
        steps += rounds * len(environments)
    return steps / (time.process_time() - cpu), steps / (time.perf_counter() - wall)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keys", nargs="*", metavar="KEY")
    parser.add_argument("--task", default="NetHackScore")
    parser.add_argument("--environments", type=int, default=16, help="environments stepped in turn")
    parser.add_argument("--seed", type=int, default=1, help="of the episodes' seeds and of the actions")
    parser.add_argument("--seconds", type=float, default=10.0, help="CPU seconds to measure")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    keys = tuple(arguments.keys or DEFAULT_KEYS)
    make = getattr(tasks, arguments.task)
    environments = [make(observation_keys=keys, fix_moon_phase=True) for _ in range(max(1, arguments.environments))]
    cpu_rate, wall_rate = measure(environments, arguments.seed, arguments.seconds)
    if arguments.json:
        print(
            json.dumps(
                {
                    "task": arguments.task,
                    "keys": keys,
                    "environments": len(environments),
                    "steps_per_cpu_second": round(cpu_rate, 1),
                    "steps_per_second": round(wall_rate, 1),
                }
            )
        )
    else:
        print(
            f"nle {arguments.task} ({' '.join(keys)}), {len(environments)} environments in turn:"
            f" {cpu_rate:.0f} steps/CPU-s, {wall_rate:.0f} steps/s"
        )


if __name__ == "__main__":
    main()
