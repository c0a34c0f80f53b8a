"""A small client of the environment server, for tests and benchmarks."""
import select
import socket
import struct
import sys
from pathlib import Path
from subprocess import Popen

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tengu_env_server as server


def repeated(data):
    """The fields of a message with repetitions: [(number, integer or bytes)]."""
    result, place = [], 0
    while place < len(data):
        key, place = number(data, place)
        value, place = number(data, place)
        if key & 7 == 2:
            value, place = bytes(data[place:place + value]), place + value
        result.append((key >> 3, value))
    return result


def number(data, place):
    value, shift = 0, 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


class Client:
    """One server process and a connection to it."""

    def __init__(self, *arguments, python=sys.executable, folder=None):
        self.socket, theirs = socket.socketpair()
        self.process = Popen([python, server.__file__, "--stream", *arguments], stdin=theirs, cwd=folder)
        theirs.close()
        self.sequence = 0
        self.description = self.row_bytes = None

    def send(self, kind, batch=0, count=0, data=b""):
        self.sequence += 1
        header = server.pack((1, server.VERSION), (2, self.sequence), (3, kind), (4, batch), (5, count))
        self.socket.sendall(struct.pack("<II", len(header), len(data)) + header + data)
        return self.sequence

    def read(self, size):
        data = bytearray(size)
        if size and self.socket.recv_into(data, size, socket.MSG_WAITALL) < size:
            raise EOFError("the server has ended")
        return bytes(data)

    def receive(self, seconds=30):
        if not select.select([self.socket], [], [], seconds)[0]:
            raise TimeoutError("the server does not answer")
        header, data = map(self.read, struct.unpack("<II", self.read(8)))
        fields = repeated(header)
        for key, value in fields:
            if key == 3:
                raise RuntimeError(value.decode())
        return fields, data

    def ask(self, kind, batch=0, count=0, data=b""):
        sequence = self.send(kind, batch, count, data)
        fields, data = self.receive()
        assert dict(fields)[2] == sequence
        return fields, data

    def describe(self):
        fields, _ = self.ask(server.DESCRIBE)
        self.description = repeated(dict(fields)[4])
        self.row_bytes = dict(self.description)[4]
        return self.description

    def fields(self):
        """[(name, type, dims, encoding, categories, low, high)]."""
        result = []
        for data in (value for key, value in self.description if key == 5):
            field = dict(repeated(data))
            dims, place = [], 0
            while place < len(field.get(3, b"")):
                size, place = number(field[3], place)
                dims.append(size)
            floats = [list(struct.unpack(f"<{len(field.get(key, b'')) // 4}f", field.get(key, b""))) for key in (6, 7)]
            result.append((field[1].decode(), field[2], dims, field[4], field.get(5, 0), *floats))
        return result

    def actions(self):
        """(counts, low, high) of actions that are not one number out of so many."""
        space = dict(repeated(dict(self.description)[7]))
        counts, place = [], 0
        while place < len(space.get(1, b"")):
            count, place = number(space[1], place)
            counts.append(count)
        return (counts, *(np.frombuffer(space.get(key, b""), "<f4").tolist() for key in (2, 3)))

    def open(self, count, seeds, batch=0):
        self.ask(server.OPEN, batch, count)
        return self.reset(range(count), seeds, batch)

    def reset(self, environments, seeds, batch=0):
        return self.ask(server.RESET, batch, len(environments), data(environments, seeds))[1]

    def send_step(self, actions, seeds, batch=0):
        self.send(server.STEP, batch, 0, data(actions, seeds))

    def step(self, actions, seeds, batch=0):
        self.send_step(actions, seeds, batch)
        return Results(self, len(actions), *self.receive())

    def close(self):
        self.socket.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def data(numbers, seeds):
    """The data frame of a request."""
    numbers = np.asarray(numbers)
    numbers = numbers.astype("<f4" if numbers.dtype.kind == "f" else "<i4").tobytes()
    return numbers + bytes(-len(numbers) % 8) + np.asarray(seeds, "<u8").tobytes()


class Results:
    """The data frame of a reply to STEP as arrays."""

    def __init__(self, client, count, fields, results):
        rows, size = count * client.row_bytes, client.row_bytes
        self.rows = [results[i * size:(i + 1) * size] for i in range(count)]
        self.rewards = np.frombuffer(results, "<f4", count, rows)
        ends = server.aligned(rows + 4 * count)
        self.caption_ends = np.frombuffer(results, "<i4", count, ends).tolist()
        self.flags = np.frombuffer(results, np.uint8, count, server.aligned(ends + 4 * count)).tolist()
        start = server.aligned(server.aligned(ends + 4 * count) + count)
        captions = results[len(results) - self.caption_ends[-1]:]
        self.final_rows = results[start:len(results) - len(captions)]
        starts = [0] + self.caption_ends[:-1]
        self.captions = [captions[a:b].decode() for a, b in zip(starts, self.caption_ends)]
        self.facts = {}
        for inner in (repeated(value) for key, value in fields if key == 6):
            names = [value.decode() for key, value in inner if key == 2]
            values = struct.unpack(f"<{len(names)}f", dict(inner)[3])
            self.facts[dict(inner).get(1, 0)] = dict(zip(names, values))
        self.failures = [(dict(repeated(value)).get(1, 0), dict(repeated(value))[2].decode()) for key, value in fields if key == 5]
