"""Rows about processes that die, hang, come late or come back."""

import random
import re
import shutil
import signal
import socket
import subprocess
import time

from cluster import BINARY, CONFIGURATIONS, PATIENCE, Program, Run, wait_until
from swift_tests import check_tests
from table import row

# What anchors ask of a cluster.
NOTICE_SECONDS = 3.5
REJOIN_SECONDS = 5.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serial(scratch, name, steps, resume=False):
    return Program(
        [BINARY, "serial", "--config", CONFIGURATIONS / "captiongrid.toml", "--name", name, "--runs", scratch / "runs",
         "--steps", steps, "run.seed=5", "checkpoint.interval_steps=10000", *(["--resume", "auto"] if resume else [])],
        scratch / f"{name}.out")


@row(1, "learner killed with SIGKILL, resumed")
def killed_learner(row):
    steps, kills = 250_000, 8
    generator = random.Random(1)
    whole = serial(row.scratch, "whole", steps)
    status = whole.wait(300)
    row.check(f"unbroken serial run: status {status}", "0", status == 0)
    resumes = 0
    while True:
        program = serial(row.scratch, "killed", steps, resume=resumes > 0)
        if resumes < kills:
            try:
                program.process.wait(0.6 + generator.random())
            except subprocess.TimeoutExpired:
                program.process.kill()
        status = program.wait(300)
        if status != -signal.SIGKILL:
            break
        resumes += 1
    row.check(f"{resumes} of {resumes} kills resumed, the last start ended with {status}", "all resume", status == 0)
    files = [max((row.scratch / "runs" / name / "checkpoints").glob("step-*")) / "state.safetensors"
             for name in ("whole", "killed")]
    same = files[0].read_bytes() == files[1].read_bytes()
    row.check(f"final weights {'equal' if same else 'differ from'} those of the unbroken run", "bit for bit", same)

    with Run(row.scratch / "cluster") as run:
        port = f"transport.listen=127.0.0.1:{free_port()}"
        run.start(port)
        worker, _ = run.worker("worker"), run.annotator()
        run.expect_progress(20_000)
        wait_until(lambda: run.labels() > 20, "labels")
        wait_until(run.checkpoints, "a checkpoint")
        lost, back, labels = [], [], True
        for _ in range(3):
            time.sleep(generator.random() * 2)
            before, stored, joined = run.step, run.labels(), len(run.lines("worker worker joined"))
            run.learner.process.kill()
            run.learner.wait()
            run.start(port, resume=True)
            bound = time.monotonic()
            wait_until(lambda: len(run.lines("worker worker joined")) > joined, "the worker comes back", 60)
            back.append(time.monotonic() - bound)
            resumed = int(re.findall(r"resumed from .*: (\d+) steps", run.log)[-1])
            lost.append(max(0, before - resumed))
            labels &= run.labels() >= stored
            run.expect_progress(5_000)
        rate = run.steps_per_second(3)
        row.check(f"worker back after {max(back):.1f} s", "10 s", max(back) <= 10)
        row.check(f"lost {max(lost)} steps, {max(lost) / max(rate, 1):.1f} s of work", "a checkpoint's interval of 2 s and a line's .5 s",
                  max(lost) <= rate * 4)
        row.check("no label lost" if labels else "labels were lost", "never fewer", labels)
        row.check(f"the worker lives: {worker.is_alive}", "True", worker.is_alive)


@row(2, "checkpoint torn or damaged")
def torn_checkpoint(row):
    check_tests(row, "CheckpointFaultTests|CheckpointDamageTests|PowerFailureTests|LineFileTests", "each file operation fails in turn, by every kind of fault")
    with Run(row.scratch) as run:
        run.start()
        run.worker("worker"), run.annotator()
        wait_until(lambda: len(run.checkpoints()) >= 2, "two checkpoints")
        run.stop()
        newest = run.checkpoints()[-1]
        intact = run.scratch / "intact"
        shutil.copytree(run.directory, intact, ignore=shutil.ignore_patterns("lock"))
        generator, right, crashes = random.Random(2), 0, 0
        mutants = 12
        for mutant in range(mutants):
            shutil.rmtree(run.directory)
            shutil.copytree(intact, run.directory)
            file = newest / ("state.safetensors" if mutant % 3 else "manifest.json")
            data = bytearray(file.read_bytes())
            if mutant % 2:
                data = data[: generator.randrange(len(data))]
            else:
                data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
            file.write_bytes(data)
            result = subprocess.run(
                [BINARY, "learner", "--config", run.configuration, "--name", run.name, "--runs", run.scratch / "runs", "--resume", "auto",
                 "--steps", "1", "transport.listen=127.0.0.1:0"], capture_output=True, timeout=60)
            text = (result.stdout + result.stderr).decode(errors="replace") + run.log
            crashes += result.returncode < 0
            right += newest.name in text and "complete" in text
        row.check(f"{right} of {mutants} damaged checkpoints named and the one before taken, {crashes} crashes",
                  "all, 0", right == mutants and not crashes)


