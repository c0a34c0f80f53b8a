"""The messages of proto/tengu.proto as the frames of a ZeroMQ message. Sockets, sessions and credit are the caller's.

Needs protobuf, and the compiled protocol (tengu.desc; README.md says how to make it).
"""
import math, pathlib
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SCHEMA_VERSION = 7
ELEMENT_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 4}  # by ScalarType


def tensor_bytes(spec):
    """The size of a tensor in bytes."""
    return math.prod(spec.dims) * ELEMENT_BYTES[spec.type]


class Messages:
    """The protocol that a file of descriptors describes."""

    def __init__(self, descriptors):
        self.pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(descriptors).read_bytes()).file:
            self.pool.AddSerializedFile(file.SerializeToString())
        self.envelope = message_factory.GetMessageClass(self.pool.FindMessageTypeByName("tengu.Envelope"))

    def number(self, enum, name):
        return self.pool.FindEnumTypeByName(f"tengu.{enum}").values_by_name[name].number

    def name(self, enum, number):
        return self.pool.FindEnumTypeByName(f"tengu.{enum}").values_by_number[number].name

    def frames(self, body, sequence, session, tensors=(), version=SCHEMA_VERSION, /, **fields):
        """The frames of a message with `tensors`, a list of (TensorSpec without bytes, content)."""
        envelope = self.envelope(schema_version=version, sequence=sequence, session=session)
        content = getattr(envelope, body)
        content.SetInParent()  # also a body without fields is present
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

    def read(self, frame):
        """The kind and the body of a message, from its first frame."""
        envelope = self.envelope.FromString(frame)
        kind = envelope.WhichOneof("body")
        return kind, getattr(envelope, kind)
