"""Rows about what arrives: numbers, labels, versions, bytes, keys and files."""

import hashlib
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import time

from cluster import BINARY, Failure, Program, Run, wait_until
from faults import FakeLanguageModel, RawPeer
from protocol import SCHEMA_VERSION, Peer, protocol
from swift_tests import check_tests
from table import row


def refused_or_cut(peer):
    """The text of the learner's refusal; "cut" if it closed the connection without one."""
    try:
        return peer.receive_kind("refused")[1].text
    except (ConnectionError, OSError):
        return "cut"


@row(10, "numbers that are not finite, or far too large")
def numbers(row):
    check_tests(row, "TrainStepFailureTests|TrajectoryIntakeTests|JudgementLimitsTests|UnusableLabelTests|CheckpointNumbersTests", "labels, tensors, gradients, parameters")
    messages = protocol()
    with Run(row.scratch) as run:
        run.start()
        run.worker("worker"), run.annotator()
        run.expect_progress()
        named, cases, others = 0, [], []
        for tensor in ("REWARDS", "VALUES", "TRUNCATION_VALUES", "INITIAL_STATE", "LOG_PROBABILITIES"):
            for value in (float("nan"), float("inf"), 3.4e38):
                cases.append((tensor, value))
        for index, (tensor, value) in enumerate(cases):
            peer = Peer(messages, run.endpoint, "WORKER", name=f"stranger-{index}")
            if peer.welcome is None:
                raise Failure(f"the learner refuses the stranger: {peer.refusal.text}")
            peer.trajectory(policy_version=run.status()["policyVersion"], changes={tensor: peer.floats(tensor, value)})
            text = refused_or_cut(peer)
            named += tensor.replace("_", "").lower() in re.sub("[ _]", "", text).lower()
            if text == "cut" or "[" not in text:
                others.append(text)
            peer.close()
        row.check(f"{named} of {len(cases)} refused by the tensor's name {others}", "all", named == len(cases))
        run.expect_progress()
        skipped = run.status()["skippedUpdates"]
        row.check(f"{skipped} skipped updates; the learner lives: {run.learner.is_alive}", "0, True", not skipped and run.learner.is_alive)


@row(12, "poisoned and unreadable labels")
def poisoned_labels(row):
    fake = FakeLanguageModel()
    messages = protocol()
    with Run(row.scratch) as run:
        run.start("annotator.kind=llm", "annotator.deadline_seconds=5")
        run.worker("worker")
        run.expect_progress(20_000)
        fake.mode = "garbage"
        run.annotator("annotator", "--llm-url", fake.url)
        wait_until(lambda: fake.questions > 20, "questions")
        time.sleep(5)
        wrong = run.labels()
        row.check(f"{wrong} labels from unreadable answers, {fake.questions} questions", "0", wrong == 0)
        stranger = Peer(messages, run.endpoint, "ANNOTATOR", name="stranger")
        if stranger.welcome is not None:
            stranger.send("labels", task=1, ids=[1, 2, 3], outcomes=[1, 1, 1], values=[1.0, 1.0, 1.0],
                          annotator_kind="llm", annotator_version="stranger")
            time.sleep(1)
        row.check(f"{run.labels() - wrong} labels for captions that were not asked", "0", run.labels() == wrong)
        run.expect_progress()
        row.check(f"the learner lives: {run.learner.is_alive}", "True", run.learner.is_alive)
    fake.close()


@row(13, "other versions and configurations")
def version_skew(row):
    messages = protocol()
    with Run(row.scratch) as run:
        run.start()
        right, slowest = 0, 0.0
        versions = (1, SCHEMA_VERSION - 1, SCHEMA_VERSION + 1, 999)
        for version in versions:
            began = time.monotonic()
            peer = Peer(messages, run.endpoint, version=version)
            peer.send("hello", role=messages.number("Role", "WORKER"), name="other", host="python")
            text = refused_or_cut(peer)
            slowest = max(slowest, time.monotonic() - began)
            right += str(version) in text and str(SCHEMA_VERSION) in text
            peer.close()
        row.check(f"{right} of {len(versions)} refused with both versions", "all", right == len(versions))
        row.check(f"after at most {slowest:.2f} s", "1 s", slowest < 1)
        peer = Peer(messages, run.endpoint)
        peer.send("hello", role=messages.number("Role", "WORKER"), name="other", host="python", configuration_hash=b"another")
        text = refused_or_cut(peer)
        row.check(f"other configuration: \"{text}\"", "names both", "another" in text)
        run.worker("worker")
        run.expect_progress()
        row.check(f"the learner lives: {run.learner.is_alive}", "True", run.learner.is_alive)


