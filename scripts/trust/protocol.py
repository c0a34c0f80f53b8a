"""Tengu's protocol for rows that send what Tengu's own peers never send. Needs protobuf, and proto/tengu.proto compiled into
the file that TENGU_DESCRIPTOR names."""

import math
import os
import pathlib
import struct

from faults import RawPeer

ELEMENT_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 4}  # by ScalarType
SCHEMA_VERSION = 5


class Protocol:
    def __init__(self):
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
        self.pool = descriptor_pool.DescriptorPool()
        data = pathlib.Path(os.environ["TENGU_DESCRIPTOR"]).read_bytes()
        for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
            self.pool.AddSerializedFile(file.SerializeToString())
        self.envelope = message_factory.GetMessageClass(self.pool.FindMessageTypeByName("tengu.Envelope"))

    def number(self, enum, name):
        return self.pool.FindEnumTypeByName(f"tengu.{enum}").values_by_name[name].number

    def tensor_name(self, number):
        return self.pool.FindEnumTypeByName("tengu.TensorName").values_by_number[number].name


class Peer:
    """A peer that sends whatever it is told to."""

    def __init__(self, protocol, endpoint, role=None, name="stranger", threads=1, version=SCHEMA_VERSION, routing_id=b""):
        self.protocol, self.version = protocol, version
        self.raw = RawPeer(endpoint, routing_id)
        self.sequence, self.session, self.welcome = 0, 0, None
        if role:
            self.send("hello", role=protocol.number("Role", role), name=name, host="python", threads=threads)
            kind, body, _ = self.receive()
            if kind == "welcome":
                self.welcome, self.session = body, body.session
            else:
                self.refusal = body

    def bytes_of(self, body, tensors=(), **fields):
        """The frames of a message."""
        self.sequence += 1
        envelope = self.protocol.envelope(schema_version=self.version, sequence=self.sequence, session=self.session)
        content = getattr(envelope, body)
        content.SetInParent()
        for name, value in fields.items():
            if isinstance(value, (list, tuple)):
                getattr(content, name).extend(value)
            else:
                setattr(content, name, value)
        packed = b""
        for spec, data in tensors:
            packed += bytes(-len(packed) % 8) + data
            content.tensors.add(name=spec.name, type=spec.type, dims=spec.dims, bytes=len(data))
        return [envelope.SerializeToString()] + ([packed] if tensors else [])

    def send(self, body, tensors=(), **fields):
        frames = self.bytes_of(body, tensors, **fields)
        # A DEALER sends no delimiter; the ROUTER adds the routing id itself.
        for index, frame in enumerate(frames):
            self.raw.frame(frame, more=index + 1 < len(frames))

    def receive(self):
        """The kind, the body and the second frame of the next message."""
        frames = self.raw.receive()
        envelope = self.protocol.envelope.FromString(frames[0])
        kind = envelope.WhichOneof("body")
        return kind, getattr(envelope, kind), frames[1:]

    def receive_kind(self, *kinds):
        """The next message of one of these kinds."""
        while True:
            kind, body, rest = self.receive()
            if kind in kinds:
                return kind, body, rest

    def trajectory(self, sequence=1, policy_version=0, changes=None, **fields):
        """Sends an unroll of zeros; `changes` replaces the bytes of tensors by name."""
        layout = self.welcome.layout
        count = layout.unroll_length * layout.environments
        content = {"LOG_PROBABILITIES": struct.pack("<f", -math.log(layout.action_count)) * count, **(changes or {})}
        tensors = [
            (spec, content.get(self.protocol.tensor_name(spec.name),
                               bytes(math.prod(spec.dims) * ELEMENT_BYTES[spec.type]))) for spec in layout.tensors]
        self.send("trajectory", tensors, **{
            "sequence": sequence, "group": 0, "policy_version": policy_version, "unroll_length": layout.unroll_length,
            "environments": layout.environments, "first_caption": 1, **fields})

    def floats(self, name, value):
        """A tensor of zeros whose first element is `value`, as bytes."""
        spec = next(spec for spec in self.welcome.layout.tensors if self.protocol.tensor_name(spec.name) == name)
        return struct.pack("<f", value) + bytes(4 * math.prod(spec.dims) - 4)

    def close(self):
        self.raw.close()
