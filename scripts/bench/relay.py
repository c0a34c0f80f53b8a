#!/usr/bin/env python3
"""Counts what travels between a learner and its workers with and without relays: bytes for each environment step that is
played, bytes for each policy version, with speed and lag. scripts/bench.sh relay calls it.

The runs are real processes on this machine, and the link to the learner passes a proxy that counts."""

import argparse
import pathlib
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent))
from scaling import ROOT, Run  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tengu", default=str(ROOT / ".build/release/tengu"), help="the program to measure")
    parser.add_argument("--config", default=str(ROOT / "cluster/configs/captiongrid.toml"))
    parser.add_argument("--workers", type=int, default=16, help="worker processes")
    parser.add_argument("--relays", default="0,2", help="numbers of relays; 0 = the workers connect to the learner")
    parser.add_argument("--threads", type=int, default=1, help="rollout threads of a worker")
    parser.add_argument("--step-us", type=int, default=2000, help="microseconds that a step of an environment sleeps")
    parser.add_argument("--delay-ms", type=float, default=0, help="milliseconds that the link adds in each direction")
    parser.add_argument("--steps", type=int, default=200_000, help="environment steps of a run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("override", nargs="*", help="fields of the configuration, as section.field=value")
    options = parser.parse_args()
    # No run ends early.
    options.goal, options.interval = 2.0, 10_240
    return options


def main():
    options = arguments()
    print("| relays | workers | bytes up, a step | bytes down, a policy version | policy versions | SPS | lag played + queued | discarded | success |")
    print("|---|---|---|---|---|---|---|---|---|")
    for relays in (int(count) for count in options.relays.split(",")):
        with tempfile.TemporaryDirectory(prefix="tengu-relay-") as folder:
            run = Run(options, options.workers, options.seed, folder, relays)
            try:
                numbers = run.measure()
                versions = run.records()[-1]["policy/version"]
                up, down = run.proxy.bytes_up, run.proxy.bytes_down
            finally:
                run.stop()
        print(f"| {relays} | {options.workers} | {up / numbers['steps']:.1f} | {down / max(1, versions):,.0f} | {versions:,.0f} | "
              f"{numbers['steps_per_second']:,.0f} | {numbers['lag_played']:.1f} + {numbers['lag_queued']:.1f} | "
              f"{numbers['discarded']} | {numbers['success']:.3f} |", flush=True)


if __name__ == "__main__":
    main()
