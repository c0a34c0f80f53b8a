"""Rows about what a run depends on: the language model, the disk, and its secrets."""

import pathlib
import signal
import statistics
import subprocess
import time

from cluster import BINARY, Run, wait_until
from faults import FakeLanguageModel
from table import row


@row(11, "language model that fails")
def model_outage(row):
    fake = FakeLanguageModel()
    with Run(row.scratch) as run:
        # Environments that wait leave processors free, so that a fault which stops the run shows and other programs do not.
        run.start("annotator.kind=llm", "annotator.deadline_seconds=6", "language_model.request_seconds=2",
                  "environment.step_microseconds=300")
        run.worker("worker")
        run.expect_progress(5_000)
        fake.mode = "hang"
        annotator = run.annotator("annotator", "--llm-url", fake.url)
        invented, ratios = 0, []
        for mode in ("hang", "refuse", "busy", "broken", "drip", "cut"):
            fake.mode = mode
            speed = run.steps_per_second(5)
            invented += run.labels()
            # Compared with the next seconds without an annotator, because a machine has moods.
            annotator.send(signal.SIGSTOP)
            ratios.append(speed / run.steps_per_second(3))
            annotator.send(signal.SIGCONT)
        row.check(f"{invented} labels during {len(ratios)} kinds of failure", "0", invented == 0)
        ratio = statistics.median(ratios)
        row.check(f"{ratio:.0%} of the speed meanwhile", "95%", ratio >= 0.95)
        fake.mode = "answer"
        at = time.monotonic()
        wait_until(lambda: run.labels() > 0, "labels return", 60)
        row.check(f"labels {time.monotonic() - at:.1f} s after its return", "15 s", time.monotonic() - at <= 15)
    fake.close()


@row(17, "full disk")
def full_disk(row):
    disk = row.scratch / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=True, timeout=10)
    try:
        with Run(disk) as run:
            run.start("checkpoint.interval_seconds=1", "--steps", "100000000000")
            run.worker("worker")
            wait_until(lambda: len(run.checkpoints()) >= 2, "two checkpoints")
            filler = disk / "filler"
            with open(filler, "wb") as file:
                try:
                    while True:
                        file.write(bytes(1 << 16))
                        file.flush()
                except OSError:
                    pass
            annotator = run.annotator()
            before = run.status()["stepsTrained"]
            lines = len(run.lines("written"))
            time.sleep(15)
            status = run.status()
            row.check(f"{status['stepsTrained'] - before} steps trained in 15 s without space", "more than 0", status["stepsTrained"] > before)
            row.check(f"the learner lives: {run.learner.is_alive}", "True", run.learner.is_alive)
            newest = run.checkpoints()[-1]
            filler.unlink()
            wait_until(lambda: run.checkpoints() and run.checkpoints()[-1] > newest, "checkpoints are written again", 60)
            wait_until(lambda: run.labels() > 20, "labels are written", 60)
            row.check(f"afterwards: newer checkpoints, {run.labels()} labels", "everything is written", True)
            written = len(run.lines("written")) - lines
            row.check(f"{written} log lines about it", "at most 10", written <= 10)
            row.check(f"status {run.stop()}", "0", run.learner.process.returncode == 0)
            with Run(disk) as again:
                again.start(resume=True)
                labels = again.labels()
                row.check(f"resumes with {labels} labels", "all of them", labels > 20)
                again.stop()
            row.check(f"the annotator lives or was dismissed: {annotator.process.poll()}", "0", annotator.process.poll() in (0, None))
    finally:
        subprocess.run(["umount", "-l", disk], timeout=10)


@row(19, "secrets in artefacts")
def secrets(row):
    secret = "s3cr3t-0f-the-trust-table"
    fake = FakeLanguageModel()
    key = row.scratch / "model.key"
    key.write_text(secret + "\n")
    key.chmod(0o600)
    keys = row.scratch / "keys"
    subprocess.run([BINARY, "keys", "new", "learner"], cwd=row.scratch, check=True, capture_output=True, timeout=30)
    for role in ("worker", "annotator"):
        subprocess.run([BINARY, "keys", "new", role, "--role", role, "--learner", "keys/learner.public"], cwd=row.scratch,
                       check=True, capture_output=True, timeout=30)
    curve = [line.split('"')[1] for line in (keys / "learner.secret").read_text().splitlines() if line.startswith("secret-key")][0]
    with Run(row.scratch / "place") as run:
        run.start("--key", keys / "learner.secret", "--allow", keys, "annotator.kind=llm", "checkpoint.interval_seconds=1")
        run.worker("worker", "--key", keys / "worker.secret")
        run.annotator("annotator", "--key", keys / "annotator.secret", "--llm-url", fake.url, "--llm-key-file", key)
        wait_until(lambda: run.labels() > 5, "labels")
        wait_until(run.checkpoints, "a checkpoint")
        commands = b""
        for program in [run.learner] + run.peers:
            commands += pathlib.Path(f"/proc/{program.process.pid}/cmdline").read_bytes()
        run.stop()
        hits = [name for text in (secret, curve) for name in
                [str(file) for file in (row.scratch / "place").rglob("*") if file.is_file() and text.encode() in file.read_bytes()]
                + (["a process's arguments"] if text.encode() in commands else [])]
        row.check(f"{len(hits)} places with a secret {hits[:3]}", "0", not hits)
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in keys.glob("*.secret")}
        row.check(f"key files {sorted(set(modes.values()))}", "0o600", set(modes.values()) == {"0o600"})
        open_files = [file.name for file in run.directory.rglob("*") if file.is_file() and file.stat().st_mode & 0o007]
        row.check(f"{len(open_files)} files of the run that others can read {open_files[:3]}", "0", not open_files)
    key.chmod(0o644)
    with Run(row.scratch / "second") as run:
        run.start("annotator.kind=llm")
        annotator = run.annotator("annotator", "--llm-url", fake.url, "--llm-key-file", key)
        status = annotator.wait(30)
        row.check(f"a key file that others can read: status {status}", "refused", status > 0)
    fake.close()
