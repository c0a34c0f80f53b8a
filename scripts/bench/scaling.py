#!/usr/bin/env python3
"""Measures how learning scales with the number of worker processes: speed, policy lag, discarded steps, the learner's CPU,
and the time and steps until nine of ten episodes succeed. Environments sleep in every step, so that a few cores stand for
many machines with slow environments. scripts/bench.sh scaling calls it.

Every run is a learner, an annotator and workers as real processes, and ends when the goal is reached or its steps are done.
Finished runs are kept in the results file, so that an interrupted measurement continues."""

import argparse
import json
import math
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts/trust"))
from faults import FaultProxy  # noqa: E402

EPISODES = 200  # latest episodes of which the goal is a share
START_SECONDS = 120.0
STOP_SECONDS = 20.0


class Run:
    """One learner, one annotator and `workers` workers, from start to goal.

    With `relays`, which may be 0, everything between the learner and the workers passes a proxy that counts bytes, and the
    workers are behind that many relays."""

    def __init__(self, options, workers, seed, folder, relays=None):
        self.options, self.folder, self.processes = options, pathlib.Path(folder), []
        overrides = [
            f"run.seed={seed}", f"environment.step_microseconds={options.step_us}", "telemetry.interval_seconds=1",
            f"telemetry.interval_steps={options.interval}", f"telemetry.episodes={EPISODES}",
            "checkpoint.interval_seconds=100000", *options.override]
        self.directory = self.folder / "run"
        self.learner = self.start(
            "learner", "learner", "--config", options.config, "--runs", str(self.folder), "--name", "run", "--steps",
            str(options.steps), *overrides)
        endpoint = self.wait_for(self.endpoint, "its address")
        self.proxy = FaultProxy(endpoint) if options.delay_ms or relays is not None else None
        if self.proxy:
            self.proxy.delay_seconds = options.delay_ms / 1000
            endpoint = self.proxy.endpoint
        self.start("annotator", "annotator", "--connect", self.endpoint())
        doors = [self.relay(number, endpoint) for number in range(relays or 0)] or [endpoint]
        for number in range(workers):
            self.start(f"worker-{number}", "worker", "--threads", str(options.threads), "--connect",
                       doors[number % len(doors)])

    def relay(self, number, learner):
        """Starts a relay and returns the address for its workers."""
        name = f"relay-{number}"
        self.start(name, "relay", "--connect", learner, "--name", name)
        log = self.folder / f"{name}.log"

        def address():
            found = re.search(r"workers connect to (\S+)", log.read_text())
            return found and found[1]
        return self.wait_for(address, f"the address of {name}")

    def start(self, log, *arguments):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        with open(self.folder / f"{log}.log", "wb") as output:
            process = subprocess.Popen(
                [self.options.tengu, *arguments], stdout=output, stderr=output, env=environment, start_new_session=True)
        self.processes.append(process)
        return process

    def endpoint(self):
        file = self.directory / "endpoint"
        return file.read_text().strip() if file.exists() else None

    def wait_for(self, value, what):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.learner.poll() is None:
            if found := value():
                return found
            time.sleep(0.05)
        sys.exit(f"the learner did not publish {what}: {(self.folder / 'learner.log').read_text()[-500:]}")

    def records(self):
        file = self.directory / "metrics.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def measure(self):
        """Follows the run to its end, and returns its numbers."""
        first = self.wait_for(lambda: next((r for r in self.records() if r["step"] > 0), None), "a first update")
        cpu, began = self.cpu_seconds(), time.monotonic()
        reached = None
        while self.learner.poll() is None and not reached:
            time.sleep(0.25)
            cpu_now, now = self.cpu_seconds() or cpu, time.monotonic()
            share, elapsed = cpu_now - cpu, now - began
            reached = next((r for r in self.records() if r.get("episode/success_rate", 0) >= self.options.goal), None)
        records = self.records()
        last = reached or records[-1]
        # What the trainer did after the first half, when everybody had arrived.
        steady = [r for r in records if first["step"] + (last["step"] - first["step"]) / 2 <= r["step"] <= last["step"]]
        seconds = last["run/elapsed_seconds"] - first["run/elapsed_seconds"]

        def mean(name):
            values = [r[name] for r in steady if r.get(name) is not None]
            return statistics.fmean(values) if values else None

        return {
            "reached": reached is not None, "success": last.get("episode/success_rate"),
            "return": last.get("episode/return_mean"), "steps": last["step"], "seconds": last["run/elapsed_seconds"],
            "steps_per_second": (last["step"] - first["step"]) / max(seconds, 1e-9),
            "lag": mean("policy/lag_mean"), "lag_played": mean("policy/lag_played_mean"),
            "lag_queued": mean("policy/lag_queued_mean"), "lag_maximum": max(r.get("policy/lag_maximum", 0) for r in records),
            "discarded": last["run/steps_discarded"], "learner_cpu": share / max(elapsed, 1e-9),
            "mismatch": last.get("loss/mismatch"),
        }

    def cpu_seconds(self):
        try:
            fields = pathlib.Path(f"/proc/{self.learner.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        # The learner first: its peers end with it.
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.proxy:
            self.proxy.close()


def table(results, counts):
    """The results as Markdown: medians over the seeds, and the range where it matters."""
    rows = [
        "| workers | goal reached | success | return | steps | seconds | share of the first seconds | SPS | lag played + queued | largest | "
        "discarded | learner's CPU |", "|---|---|---|---|---|---|---|---|---|---|---|---|"]
    base = None
    for count in counts:
        runs = [r for r in results if r["workers"] == count]
        if not runs:
            continue
        middle = lambda name: statistics.median(r[name] for r in runs if r[name] is not None)  # noqa: E731
        seconds = middle("seconds")
        base = base or seconds
        rows.append(
            f"| {count} | {sum(r['reached'] for r in runs)} of {len(runs)} | {middle('success'):.3f} | "
            f"{middle('return'):.3g} | {middle('steps'):,.0f} | {seconds:.1f} | "
            f"{seconds / base:.3f} | {middle('steps_per_second'):,.0f} | "
            f"{middle('lag_played'):.1f} + {middle('lag_queued'):.1f} | {middle('lag_maximum'):.0f} | "
            f"{max(r['discarded'] for r in runs)} | {middle('learner_cpu'):.2f} |")
    return "\n".join(rows)


def plot(results, counts, title):
    """Seconds to the goal by the number of workers as SVG, both on logarithmic scales: a dot for each run, a line through the
    medians, and the line on which twice the workers take half the time."""
    width, height, left, bottom = 640, 400, 70, 60
    reached = {count: [r["seconds"] for r in results if r["workers"] == count and r["reached"]] for count in counts}
    reached = {count: seconds for count, seconds in reached.items() if seconds}
    if not reached:
        return None
    every = [second for seconds in reached.values() for second in seconds]
    medians = [(count, statistics.median(seconds)) for count, seconds in sorted(reached.items())]
    first = medians[0]
    ideal = [(count, first[1] * first[0] / count) for count, _ in medians]
    low, high = math.log(min(every + [ideal[-1][1]]) * 0.8), math.log(max(every) * 1.25)
    span = math.log(medians[-1][0] / first[0]) or 1

    def place(count, seconds):
        x = left + (width - left - 60) * math.log(count / first[0]) / span
        return f"{x:.1f}", f"{40 + (height - bottom - 40) * (high - math.log(seconds)) / (high - low):.1f}"

    def line(points, style):
        return f'<polyline fill="none" {style} points="{" ".join(",".join(place(*point)) for point in points)}"/>'

    text = 'font-family="sans-serif" font-size="12" fill="#888"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
        f'<text x="{left}" y="22" font-family="sans-serif" font-size="14" fill="#888">{title}</text>',
        line(ideal, 'stroke="#888" stroke-dasharray="4 4"'), line(medians, 'stroke="#2563eb" stroke-width="2"')]
    for count, seconds in reached.items():
        parts += ['<circle cx="{}" cy="{}" r="4" fill="#2563eb" fill-opacity=".6"/>'.format(*place(count, s)) for s in seconds]
        x = place(count, seconds[0])[0]
        parts.append(f'<text x="{x}" y="{height - bottom + 22}" text-anchor="middle" {text}>{count}</text>')
    for count, seconds in medians:
        x, y = place(count, seconds)
        parts.append(f'<text x="{float(x) + 8:.1f}" y="{float(y) - 8:.1f}" {text}>{seconds:.0f} s</text>')
    parts += [
        f'<text x="{(left + width) / 2}" y="{height - 14}" text-anchor="middle" {text}>worker processes</text>',
        f'<text x="18" y="{height / 2}" transform="rotate(-90 18 {height / 2})" text-anchor="middle" {text}>seconds to the goal</text>',
        "</svg>"]
    return "\n".join(parts) + "\n"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tengu", default=str(ROOT / ".build/release/tengu"), help="the program to measure")
    parser.add_argument("--config", default=str(ROOT / "cluster/configs/captiongrid.toml"))
    parser.add_argument("--workers", default="1,4,16,64", help="numbers of worker processes")
    parser.add_argument("--threads", type=int, default=1, help="rollout threads of a worker")
    parser.add_argument("--step-us", type=int, default=5000, help="microseconds that a step of an environment sleeps")
    parser.add_argument("--delay-ms", type=float, default=0, help="milliseconds that the network adds in each direction")
    parser.add_argument("--goal", type=float, default=0.9, help="share of episodes that succeed; above 1 no run ends early")
    parser.add_argument("--steps", type=int, default=1_000_000, help="environment steps of a run, at most")
    parser.add_argument("--interval", type=int, default=10_240, help="environment steps between two looks at the goal")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--results", default=str(ROOT / ".build/bench/scaling.json"), help="file of the finished runs")
    parser.add_argument("--plot", help="write seconds by workers to this file as SVG")
    parser.add_argument("override", nargs="*", help="fields of the configuration, as section.field=value")
    return parser.parse_args()


