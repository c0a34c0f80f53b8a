#!/usr/bin/env python3
"""Measure the frames per second of Sample Factory 2.1.1 (APPO) on CartPole-v1 with a 64x64 network on this machine.
`tengu-bench system` compares Tengu on CartPole with it.

usage: sample_factory_cartpole.py [--seconds 20] [--warm-up 8] [--workers 2] [--environments 64] [--batch 4096]

The defaults are its best setting on two cores: synchronous, each batch one unroll of 32 steps of all environments. Needs
a Python that has Sample Factory (scripts/bench/setup-peers.sh). Prints one line of JSON:
{"frames_per_second": ..., "frames_per_cpu_second": ..., "seconds": ...}, measured between two of its own reports.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

FRAMES = re.compile(r"Total num frames: (\d+)")
TICKS = os.sysconf("SC_CLK_TCK")
UNROLL = 32
PATIENCE_SECONDS = 10
START_SECONDS = 120


def processes(session):
    """(pid, CPU seconds) of every process of a session."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            yield int(entry), (int(fields[11]) + int(fields[12])) / TICKS


def command(options, folder):
    """Sample Factory's command line."""
    settings = {
        "env": "CartPole-v1",
        "algo": "APPO",
        "device": "cpu",
        "use_rnn": False,
        "async_rl": False,
        "num_workers": options.workers,
        "num_envs_per_worker": options.environments,
        "worker_num_splits": 2,
        "batch_size": options.batch,
        "rollout": UNROLL,
        "recurrence": 1,
        "reward_scale": 0.1,
        "decorrelate_experience_max_seconds": 0,
        "train_for_env_steps": 1_000_000_000,
        "save_every_sec": 100_000,
        "with_wandb": False,
        "experiment": "bench",
        "train_dir": folder,
    }
    arguments = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "sf_examples.train_gym_env", *arguments, "--encoder_mlp_layers", "64", "64"]


def end(process):
    """Asks the root process, then ends whatever is left of the session, each by its id."""
    process.send_signal(signal.SIGINT)
    deadline = time.time() + PATIENCE_SECONDS
    while time.time() < deadline and process.poll() is None:
        time.sleep(0.1)
    for pid, _ in list(processes(process.pid)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def follow(process, log, options):
    """Reads its reports until the window is over; returns the first and the last (time, frames, CPU seconds)."""
    first, begun, started = None, None, time.time()
    with open(log, encoding="utf-8", errors="replace") as lines:
        while True:
            found = FRAMES.search(lines.readline())
            if found and int(found.group(1)) > 0:
                cpu = sum(seconds for _, seconds in processes(process.pid))
                report = time.time(), int(found.group(1)), cpu
                begun = begun or report[0]
                if first is None and report[0] >= begun + options.warm_up:
                    first = report
                elif first is not None and report[0] >= first[0] + options.seconds:
                    return first, report
            elif not found:
                if process.poll() is not None or (begun is None and time.time() > started + START_SECONDS):
                    with open(log, encoding="utf-8", errors="replace") as text:
                        sys.exit("Sample Factory did not run:\n" + text.read()[-2000:])
                time.sleep(0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--warm-up", type=float, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--environments", type=int, default=64, help="of each worker")
    parser.add_argument("--batch", type=int, default=4096)
    options = parser.parse_args()
    # A terminated script ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    environment = dict(os.environ, WANDB_MODE="disabled", CUDA_VISIBLE_DEVICES="", PYTHONWARNINGS="ignore")
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command(options, folder), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                cwd=folder, env=environment, start_new_session=True
            )
        try:
            first, last = follow(process, log, options)
        finally:
            end(process)
    seconds, frames, cpu = (after - before for before, after in zip(first, last))
    print(
        json.dumps(
            {"frames_per_second": frames / seconds, "frames_per_cpu_second": frames / max(cpu, 1e-9), "seconds": seconds}
        )
    )


if __name__ == "__main__":
    main()