@row(14, "garbage, floods and parse bombs")
def garbage(row):
    check_tests(row, "HostileConnectionTests|HostilePeerTests|MutationTests|LimitTests", "a real learner under attack; damaged messages")
    generator, messages = random.Random(14), protocol()
    with Run(row.scratch) as run:
        run.start()
        run.worker("worker"), run.annotator()
        run.expect_progress(20_000)
        time.sleep(3)
        before = run.learner.resident_bytes
        connections, deadline, most = 0, time.monotonic() + 20, before
        while time.monotonic() < deadline:
            kind = connections % 4
            connections += 1
            try:
                if kind == 0:
                    peer = RawPeer(run.endpoint, greet=False)
                    peer.socket.sendall(generator.randbytes(2000))
                elif kind == 1:
                    peer = RawPeer(run.endpoint)
                    for _ in range(20):
                        peer.frame(generator.randbytes(generator.randrange(1, 400)), more=generator.random() < 0.3)
                elif kind == 2:
                    peer = RawPeer(run.endpoint)
                    content = bytes(1 << 20)
                    for _ in range(200):  # a message without an end
                        peer.frame(content, more=True)
                else:
                    stranger = Peer(messages, run.endpoint)
                    peer = stranger.raw
                    bytes_ = bytearray(stranger.bytes_of("hello", role=1, name="x" * 60, host="y" * 200)[0])
                    for _ in range(20):
                        mutant = bytearray(bytes_)
                        mutant[generator.randrange(len(mutant))] ^= 1 << generator.randrange(8)
                        peer.frame(bytes(mutant))
                peer.close()
            except (OSError, ConnectionError):
                pass
            if not run.learner.is_alive:
                break
            most = max(most, run.learner.resident_bytes)
        row.check(f"{connections} connections; the learner lives: {run.learner.is_alive}", "True", run.learner.is_alive)
        row.check(f"memory grew by at most {(most - before) >> 20} MiB", "twice the message limit of 64 MiB", most - before <= 128 << 20)
        run.expect_progress()
        log = len(run.log)
        row.check(f"the log has {log >> 10} KiB", "256 KiB", log <= 256 << 10)


@row(15, "an open port")
def open_port(row):
    keys = row.scratch / "keys"
    keys.mkdir()

    def new_key(name, *arguments, folder=keys):
        subprocess.run([BINARY, "keys", "new", name, *arguments], cwd=folder.parent, check=True, capture_output=True, timeout=30)

    result = subprocess.run(
        [BINARY, "learner", "--config", Run(row.scratch).configuration, "--name", "open", "--runs", row.scratch / "runs",
         "transport.listen=0.0.0.0:0"], capture_output=True, timeout=60)
    row.check(f"beyond loopback without keys: status {result.returncode}", "refuses to start",
              result.returncode > 0 and not (row.scratch / "runs/open").exists())
    with Run(row.scratch / "plain") as run:
        run.start()
        row.check(f"listens on {run.endpoint}", "127.0.0.1 by default", run.endpoint.startswith("127.0.0.1:"))
        run.worker("worker")
        run.expect_progress(20_000)
        ratios = []
        for _ in range(3):
            base = run.steps_per_second(4)
            raws = []
            for _ in range(300):
                try:
                    raws.append(RawPeer(run.endpoint, greet=False))
                except OSError:
                    break
            ratios.append(run.steps_per_second(4) / base)
            for raw in raws:
                raw.close()
            time.sleep(1)
        ratio = statistics.median(ratios)
        row.check(f"300 half-open connections: {ratio:.0%} of the speed", "95%", ratio >= 0.95)
        row.check(f"the learner lives: {run.learner.is_alive}", "True", run.learner.is_alive)
    new_key("learner")
    new_key("friend", "--role", "worker", "--learner", "keys/learner.public")
    other = row.scratch / "other"
    (other / "keys").mkdir(parents=True)
    new_key("stranger", "--role", "worker", "--learner", str(keys / "learner.public"), folder=other / "keys")
    with Run(row.scratch / "curve") as run:
        run.start("--key", keys / "learner.secret", "--allow", keys)
        stranger = run.worker("stranger", "--key", other / "keys/stranger.secret")
        plain = run.worker("plain")
        friend = run.worker("friend", "--key", keys / "friend.secret")
        run.expect_progress()
        wait_until(lambda: run.lines("not allowed"), "the refusal is logged", 30)
        joined = run.lines(r"worker \S+ joined")
        row.check(f"{len(joined)} of 3 peers joined", "the one with an allowed key", len(joined) == 1 and "friend" in joined[0])
        wait_until(lambda: "key" in stranger.text and "key" in plain.text, "the strangers say why", 30)
        row.check(f"unknown key: \"{stranger.text.splitlines()[-1][-120:]}\"", "names the reason", "key" in stranger.text)
        row.check(f"without key: \"{plain.text.splitlines()[-1][-120:]}\"", "names the reason", "key" in plain.text)


