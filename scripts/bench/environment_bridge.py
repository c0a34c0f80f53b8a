#!/usr/bin/env python3
"""What the bridge to environments in Python adds to a loop over the same environments in one process.

Usage: python3 scripts/bench/environment_bridge.py [--task TASK] [--batch K] [--seconds S] [--repeat N]

Steps K environments with random actions for S seconds: in a Python loop, in Gymnasium's SyncVectorEnv, as people step several
environments in one process, and in an environment server with two batches under way, as a rollout thread with double buffering
has them. They are timed in turn, N times; the lines show each round and the median overhead of wall-clock time per step over
the loop, which does not even copy the observations, and over SyncVectorEnv. A task of gymnasium-vector is its own vectorised
class in all places. With a processor for each process, the server is the one that the other waits for, so that its processor
time counts; that of both is compared as well, which other programs on the machine disturb less.
Run it with an interpreter that has numpy and the task's packages.
"""
import argparse, os, statistics, sys, time
from pathlib import Path

import numpy as np
from gymnasium.vector import SyncVectorEnv

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python/tests"))
from client import Client, server


def in_process(task, batch, actions, seconds, is_vector=False):
    """Microseconds per step of a plain loop, or of a vectorised class, with resets as the class or the loop does them: on the
    clock, and of the processor."""
    options = argparse.Namespace(task=task, arguments={}, wrappers="", caption="", categories={}, largest_grid=sys.maxsize)
    made = server.Task(options)
    steps, start, busy = 0, None, None
    if made.is_vector or is_vector:
        environment = made.make_vector(batch) if made.is_vector else SyncVectorEnv([made.make] * batch)
        environment.reset(seed=1)
        start, busy = time.perf_counter(), time.process_time()
        while time.perf_counter() - start < seconds:
            environment.step(actions[steps % len(actions)])
            steps += 1
    else:
        environments = [made.make() for _ in range(batch)]
        observations = [environment.reset(seed=i)[0] for i, environment in enumerate(environments)]
        rewards = np.zeros(batch, np.float32)
        start, busy = time.perf_counter(), time.process_time()
        while time.perf_counter() - start < seconds:
            for i, action in enumerate(actions[steps % len(actions)].tolist()):
                observations[i], rewards[i], terminated, truncated, _ = environments[i].step(action)
                if terminated or truncated:
                    observations[i] = environments[i].reset(seed=steps)[0]
            steps += 1
    return [elapsed / steps / batch * 1e6 for elapsed in (time.perf_counter() - start, time.process_time() - busy)]


def processor_seconds(process):
    """What a process has used."""
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def over_the_bridge(client, batch, actions, seconds):
    """Microseconds per step of a server with two batches under way: on the clock, and of the server's processor."""
    seeds = np.arange(batch, dtype="<u8")
    for number in (0, 1):
        client.send_step(actions[0], seeds, number)
    steps, start, busy = 0, time.perf_counter(), processor_seconds(client.process.pid)
    while time.perf_counter() - start < seconds:
        for number in (0, 1):
            client.receive()
            client.send_step(actions[steps % len(actions)], seeds + steps, number)
        steps += 2
    elapsed = time.perf_counter() - start
    for number in (0, 1):
        client.receive()
    busy = processor_seconds(client.process.pid) - busy
    return elapsed / steps / batch * 1e6, busy / (steps + 2) / batch * 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", default="gymnasium:CartPole-v1")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    overheads, vector, busy = [], [], []
    with Client("--task", options.task) as client:
        description = client.describe()
        actions = np.random.default_rng(0).integers(0, dict(description)[3], (64, options.batch)).astype("<i4")
        for number in (0, 1):
            client.open(options.batch, range(options.batch), number)
        for _ in range(options.repeat):
            own = in_process(options.task, options.batch, actions, options.seconds)
            sync = in_process(options.task, options.batch, actions, options.seconds, is_vector=True)
            bridged = over_the_bridge(client, options.batch, actions, options.seconds)
            overheads.append(bridged[0] / own[0] - 1)
            vector.append(bridged[0] / sync[0] - 1)
            busy.append(bridged[1] / own[1] - 1)
            print(f"{options.task}, batch {options.batch}: loop {1e6 / own[0]:,.0f} steps/s, SyncVectorEnv {1e6 / sync[0]:,.0f}, "
                  f"over the bridge {1e6 / bridged[0]:,.0f}: {overheads[-1]:+.1%} over the loop ({busy[-1]:+.1%} of processor "
                  f"time), {vector[-1]:+.1%} over SyncVectorEnv", flush=True)
    print(f"median overhead over the loop {statistics.median(overheads):+.1%}, of processor time {statistics.median(busy):+.1%}; "
          f"over SyncVectorEnv {statistics.median(vector):+.1%}")


if __name__ == "__main__":
    main()
