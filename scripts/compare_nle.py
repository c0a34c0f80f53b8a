#!/usr/bin/env python3
"""Replays traces of `tengu trace` with Python's nle and compares every array, reward and end bit for bit.

usage: compare_nle.py TRACE...

Prints one line a trace. Exits with 1 at the first difference, naming step and array. Needs nle 1.3.0, numpy, gymnasium.

What is known to differ and accounted for: nle calls an episode that ends at a limit terminated (its end status says
"aborted"), and shows the screens of quitting as the last observation of a success or a limit; so quitting is switched off
here, and the end status is compared. Score files are emptied before each game on both sides.
"""
import json
import logging
import os
import struct
import subprocess
import sys

import numpy as np
from nle.env import tasks

NUMPY_TYPES = {"uint8": np.uint8, "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64}
# Made by scripts/get-nethack.sh.
LEVEL_FILES = ".deps/nethack/levels"
ABORTED, DEATH, SUCCESSFUL = -1, 1, 2


class Difference(Exception):
    pass


class Trace:
    """Reads the records of a trace; `row` always holds the latest one."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.header = json.loads(file.readline())
            self.data = file.read()
        self.position = 0
        self.row = np.zeros(self.header["row_byte_count"] // 8, np.uint64)
        as_bytes = self.row.view(np.uint8)
        self.arrays = {}
        for field in self.header["fields"]:
            dtype = np.dtype(NUMPY_TYPES[field["type"]])
            byte_count = int(np.prod(field["shape"])) * dtype.itemsize
            piece = as_bytes[field["offset"] : field["offset"] + byte_count]
            self.arrays[field["name"]] = piece.view(dtype).reshape(field["shape"])

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def take_row(self):
        (runs,) = self.take("I")
        for _ in range(runs):
            first, count = self.take("II")
            self.row[first : first + count] = np.frombuffer(self.data, np.uint64, count, self.position)
            self.position += 8 * count

    def at_end(self):
        return self.position >= len(self.data)


class LevelTask(tasks.NetHackStaircase):
    """A task in a level of its own: the staircase down solves it, or one of the messages that the trace names."""

    def __init__(self, header, files):
        self.messages = [text.encode() for text in header["messages"]]
        *options, name = header["options"].split(",")
        super().__init__(
            observation_keys=tuple(field["name"] for field in header["fields"]),
            character=name.removeprefix("name:Agent-"),
            options=options,
            actions=header["keys"],
            max_episode_steps=header["maximum_episode_steps"],
            allow_all_yn_questions=header["questions"],
            spawn_monsters=False,
            fix_moon_phase=True,
        )
        folder = self.nethack._vardir
        for name in ("nhdat", "dungeon"):
            if os.path.lexists(os.path.join(folder, name)):
                os.unlink(os.path.join(folder, name))
            os.symlink(os.path.abspath(os.path.join(files, name)), os.path.join(folder, name))
        with open(os.path.join(folder, "mylevel.des"), "w", encoding="ascii") as file:
            file.write(header["level"])
        subprocess.run([os.path.abspath(os.path.join(files, "lev_comp")), "mylevel.des"], cwd=folder, check=True)

    def says(self, observation):
        message = bytes(observation[self._message_index])
        return any(text in message for text in self.messages)

    def _is_episode_end(self, observation):
        if self.messages and self.says(observation):
            return self.StepStatus.TASK_SUCCESSFUL
        return super()._is_episode_end(observation)


def make_environment(header):
    if "level" in header:
        environment = LevelTask(header, LEVEL_FILES)
        environment._quit_game = lambda observation, done: None
        return environment
    environment = getattr(tasks, header["task"])(
        observation_keys=tuple(field["name"] for field in header["fields"]),
        character=header["character"],
        max_episode_steps=header["maximum_episode_steps"],
        fix_moon_phase=True,
    )
    environment._quit_game = lambda observation, done: None
    return environment


def reset(environment, core, display):
    game = environment.nethack
    for name in ("record", "logfile", "xlogfile"):
        os.truncate(os.path.join(game._vardir, name), 0)
    # Below NetHackChallenge's refusal to be seeded.
    game._pynethack.set_initial_seeds(core, display, False, None)
    return environment.reset()[0]


def compare_arrays(observation, arrays):
    for name, ours in arrays.items():
        theirs = observation[name]
        if theirs.dtype != ours.dtype or theirs.shape != ours.shape:
            raise Difference(f"{name}: nle has {theirs.dtype}{theirs.shape}, tengu has {ours.dtype}{ours.shape}")
        if not np.array_equal(theirs, ours):
            place = tuple(int(index) for index in np.argwhere(theirs != ours)[0])
            raise Difference(f"{name}{list(place)}: nle has {theirs[place]}, tengu has {ours[place]}")


def compare_step(environment, trace):
    action, reward, flags = trace.take("HfB")
    trace.take_row()
    observation, their_reward, terminated, truncated, info = environment.step(action)
    compare_arrays(observation, trace.arrays)
    if np.float32(their_reward) != np.float32(reward):
        raise Difference(f"reward: nle has {their_reward}, tengu has {reward}")
    status = int(info["end_status"])
    expected = (
        (1 if status in (DEATH, SUCCESSFUL) else 0) | (2 if status == ABORTED else 0) | (4 if status == SUCCESSFUL else 0)
    )
    if flags != expected:
        raise Difference(f"end: nle has {info['end_status']!r}, tengu has flags {flags}")
    if bool(flags) != bool(terminated or truncated):
        raise Difference(f"end: nle has terminated={terminated} truncated={truncated}, tengu has flags {flags}")
    return flags


def compare(path):
    trace = Trace(path)
    environment = make_environment(trace.header)
    steps = 0
    ends = {1: 0, 2: 0, 5: 0}
    where = "at the start"
    try:
        while not trace.at_end():
            (kind,) = trace.take("B")
            if kind == 0:
                where = f"reset before step {steps}"
                core, display = trace.take("QQ")
                trace.take_row()
                compare_arrays(reset(environment, core, display), trace.arrays)
            else:
                where = f"step {steps}"
                flags = compare_step(environment, trace)
                steps += 1
                if flags:
                    ends[flags] += 1
    except Difference as difference:
        print(f"{trace.header['task']}: DIFFERENT at {where}: {difference}")
        return False
    print(
        f"{trace.header['task']}: {steps} steps and {len(trace.arrays)} arrays identical"
        f" ({ends[1]} deaths, {ends[5]} successes, {ends[2]} limits)",
        flush=True,
    )
    return True


def main():
    paths = sys.argv[1:]
    logging.disable(logging.WARNING)  # nle warns that "internal" is not for agents; here it is compared
    if not paths or paths[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if paths else 64
    return 0 if all(compare(path) for path in paths) else 1


if __name__ == "__main__":
    sys.exit(main())