@row(18, "mathematics")
def mathematics(row):
    check_tests(row, "VTraceTests|GoldenTests|GradientProductTests|PPOLossTests|TrainStepTests", "V-trace, losses, layers and gradients equal slow oracles and PyTorch's numbers")
    solved = []
    for seed in range(1, 6):
        name = f"corridor-{seed}"
        program = Program(
            [BINARY, "serial", "--config", Run(row.scratch).configuration, "--name", name, "--runs", row.scratch / "runs",
             "--steps", 60_000, "environment.task=Corridor", "annotator.kind=none", "reward.model=none",
             "reward.extrinsic_coefficient=1", f"run.seed={seed}"], row.scratch / f"{name}.out")
        began = time.monotonic()
        status = program.wait(120)
        run = Run(row.scratch, name)
        solved.append(status == 0 and run.latest("episode/success_rate") >= 0.95 and time.monotonic() - began <= 60)
    row.check(f"Corridor solved with {sum(solved)} of 5 seeds", "5, each within 60 s", all(solved))


def tree_digest(folder):
    """A digest of the names, sizes and times of a folder's files."""
    entries = sorted((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in pathlib.Path(folder).rglob("*"))
    return hashlib.sha256(repr(entries).encode()).hexdigest()


@row(20, "hostile checkpoints, configurations and names")
def hostile_files(row):
    check_tests(row, "SafeTensorsTests|CheckpointNumbersTests|TOMLTests|RunNameTests", "headers that overlap, overflow, repeat or lie")
    generator = random.Random(20)
    with Run(row.scratch) as run:
        run.start()
        run.worker("worker")
        wait_until(run.checkpoints, "a checkpoint")
        run.expect_progress()
        run.stop()
        newest = run.checkpoints()[-1]
        state, manifest = (newest / "state.safetensors").read_bytes(), (newest / "manifest.json").read_bytes()
        folder = row.scratch / "mutant"
        crashes, accepted, mutants = [], 0, 40
        for mutant in range(mutants):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(newest, folder)
            if mutant % 2:
                size = int.from_bytes(state[:8], "little")
                header = bytearray(state[8:8 + size])
                for _ in range(generator.randrange(1, 4)):
                    header[generator.randrange(size)] = generator.choice(b'0123456789-{}[]":,\\e\x00\xff')
                (folder / "state.safetensors").write_bytes(generator.choice([state[:8], (1 << 62).to_bytes(8, "little")]) + bytes(header) + state[8 + size:])
            else:
                numbers = list(re.finditer(rb"\d+", manifest))
                place = generator.choice(numbers)
                value = generator.choice([b"-1", b"18446744073709551615", b"1e400", b"9223372036854775808", b"null", b"{}"])
                text = manifest[: place.start()] + value + manifest[place.end():]
                (folder / "manifest.json").write_bytes(text)
                # With the digest of the new manifest, so that the parser sees it.
                (folder / "manifest.sha256").write_text(hashlib.sha256(text).hexdigest() + "\n")
            result = subprocess.run([BINARY, "eval", folder, "--episodes", "1", "--threads", "1"], capture_output=True, timeout=60)
            if result.returncode < 0 or result.returncode >= 128:
                crashes.append(result.returncode)
            accepted += result.returncode == 0
        row.check(f"{mutants} damaged checkpoints: {len(crashes)} crashes, {accepted} accepted", "0 crashes", not crashes)
        texts = ["[.a]", "[=]", "[[[", "[" * 100_000, "a = " + "[" * 50_000, "\x00", "run.steps = true", "[run]\nsteps = 99999999999999999999",
                 "[run]\nseed = nan", "é" * 300_000, "[run]\n" + "x = 1\n" * 100_000, '[run]\nname = "' + "a" * 1_000_000 + '"']
        statuses = []
        for index, text in enumerate(texts):
            file = row.scratch / f"bad-{index}.toml"
            file.write_text(text)
            statuses.append(subprocess.run(
                [BINARY, "serial", "--config", file, "--name", "bad", "--runs", row.scratch / "runs", "--steps", "1"],
                capture_output=True, timeout=60).returncode)
        row.check(f"{len(texts)} wrong configurations: statuses {sorted(set(statuses))}", "64 each", set(statuses) == {64})
        outside = tree_digest(row.scratch)
        statuses = []
        for name in ("../x", "/tmp/x", "a/b", ".", "..", "", "-x", "a\nb", "\u202ea", "x" * 300):
            statuses.append(subprocess.run(
                [BINARY, "serial", "--config", run.configuration, f"--name={name}", "--runs", row.scratch / "runs", "--steps", "1"],
                capture_output=True, timeout=60).returncode)
        row.check(f"hostile run names: statuses {sorted(set(statuses))}", "64 each", set(statuses) == {64})
        row.check("files changed outside" if tree_digest(row.scratch) != outside else "nothing written", "nothing written",
                  tree_digest(row.scratch) == outside)