@row(3, "worker churn: SIGKILL and SIGSTOP")
def worker_churn(row):
    workers, events = 8, 10
    generator = random.Random(3)
    with Run(row.scratch) as run:
        run.start()
        run.annotator()
        programs = {f"w{index}": run.worker(f"w{index}") for index in range(workers)}
        wait_until(lambda: run.latest("peer/workers") == workers, "all workers join")
        run.expect_progress(20_000)
        base = run.steps_per_second(8)
        noticed, rejoined, exact = [], [], True
        began, first = time.monotonic(), run.status()["stepsTrained"]
        for event in range(events):
            name = f"w{generator.randrange(workers)}"
            joins, leaves = len(run.lines(rf"worker {name} joined")), len(run.lines(rf"worker {name} left"))
            at = time.monotonic()
            if event % 2:
                programs[name].process.kill()
                programs[name].wait()
            else:
                programs[name].send(signal.SIGSTOP)
            wait_until(lambda: len(run.lines(rf"worker {name} left")) > leaves, f"{name} is missed", 30)
            noticed.append(time.monotonic() - at)
            at = time.monotonic()
            if event % 2:
                programs[name] = run.worker(name)
            else:
                programs[name].send(signal.SIGCONT)
            wait_until(lambda: len(run.lines(rf"worker {name} joined")) > joins, f"{name} comes back", 30)
            rejoined.append(time.monotonic() - at)
            exact &= run.books()
        rate = (run.status()["stepsTrained"] - first) / (time.monotonic() - began)
        row.check(f"learner alive after {events} events: {run.learner.is_alive}", "0 exits", run.learner.is_alive)
        row.check(f"{rate / base:.0%} of the speed without churn", "80%", rate >= 0.8 * base)
        row.check(f"missed after at most {max(noticed):.1f} s", "3 heartbeats of 1 s", max(noticed) <= NOTICE_SECONDS)
        row.check(f"back after at most {max(rejoined):.1f} s", "5 s", max(rejoined) <= REJOIN_SECONDS)
        row.check("played = trained + discarded + queued after each, but for a batch in training", "yes", exact)
        _, _, exact = run.closed_books()
        row.check("exactly, when nothing is being trained on", "yes", exact)
        status = run.stop()
        row.check(f"learner ended with {status}", "0", status == 0)


@row(4, "environment or worker that hangs")
def hung_worker(row):
    check_tests(row, "HungEnvironmentTests|EnvironmentWatchTests", "a hung environment is named in the log with seed, step and last action")
    with Run(row.scratch) as run:
        run.start()
        worker = run.worker("worker")
        run.expect_progress()
        worker.send(signal.SIGSTOP)
        at = time.monotonic()
        wait_until(lambda: run.lines("worker worker left"), "the stopped worker is missed", 30)
        row.check(f"stopped worker missed after {time.monotonic() - at:.1f} s", "3 heartbeats of 1 s", time.monotonic() - at <= NOTICE_SECONDS)
        worker.send(signal.SIGCONT)
        run.expect_progress()
        row.check("it plays again after SIGCONT", "yes", True)


@row(6, "many workers join at once")
def many_join(row):
    workers = 40
    with Run(row.scratch) as run:
        run.start()
        for index in random.Random(6).sample(range(workers), workers):
            run.worker(f"w{index}")
        started = time.monotonic()

        def all_play():
            peers = [peer for peer in run.status()["peers"] if peer["role"] == "worker"]
            return len(peers) == workers and all(peer["steps"] > 0 for peer in peers)

        wait_until(all_play, "every worker plays", 60, pause=0.5)
        row.check(f"{workers} of {workers} play {time.monotonic() - started:.1f} s after the last start", "none waits without end", True)
        lags = [record["policy/lag_maximum"] for record in run.metrics[-4:] if record.get("policy/lag_maximum") is not None]
        status = run.status()
        share = status["stepsDiscarded"] / max(1, status["stepsPlayed"])
        row.check(f"largest lag {max(lags, default=0):.0f}, {share:.1%} discarded", "under 1% discarded", share < 0.01)


@row(7, "restart next to idle peers")
def resume_deadlock(row):
    waits = []
    with Run(row.scratch) as run:
        port = f"transport.listen=127.0.0.1:{free_port()}"
        run.start(port)
        run.worker("worker"), run.annotator()
        run.expect_progress()
        for _ in range(6):
            run.learner.process.kill()
            run.learner.wait()
            run.start(port, resume=True)
            at, trained = time.monotonic(), len(run.metrics)
            wait_until(lambda: len(run.metrics) > trained and run.latest("run/steps_per_second") > 0, "training", 60)
            waits.append(time.monotonic() - at)
        row.check(f"{len(waits)} restarts of the learner, training after at most {max(waits):.1f} s", "10 s", max(waits) <= 10)
    waits = []
    with Run(row.scratch / "second") as run:
        run.start()
        for index in range(6):
            worker = run.worker(f"w{index}")
            at, steps = time.monotonic(), run.step
            wait_until(lambda: run.step > steps, "training", 60)
            waits.append(time.monotonic() - at)
            worker.process.kill()
            worker.wait()
            wait_until(lambda: run.lines(f"worker w{index} left"), "the worker is missed", 30)
        row.check(f"{len(waits)} restarts of the worker, training after at most {max(waits):.1f} s", "10 s", max(waits) <= 10)
