"""A small client of the environment server, for tests and benchmarks."""
import struct
import sys
import tempfile
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
import zmq

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
        self.folder = tempfile.TemporaryDirectory()
        address = f"ipc://{self.folder.name}/socket"
        self.process = Popen([python, server.__file__, "--bind", address, "--with-parent", *arguments], stdin=PIPE, cwd=folder)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(address)
        self.sequence = 0
        self.description = self.row_bytes = None

    def send(self, kind, batch=0, count=0, *frames):
        self.sequence += 1
        header = server.pack((1, server.VERSION), (2, self.sequence), (3, kind), (4, batch), (5, count))
        self.socket.send_multipart([header, *frames])
        return self.sequence

    def receive(self, seconds=30):
        if not self.socket.poll(int(seconds * 1000)):
            raise TimeoutError("the server does not answer")
        header, *frames = self.socket.recv_multipart()
        fields = repeated(header)
        for key, value in fields:
            if key == 3:
                raise RuntimeError(value.decode())
        return fields, frames

    def ask(self, kind, batch=0, count=0, *frames):
        sequence = self.send(kind, batch, count, *frames)
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

    def open(self, count, seeds, batch=0):
        self.ask(server.OPEN, batch, count)
        _, frames = self.ask(server.RESET, batch, count, np.arange(count, dtype="<i4").tobytes(),
                             np.asarray(seeds, "<u8").tobytes())
        return frames[0]

    def send_step(self, actions, seeds, batch=0):
        self.send(server.STEP, batch, 0, np.asarray(actions, "<i4").tobytes(), np.asarray(seeds, "<u8").tobytes())

    def step(self, actions, seeds, batch=0):
        self.send_step(actions, seeds, batch)
        return Results(self, len(actions), *self.receive())

    def close(self):
        self.socket.close()
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Results:
    """The frames of a reply to STEP as arrays."""

    def __init__(self, client, count, fields, frames):
        results, self.final_rows, captions = frames
        rows, size = count * client.row_bytes, client.row_bytes
        self.rows = [results[i * size:(i + 1) * size] for i in range(count)]
        self.rewards = np.frombuffer(results, "<f4", count, rows)
        ends = server.aligned(rows + 4 * count)
        self.caption_ends = np.frombuffer(results, "<i4", count, ends).tolist()
        self.flags = np.frombuffer(results, np.uint8, count, server.aligned(ends + 4 * count)).tolist()
        starts = [0] + self.caption_ends[:-1]
        self.captions = [captions[a:b].decode() for a, b in zip(starts, self.caption_ends)]
        self.failures = [(dict(repeated(value)).get(1, 0), dict(repeated(value))[2].decode()) for key, value in fields if key == 5]
