"""Reading safetensors files, whose content may come from anywhere: every length is checked before it is used."""
from __future__ import annotations

import json
import math
import os
import struct
from typing import Any, Dict, Tuple, Union

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
PathLike = Union[str, "os.PathLike[str]"]

_TYPES: Dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I64": np.dtype("<i8"), "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"), "I8": np.dtype("i1"), "U8": np.dtype("u1"),
}
# A header of a policy with its pictures of symbols has some hundred kilobytes.
_MAXIMUM_HEADER_BYTES = 64 << 20


class FormatError(ValueError):
    """A file is not what it should be. The text names the file and what is wrong."""


def read_tensors(path: PathLike) -> Tuple[Dict[str, NDArray[Any]], Dict[str, str]]:
    """The tensors of a safetensors file by name, and its `__metadata__`.

    Raises FormatError for a file that is damaged or of another kind, OSError for one that cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise FormatError(f"{path}: {len(data)} bytes are too few for a safetensors file")
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(len(data) - 8, _MAXIMUM_HEADER_BYTES):
        raise FormatError(f"{path}: the header claims {length} bytes and the file has {len(data) - 8} after its length")
    try:
        header = json.loads(data[8:8 + length])
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: the header is not JSON: {error}") from None
    if not isinstance(header, dict):
        raise FormatError(f"{path}: the header is not a JSON object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FormatError(f"{path}: __metadata__ does not hold texts")
    body = memoryview(data)[8 + length:]
    return {name: _tensor(path, name, entry, body) for name, entry in header.items()}, metadata


def _tensor(path: PathLike, name: str, entry: Any, body: memoryview) -> NDArray[Any]:
    try:
        kind = _TYPES[entry["dtype"]]
        shape = [_size(size) for size in entry["shape"]]
        begin, end = (_size(offset) for offset in entry["data_offsets"])
    except (KeyError, TypeError, ValueError):
        raise FormatError(f"{path}: the entry of the tensor {name} cannot be read") from None
    if not begin <= end <= len(body) or end - begin != math.prod(shape) * kind.itemsize:
        raise FormatError(f"{path}: the tensor {name} of shape {shape} does not fit bytes {begin} to {end} of {len(body)}")
    return np.frombuffer(body[begin:end], kind).reshape(shape)


def _size(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return int(value)
