#!/usr/bin/env python3
"""Steps per second of Python's nle, the number `tengu bench env` is compared with.

usage: bench_nle.py [--task NetHackScore] [--seconds 10] [--json] [KEY...]

Plays random actions, resets included, on one thread. KEYs are the observation keys to produce (default: glyphs chars
colors specials blstats message). Prints steps per CPU second and per second of wall time.
"""
import argparse
import json
import random
import time

from nle.env import tasks

DEFAULT_KEYS = ["glyphs", "chars", "colors", "specials", "blstats", "message"]
STEPS_BETWEEN_CLOCKS = 200


def measure(environment, seconds):
    generator = random.Random(1)
    count = environment.action_space.n
    environment.reset()
    steps = 0
    cpu, wall = time.process_time(), time.perf_counter()
    while time.process_time() - cpu < seconds:
        for _ in range(STEPS_BETWEEN_CLOCKS):
            _, _, terminated, truncated, _ = environment.step(generator.randrange(count))
            steps += 1
            if terminated or truncated:
                environment.reset()
    return steps / (time.process_time() - cpu), steps / (time.perf_counter() - wall)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keys", nargs="*", metavar="KEY")
    parser.add_argument("--task", default="NetHackScore")
    parser.add_argument("--seconds", type=float, default=10.0, help="CPU seconds to measure")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    keys = tuple(arguments.keys or DEFAULT_KEYS)
    environment = getattr(tasks, arguments.task)(observation_keys=keys)
    cpu_rate, wall_rate = measure(environment, arguments.seconds)
    if arguments.json:
        print(
            json.dumps(
                {
                    "task": arguments.task,
                    "keys": keys,
                    "steps_per_cpu_second": round(cpu_rate, 1),
                    "steps_per_second": round(wall_rate, 1),
                }
            )
        )
    else:
        print(f"nle {arguments.task} ({' '.join(keys)}): {cpu_rate:.0f} steps/CPU-s, {wall_rate:.0f} steps/s")


if __name__ == "__main__":
    main()
