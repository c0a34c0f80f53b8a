#!/usr/bin/env python3
"""What hostile peers cost a run: trained steps a second while they attack, compared with the windows before and after.
scripts/bench.sh hostile calls it.

The run is real: a learner, workers whose environments wait as slow ones do, so that the processors are not the limit, and
an annotator. Each attacker is a process of its own that does one thing as fast as it is let."""

import argparse
import multiprocessing
import os
import pathlib
import random
import statistics
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "trust"))
import cluster  # noqa: E402
from faults import RawPeer  # noqa: E402
from protocol import Peer, protocol  # noqa: E402

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


# Attacks: each is called again and again with the learner's address, the messages and a random generator.

def garbage(endpoint, messages, generator):
    """Bytes that are no greeting, then frames that are no messages."""
    peer = RawPeer(endpoint, greet=False)
    peer.socket.sendall(generator.randbytes(2000))
    peer.close()
    peer = RawPeer(endpoint)
    for _ in range(20):
        peer.frame(generator.randbytes(generator.randrange(1, 400)), more=generator.random() < 0.3)
    peer.close()


def endless(endpoint, messages, generator):
    """One message of large frames without an end."""
    peer = RawPeer(endpoint)
    content = bytes(1 << 20)
    for _ in range(200):
        peer.frame(content, more=True)
    peer.close()


def damaged(endpoint, messages, generator):
    """Greetings of a worker with bits that have flipped."""
    stranger = Peer(messages, endpoint)
    hello = stranger.bytes_of("hello", role=1, name="x" * 60, host="y" * 200)[0]
    for _ in range(20):
        mutant = bytearray(hello)
        mutant[generator.randrange(len(mutant))] ^= 1 << generator.randrange(8)
        stranger.raw.frame(bytes(mutant))
    stranger.close()


def unrolls(endpoint, messages, generator):
    """A worker that joins and sends an unroll with numbers that are not finite."""
    worker = Peer(messages, endpoint, "WORKER", name=f"liar-{generator.randrange(1000)}")
    if worker.welcome:
        worker.trajectory(changes={"REWARDS": worker.floats("REWARDS", float("nan"))})
        worker.receive()
    worker.close()


def observers(endpoint, messages, generator):
    """Observers that join, ask for the status and stay until the learner ends them."""
    peers = [Peer(messages, endpoint, "OBSERVER", name=f"looker-{index}") for index in range(20)]
    for peer in peers:
        for _ in range(50):
            peer.send("status_request")
    for peer in peers:
        peer.close()


ATTACKS = {function.__name__: function for function in (garbage, endless, damaged, unrolls, observers)}


def attack(name, endpoint, is_on, pause, counter):
    """An attacker's process."""
    messages, generator = protocol(), random.Random(name)
    while True:
        is_on.wait()
        try:
            ATTACKS[name](endpoint, messages, generator)
        except (OSError, ConnectionError):
            pass
        with counter.get_lock():
            counter.value += 1
        time.sleep(pause)


def processor_seconds(program):
    fields = pathlib.Path(f"/proc/{program.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def window(run, seconds):
    """Trained steps per second, and the learner's processor seconds per second. The steps come from the metrics file: attackers
    use up the connections that the learner takes from this address, so that an observer might get none."""
    before, began = processor_seconds(run.learner), time.time()
    time.sleep(seconds)
    busy = (processor_seconds(run.learner) - before) / (time.time() - began)
    records = [record for record in run.metrics if record["time"] >= began]
    if not run.learner.is_alive or len(records) < 2:
        raise cluster.Failure(f"the learner trains no more: {run.learner.text[-500:]}")
    first, last = records[0], records[-1]
    return (last["step"] - first["step"]) / (last["time"] - first["time"]), busy


def measure(run, name, options):
    """Windows with and without the attack in turns; prints their ratio."""
    is_on, counter = multiprocessing.Event(), multiprocessing.Value("q", 0)
    attackers = [
        multiprocessing.Process(target=attack, args=(name, run.endpoint, is_on, options.pause_ms / 1000, counter), daemon=True)
        for _ in range(options.attackers)]
    for process in attackers:
        process.start()
    try:
        calm, hostile = [window(run, options.seconds)], []
        for _ in range(options.rounds):
            is_on.set()
            hostile.append(window(run, options.seconds))
            is_on.clear()
            time.sleep(1)
            calm.append(window(run, options.seconds))
    finally:
        for process in attackers:
            process.kill()
    ratios = [rate / statistics.mean((calm[index][0], calm[index + 1][0])) for index, (rate, _) in enumerate(hostile)]
    print(f"| {name} | {counter.value / options.rounds / options.seconds:,.0f} | {statistics.median(rate for rate, _ in calm):,.0f} "
          f"| {statistics.median(rate for rate, _ in hostile):,.0f} | {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}) "
          f"| {statistics.median(share for _, share in calm):.2f} | {statistics.median(share for _, share in hostile):.2f} |", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tengu", help="the program to measure (default: .build/release/tengu, or TENGU_BINARY)")
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="names with commas between them (default: all)")
    parser.add_argument("--attackers", type=int, default=1, help="processes that attack at once")
    parser.add_argument("--pause-ms", type=float, default=10, help="pause of an attacker between two attacks")
    parser.add_argument("--seconds", type=float, default=8, help="length of a window")
    parser.add_argument("--rounds", type=int, default=5, help="windows with the attack")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--step-us", type=int, default=2000, help="microseconds that a step of an environment sleeps")
    return parser.parse_args()


def main():
    options = arguments()
    if options.tengu:
        cluster.BINARY = options.tengu
    print("| attack | attacks/s | SPS without | SPS with | ratio (range) | learner's processors without | with |")
    print("|---|---|---|---|---|---|---|")
    for name in options.attacks.split(","):
        with tempfile.TemporaryDirectory(prefix="tengu-hostile-") as scratch, cluster.Run(scratch) as run:
            run.start(f"environment.step_microseconds={options.step_us}")
            for index in range(options.workers):
                run.worker(f"worker-{index + 1}")
            run.annotator()
            run.expect_progress(20_000)
            measure(run, name, options)
            if not run.learner.is_alive:
                sys.exit(f"{name}: the learner ended: {run.learner.text[-500:]}")


if __name__ == "__main__":
    main()
