"""Runs of Tengu with real processes, for the rows of the trust table: start, disturb, measure, compare the books."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TENGU_BINARY", str(ROOT / ".build/release/tengu"))
CONFIGURATIONS = ROOT / "cluster/configs"
# Settings that make much happen in a short time.
SHORT = ["transport.listen=127.0.0.1:0", "telemetry.interval_seconds=0.5", "checkpoint.interval_seconds=2",
         "learner.threads=1"]
ENDLESS = 100_000_000_000
# For a machine that does something else at the same time; an idle one needs a few seconds.
PATIENCE = 120.0


class Failure(Exception):
    """Something that a row waits for did not happen."""


def wait_until(condition, what, seconds=PATIENCE, pause=0.05):
    """The first true value of `condition`.

    Raises Failure naming `what` after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Failure(f"{what}: not within {seconds:g} s")
        time.sleep(pause)


class Program:
    """A process whose output goes to a file. It leads a group of its own, which `end` ends as a whole."""

    def __init__(self, arguments, output, environment=None, directory=None):
        self.output = pathlib.Path(output)
        with open(self.output, "ab") as file:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                env={**os.environ, **(environment or {})}, cwd=directory, start_new_session=True)

    @property
    def is_alive(self):
        return self.process.poll() is None

    @property
    def text(self):
        return self.output.read_text(errors="replace")

    def send(self, number):
        if self.is_alive:
            self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """The exit status; negative after death by a signal."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.output.name} did not end within {seconds:g} s") from None

    def end(self):
        """Ends what is left of it; for clean-up."""
        if self.is_alive:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    @property
    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
        return 0

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))


class Run:
    """A run in a scratch folder: its learner, its peers, and what they report."""

    def __init__(self, scratch, name="run", configuration="captiongrid"):
        self.scratch = pathlib.Path(scratch)
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.configuration = CONFIGURATIONS / f"{configuration}.toml"
        self.directory = self.scratch / "runs" / name
        self.learner = None
        self.peers = []
        # The secret key that asks a learner with keys for its status.
        self.observer_key = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self.peers + [self.learner]:
            if program:
                program.end()

    # Processes

    def start(self, *arguments, resume=False, steps=ENDLESS, wait=True):
        """Starts the learner, and waits until it has bound its address."""
        if resume:
            arguments = ("--resume", "auto", *arguments)
        endpoint = self.directory / "endpoint"
        endpoint.unlink(missing_ok=True)
        self.learner = Program(
            [BINARY, "learner", "--config", self.configuration, "--name", self.name, "--runs", self.scratch / "runs",
             "--steps", steps, *SHORT, *arguments], self.scratch / "learner.out")
        if wait:
            wait_until(lambda: self.endpoint or not self.learner.is_alive, "the learner binds its address")
            if not self.endpoint:
                raise Failure(f"the learner ended: {self.learner.text[-500:]}")
        return self

    def worker(self, name, *arguments, threads=1, endpoint=None):
        return self._peer("worker", name, "--threads", threads, *arguments, endpoint=endpoint)

    def annotator(self, name="annotator", *arguments, endpoint=None):
        return self._peer("annotator", name, *arguments, endpoint=endpoint)

    def _peer(self, role, name, *arguments, endpoint):
        program = Program([BINARY, role, "--connect", endpoint or self.endpoint, "--name", name, *arguments],
                          self.scratch / f"{name}.out")
        self.peers.append(program)
        return program

    def stop(self):
        """Ends the learner by TERM, and its peers with it.

        Returns the learner's status.
        """
        self.learner.send(signal.SIGTERM)
        status = self.learner.wait()
        for peer in self.peers:
            if peer.is_alive:
                peer.wait()
        return status

    # What it reports

    @property
    def endpoint(self):
        file = self.directory / "endpoint"
        return file.read_text().strip() if file.exists() else ""

    @property
    def log(self):
        file = self.directory / "learner.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def lines(self, pattern):
        return [line for line in self.log.splitlines() if re.search(pattern, line)]

    @property
    def metrics(self):
        file = self.directory / "metrics.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def latest(self, name, default=0.0):
        """The newest value of a metric."""
        for record in reversed(self.metrics):
            if record.get(name) is not None:
                return record[name]
        return default

    @property
    def step(self):
        return int(self.latest("step"))

    def expect_progress(self, steps=10_000, seconds=PATIENCE):
        """Waits until the run has trained that many more steps."""
        start = self.step
        wait_until(lambda: self.step >= start + steps or not self.learner.is_alive, f"{steps} more steps", seconds)
        if not self.learner.is_alive:
            raise Failure(f"the learner ended: {self.log[-500:]}")

    def steps_per_second(self, seconds):
        """Trained steps per second over the next `seconds`."""
        first = self.status()
        start = time.monotonic()
        time.sleep(seconds)
        last = self.status()
        return (last["stepsTrained"] - first["stepsTrained"]) / (time.monotonic() - start)

    def status(self):
        """What `tengu status --json` prints."""
        key = ["--key", self.observer_key] if self.observer_key else []
        result = subprocess.run([BINARY, "status", self.directory, "--json", *key], capture_output=True, timeout=30)
        if result.returncode != 0:
            raise Failure(f"tengu status: {result.stderr.decode(errors='replace').strip()}")
        return json.loads(result.stdout)

    def books(self, in_training=1024):
        """Whether played = trained + discarded + queued, but for the batches that are being trained on right now."""
        status = self.status()
        difference = status["stepsPlayed"] - status["stepsTrained"] - status["stepsDiscarded"] - status["stepsQueued"]
        return 0 <= difference <= in_training

    def closed_books(self):
        """Ends the peers in order and waits until nothing is being trained on.

        Returns the steps that workers say they have sent, those that the learner has received, and whether
        played = trained + discarded + queued exactly.
        """
        for peer in self.peers:
            peer.send(signal.SIGTERM)
            peer.wait()
        time.sleep(1)
        status = self.status()
        exact = status["stepsPlayed"] == status["stepsTrained"] + status["stepsDiscarded"] + status["stepsQueued"]
        return self.sent_steps(), status["stepsPlayed"], exact

    def sent_steps(self):
        """The steps that workers say they have sent; each says so when it ends in order."""
        return sum(int(number) for peer in self.peers for number in re.findall(r"sent (\d+) frames", peer.text))

    def checkpoints(self):
        folder = self.directory / "checkpoints"
        return sorted(folder.glob("step-*")) if folder.exists() else []

    def labels(self):
        """The labels that are on disk."""
        import sqlite3
        with sqlite3.connect(f"file:{self.directory / 'labels.sqlite'}?mode=ro", uri=True, timeout=10) as store:
            return store.execute("SELECT COUNT(*) FROM label WHERE NOT abstained").fetchone()[0]