def main():
    options = arguments()
    # Both end the processes of the run that is measured; finished runs are in the results file.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    counts = [int(count) for count in options.workers.split(",")]
    file = pathlib.Path(options.results)
    file.parent.mkdir(parents=True, exist_ok=True)
    results = json.loads(file.read_text()) if file.exists() else []
    setting = {"step_us": options.step_us, "delay_ms": options.delay_ms, "threads": options.threads,
               "steps_limit": options.steps, "goal": options.goal, "config": options.config, "override": options.override}
    for seed in (int(seed) for seed in options.seeds.split(",")):
        for count in counts:
            key = {**setting, "workers": count, "seed": seed}
            if any(all(r.get(name) == value for name, value in key.items()) for r in results):
                continue
            with tempfile.TemporaryDirectory(prefix="tengu-scaling-") as folder:
                run = Run(options, count, seed, folder)
                try:
                    numbers = run.measure()
                finally:
                    run.stop()
            results.append({**key, **numbers})
            file.write_text(json.dumps(results, indent=1) + "\n")
            print(f"{count} workers, seed {seed}: {'goal' if numbers['reached'] else 'no goal'} after {numbers['steps']:,} steps, "
                  f"{numbers['seconds']:.1f} s, {numbers['steps_per_second']:,.0f} SPS, success {numbers['success']}, lag {numbers['lag']:.1f}, "
                  f"{numbers['discarded']} discarded", file=sys.stderr, flush=True)
    chosen = [r for r in results if all(r.get(name) == value for name, value in setting.items())]
    print(table(chosen, counts))
    title = f"{pathlib.Path(options.config).stem}, {options.step_us / 1000:g} ms a step, {options.goal:g} of the episodes won"
    picture = plot(chosen, counts, title) if options.plot else None
    if picture:
        pathlib.Path(options.plot).write_text(picture)


if __name__ == "__main__":
    main()
