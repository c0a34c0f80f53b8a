"""Peers for rows that send what Tengu's own peers never send. Needs protobuf."""

import math
import os
import pathlib
import struct
import sys

from faults import RawPeer

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "docs/foreign-peer"))
from messages import SCHEMA_VERSION, Messages, tensor_bytes  # noqa: E402


def protocol():
    """The messages of proto/tengu.proto, compiled into the file that TENGU_DESCRIPTOR names."""
    return Messages(os.environ["TENGU_DESCRIPTOR"])


class Peer:
    """A peer that sends whatever it is told to."""

    def __init__(self, messages, endpoint, role=None, name="stranger", threads=1, version=SCHEMA_VERSION, routing_id=b""):
        self.messages, self.version = messages, version
        self.raw = RawPeer(endpoint, routing_id)
        self.sequence, self.session, self.welcome, self.is_ready = 0, 0, None, False
        if role:
            self.send("hello", role=messages.number("Role", role), name=name, host="python", threads=threads)
            kind, body, _ = self.receive()
            if kind == "welcome":
                self.welcome, self.session = body, body.session
            else:
                self.refusal = body

    def bytes_of(self, body, tensors=(), **fields):
        """The frames of a message."""
        self.sequence += 1
        return self.messages.frames(body, self.sequence, self.session, tensors, self.version, **fields)

    def send(self, body, tensors=(), **fields):
        frames = self.bytes_of(body, tensors, **fields)
        # A DEALER sends no delimiter; the ROUTER adds the routing id itself.
        for index, frame in enumerate(frames):
            self.raw.frame(frame, more=index + 1 < len(frames))

    def receive(self):
        """The kind, the body and the second frame of the next message."""
        frames = self.raw.receive()
        return *self.messages.read(frames[0]), frames[1:]

    def receive_kind(self, *kinds):
        """The next message of one of these kinds."""
        while True:
            kind, body, rest = self.receive()
            if kind in kinds:
                return kind, body, rest

    def await_credit(self):
        """Says that this worker is ready to play, and waits for its first credit."""
        self.send("snapshot_request")
        self.receive_kind("acknowledgement")
        self.is_ready = True

    def trajectory(self, sequence=1, policy_version=0, changes=None, **fields):
        """Sends an unroll of zeros; `changes` replaces the bytes of tensors by name."""
        if not self.is_ready:
            self.await_credit()
        layout = self.welcome.layout
        count = layout.unroll_length * layout.environments
        content = {"LOG_PROBABILITIES": struct.pack("<f", -math.log(layout.action_count)) * count, **(changes or {})}
        tensors = [
            (spec, content.get(self.messages.name("TensorName", spec.name), bytes(tensor_bytes(spec)))) for spec in layout.tensors]
        self.send("trajectory", tensors, **{
            "sequence": sequence, "group": 0, "policy_version": policy_version, "last_policy_version": policy_version,
            "unroll_length": layout.unroll_length,
            "environments": layout.environments, "first_caption": 1, **fields})

    def floats(self, name, value):
        """A tensor of zeros whose first element is `value`, as bytes."""
        spec = next(spec for spec in self.welcome.layout.tensors if self.messages.name("TensorName", spec.name) == name)
        return struct.pack("<f", value) + bytes(tensor_bytes(spec) - 4)

    def close(self):
        self.raw.close()
