"""Rows about data in flight: lag, backpressure, memory, and a network that fails."""

import signal
import statistics
import subprocess
import time

from cluster import BINARY, Run, wait_until
from faults import FaultProxy
from table import row


@row(5, "stale policy")
def stale_policy(row):
    limit = 12
    with Run(row.scratch) as run:
        run.start(f"learner.maximum_policy_lag={limit}")
        run.annotator()
        frozen, _ = run.worker("frozen"), run.worker("other")
        run.expect_progress(10_000)
        first = run.status()
        run.expect_progress(100_000)
        last = run.status()
        steady = (last["stepsDiscarded"] - first["stepsDiscarded"]) / (last["stepsPlayed"] - first["stepsPlayed"])
        for _ in range(4):
            # Shorter than the heartbeats' patience: the session lives, and what it sends then is old.
            frozen.send(signal.SIGSTOP)
            time.sleep(1.5)
            frozen.send(signal.SIGCONT)
            time.sleep(1)
        run.expect_progress(5_000)
        lags = [record["policy/lag_maximum"] for record in run.metrics if record.get("policy/lag_maximum") is not None]
        discarded = run.status()["stepsDiscarded"]
        row.check(f"largest lag trained on: {max(lags):.0f}", f"at most {limit}", max(lags) <= limit)
        row.check(f"{discarded} steps of frozen workers discarded and counted", "more than 0", discarded > 0)
        row.check(f"{steady:.2%} discarded in steady state", "under 1%", steady < 0.01)


@row(8, "learner slower than its workers")
def backpressure(row):
    with Run(row.scratch) as run:
        run.start("network.hidden_size=512", "network.recurrent_size=512")
        run.annotator()
        for index in range(3):
            run.worker(f"w{index}", threads=2)
        run.expect_progress(5_000)
        time.sleep(10)
        memory, queued, exact = [run.learner.resident_bytes], 0, True
        for _ in range(20):
            time.sleep(1.5)
            exact &= run.books()
            queued = max(queued, run.status()["stepsQueued"])
            memory.append(run.learner.resident_bytes)
        # Medians, because a checkpoint that is being written is not growth.
        growth = statistics.median(memory[-7:]) / statistics.median(memory[:7]) - 1
        # Workers report every few seconds, so that most lines of the metrics show none.
        waiting = sum(record.get("worker/wait_seconds") or 0 for record in run.metrics)
        row.check(f"memory grew by {growth:.1%} in 30 s", "under 5%", growth < 0.05)
        row.check(f"at most {queued} steps queued", "2 batches and what 6 groups had sent", queued <= 512 * (2 + 6 * 2))
        row.check(f"workers waited for credit: {waiting:.1f} s in all", "more than 0", waiting > 0)
        sent, played, closed = run.closed_books()
        row.check("played = trained + discarded + queued in 20 looks, but for a batch in training", "yes", exact)
        row.check(f"workers sent {sent} steps, the learner received {played}", "equal", played == sent)
        row.check("played = trained + discarded + queued at the end", "exactly", closed)


@row(9, "memory, descriptors and threads")
def memory_growth(row):
    seconds = 90
    with Run(row.scratch) as run:
        run.start()
        run.annotator()
        for index in range(2):
            run.worker(f"w{index}")
        programs = {"learner": run.learner, "annotator": run.peers[0], "worker": run.peers[1]}
        run.expect_progress(50_000)
        time.sleep(20)
        first_step = run.step
        first = {name: (p.resident_bytes, p.descriptors, p.threads) for name, p in programs.items()}
        samples = {name: [] for name in programs}
        for _ in range(seconds // 3):
            time.sleep(3)
            for name, program in programs.items():
                samples[name].append(program.resident_bytes)
        steps = (run.step - first_step) / 1e6
        for name, program in programs.items():
            # Medians, because a checkpoint that is being written is not growth.
            growth = (statistics.median(samples[name][-10:]) - statistics.median(samples[name][:10])) / first[name][0] / steps
            row.check(f"{name}: memory {growth:+.2%} per million steps ({first[name][0] >> 20} MiB)", "under +0.5%", growth < 0.005)
            same = (program.descriptors, program.threads) == first[name][1:]
            row.check(f"{name}: {program.descriptors} descriptors, {program.threads} threads", f"as before: {first[name][1:]}", same)


@row(16, "network with delay, damage, cuts and partitions")
def network_faults(row):
    # With keys, as beyond one machine: CURVE notices damaged bytes, which no plain connection can.
    keys = row.scratch / "keys"
    peer = ["--learner", "keys/learner.public", "--role"]
    for name, arguments in (("learner", []), ("far", [*peer, "worker"]), ("watcher", [*peer, "observer"])):
        subprocess.run([BINARY, "keys", "new", name, *arguments], cwd=row.scratch, check=True, capture_output=True, timeout=30)
    with Run(row.scratch / "place") as run:
        run.observer_key = keys / "watcher.secret"
        run.start("--key", keys / "learner.secret", "--allow", keys, "annotator.kind=none", "reward.model=none")
        proxy = FaultProxy(run.endpoint, seed=16)
        run.worker("far", "--key", keys / "far.secret", endpoint=proxy.endpoint)
        run.expect_progress(10_000)
        exact = True

        def is_back(connections):
            # The log holds back lines of a peer that comes and goes often.
            return proxy.connections > connections and any(peer["role"] == "worker" for peer in run.status()["peers"])

        proxy.delay_seconds = 0.2
        run.expect_progress(2_000)
        exact &= run.books()
        proxy.delay_seconds = 0.0
        back = []
        for _ in range(5):
            before, at = proxy.connections, time.monotonic()
            proxy.cut()
            wait_until(lambda: is_back(before), "the worker comes back after a cut", 60)
            back.append(time.monotonic() - at)
            exact &= run.books()
        row.check(f"back {max(back):.1f} s after a cut", "32 s", max(back) <= 32)
        run.expect_progress(2_000)
        before, at = proxy.connections, time.monotonic()
        proxy.holds = True
        time.sleep(15)
        proxy.holds = False
        wait_until(lambda: is_back(before), "the worker comes back after a partition of 15 s", 90)
        row.check(f"back {time.monotonic() - at - 15:.1f} s after a partition of 15 s", "32 s", time.monotonic() - at - 15 <= 32)
        exact &= run.books()
        proxy.damage_bytes = 2 << 20
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and proxy.damaged < 6:
            time.sleep(0.5)
        proxy.damage_bytes = 0
        time.sleep(5)
        run.expect_progress(2_000, 90)
        exact &= run.books()
        row.check(f"{proxy.damaged} damaged bytes; the learner lives: {run.learner.is_alive}", "True", run.learner.is_alive and proxy.damaged > 0)
        sent, played, closed = run.closed_books()
        row.check("played = trained + discarded + queued after each fault, but for a batch in training", "yes", exact)
        row.check(f"sent {sent}, received {played} steps", "none received twice", played <= sent)
        row.check("played = trained + discarded + queued at the end", "exactly", closed)
        proxy.close()
