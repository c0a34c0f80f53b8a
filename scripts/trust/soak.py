"""A long run with churn and faults: does memory grow, do descriptors or threads leak, do the books balance?"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

from cluster import Failure, Run, wait_until
from faults import FaultProxy, RawPeer
from table import Row

WORKERS, ANNOTATORS = 8, 2
# Memory grows while caches fill; only what comes after this share of the time counts.
WARM_UP = 0.25
MEGABYTES_PER_HOUR = 1.0


def slope(samples):
    """Least squares: bytes per second of (seconds, bytes)."""
    times = [at for at, _ in samples]
    middle = sum(times) / len(times)
    mean = sum(value for _, value in samples) / len(samples)
    spread = sum((at - middle) ** 2 for at in times)
    return sum((at - middle) * (value - mean) for at, value in samples) / spread if spread else 0.0


class Churn:
    """Disturbs a run: one random event at a time. A peer that was killed is started again, as a supervisor would."""

    def __init__(self, run, seed):
        self.run, self.random, self.events = run, random.Random(seed), {}
        self.proxy = FaultProxy(run.endpoint, seed)
        # "calm" peers are never disturbed, so that their memory can be followed.
        self.calm = {"learner": run.learner, "worker": run.worker("calm"), "annotator": run.annotator("calm-annotator")}
        self.workers = {f"w{index}": self.start_worker(f"w{index}") for index in range(1, WORKERS)}
        self.annotators = {f"a{index}": run.annotator(f"a{index}") for index in range(1, ANNOTATORS)}

    def start_worker(self, name):
        through = self.proxy.endpoint if int(name[1:]) % 2 else None
        return self.run.worker(name, endpoint=through)

    def disturb(self):
        event = self.random.choice([self.kill_worker, self.stop_worker, self.kill_annotator, self.cut, self.hold, self.damage, self.babble])
        event()
        self.events[event.__name__] = self.events.get(event.__name__, 0) + 1

    def replace(self, peers, start):
        name = self.random.choice(sorted(peers))
        peers[name].process.kill()
        peers[name].wait()
        self.run.peers.remove(peers[name])
        peers[name] = start(name)

    def kill_worker(self):
        self.replace(self.workers, self.start_worker)

    def kill_annotator(self):
        self.replace(self.annotators, self.run.annotator)

    def stop_worker(self):
        worker = self.workers[self.random.choice(sorted(self.workers))]
        worker.send(signal.SIGSTOP)
        time.sleep(self.random.choice([0.5, 4]))
        worker.send(signal.SIGCONT)

    def cut(self):
        self.proxy.cut()

    def hold(self):
        self.proxy.holds = True
        time.sleep(self.random.choice([1, 5]))
        self.proxy.holds = False

    def damage(self):
        self.proxy.damage_bytes = 1 << 18
        time.sleep(1)
        self.proxy.damage_bytes = 0

    def babble(self):
        for _ in range(10):
            try:
                peer = RawPeer(self.run.endpoint)
                peer.frame(self.random.randbytes(300), more=self.random.random() < 0.3)
                peer.close()
            except OSError:
                pass


def soak(run, seconds, seed, report):
    churn = Churn(run, seed)
    wait_until(lambda: run.latest("peer/workers") >= WORKERS, "all workers join")
    run.expect_progress(20_000)
    began = time.monotonic()
    samples = {name: [] for name in churn.calm}
    first, balanced, looks, next_event = None, 0, 0, 0.0
    while (elapsed := time.monotonic() - began) < seconds:
        if elapsed >= next_event:
            churn.disturb()
            next_event = time.monotonic() - began + 2 + 6 * churn.random.random()
        dead = [name for name, program in churn.calm.items() if not program.is_alive]
        if dead:
            raise Failure(f"{dead[0]} ended after {elapsed:.0f} s: {churn.calm[dead[0]].text[-300:]}")
        for name, program in churn.calm.items():
            samples[name].append((elapsed, program.resident_bytes))
        if elapsed >= seconds * WARM_UP and first is None:
            first = {name: (program.descriptors, program.threads) for name, program in churn.calm.items()}
        looks += 1
        balanced += run.books()
        time.sleep(min(2.0, seconds / 60))
    report.check(f"{sum(churn.events.values())} events {churn.events}; all calm processes live", "none ends", True)
    report.check(f"books balanced in {balanced} of {looks} looks", "all", balanced == looks)
    run.expect_progress(10_000)
    for name, program in churn.calm.items():
        late = [sample for sample in samples[name] if sample[0] >= seconds * WARM_UP]
        rate = slope(late) * 3600 / (1 << 20)
        growth = late[-1][1] / late[0][1] - 1
        # Minutes cannot show a megabyte an hour: below an hour the growth itself counts.
        passed = rate < MEGABYTES_PER_HOUR if seconds >= 3600 else growth < 0.05
        report.check(f"{name}: {late[-1][1] >> 20} MiB, {rate:+.1f} MB/h, {growth:+.1%} since the warm-up",
                     "under 1 MB/h" if seconds >= 3600 else "under 5%", passed)
    time.sleep(5)
    for name, program in churn.calm.items():
        now = (program.descriptors, program.threads)
        # A peer that is reconnecting right now has a socket more or less.
        passed = abs(now[0] - first[name][0]) <= 2 * WORKERS and abs(now[1] - first[name][1]) <= 2
        report.check(f"{name}: descriptors and threads {now}, {first[name]} after the warm-up", "constant", passed)
    churn.proxy.close()
    _, _, exact = run.closed_books()
    report.check("played = trained + discarded + queued at the end", "exactly", exact)
    status = run.stop()
    report.check(f"the learner ended with {status}", "0", status == 0)


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak.sh")
    parser.add_argument("hours", type=float)
    parser.add_argument("--config", default="captiongrid")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("fields", nargs="*", help="section.field=value of the learner")
    arguments = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="tengu-soak-"))
    report = Row(0, f"soak of {arguments.hours:g} h, {arguments.config}", scratch)
    began = time.monotonic()
    try:
        with Run(scratch, configuration=arguments.config) as run:
            run.start("telemetry.interval_seconds=5", *arguments.fields)
            soak(run, arguments.hours * 3600, arguments.seed, report)
    except Exception as error:
        report.check(f"{type(error).__name__}: {error}", "the run can be measured", False)
    for line in report.lines(time.monotonic() - began):
        print(line, flush=True)
    if report.passed:
        shutil.rmtree(scratch, ignore_errors=True)
    else:
        print(f"kept: {scratch}")
    sys.exit(0 if report.passed else 1)


main()
