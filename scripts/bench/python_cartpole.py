#!/usr/bin/env python3
"""Trained steps per second on Gymnasium's CartPole-v1 and of Sample Factory: Tengu with plain environments in Python's
servers, Tengu with Gymnasium's own vectorised class there, and Sample Factory in its best setting on two cores, in turn.

Usage: python3 scripts/bench/python_cartpole.py [--seconds S] [--rounds N] [--threads K] [--python P] [--sample-factory P]

Both sides play the same pole and train a network of 64x64; `cluster/configs/gymnasium-cartpole.toml` is Tengu's setting. Every
round starts each side again, and counts S seconds after its first updates. Prints each round, then the medians of the rounds'
ratios. Needs the release build (or TENGU_BINARY), a Python with numpy and gymnasium, and one that has Sample Factory
(scripts/bench/setup-peers.sh).
"""
import argparse, json, statistics, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts/trust"))
from cluster import Run  # noqa: E402

# Steps after which pages are touched, servers are warm, and no episode is the first one.
WARM_STEPS = 200_000


def tengu(task, options):
    """Trained steps per second of a learner and one worker with servers of its own."""
    with tempfile.TemporaryDirectory() as folder, Run(folder, configuration="gymnasium-cartpole") as run:
        run.start(f"environment.task={task}", f"environment.python={options.python}", "checkpoint.interval_seconds=600")
        run.worker("worker", threads=options.threads)
        run.expect_progress(WARM_STEPS)
        return run.steps_per_second(options.seconds)


def sample_factory(options):
    """Its frames per second, as its own script measures them."""
    program = ROOT / "scripts/bench/sample_factory_cartpole.py"
    result = subprocess.run(
        [options.sample_factory, program, "--seconds", str(options.seconds)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{program.name}: {result.stderr.strip()}")
    return json.loads(result.stdout)["frames_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="rollout threads, each with a server process")
    parser.add_argument("--python", default="python3", help="an interpreter with numpy and gymnasium")
    parser.add_argument("--sample-factory", default=str(ROOT / ".deps/sample-factory-venv/bin/python"))
    options = parser.parse_args()
    sides = {
        "plain environments": lambda: tengu("gymnasium:CartPole-v1", options),
        "the vectorised class": lambda: tengu("gymnasium-vector:CartPole-v1", options),
        "Sample Factory": lambda: sample_factory(options),
    }
    rounds = []
    for number in range(options.rounds):
        rounds.append({name: measure() for name, measure in sides.items()})
        print(f"round {number + 1}: " + ", ".join(f"{name} {rate:,.0f} steps/s" for name, rate in rounds[-1].items()), flush=True)
    for name in list(sides)[:-1]:
        ratio = statistics.median(each[name] / each["Sample Factory"] for each in rounds)
        print(f"{name}: {statistics.median(each[name] for each in rounds):,.0f} steps/s, {ratio:.1f} times Sample Factory")


if __name__ == "__main__":
    main()
