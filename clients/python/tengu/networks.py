"""The encoders of Tengu's networks: what they read and in which order. Sources/ActorCritic/Networks states the same."""
from __future__ import annotations

from dataclasses import dataclass, field as default
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np
from numpy.typing import NDArray

from .layers import Layers, elu, picture, rows_of
from .tensors import Floats

# Bound on the absolute value of a number that a network reads.
_CLIP = np.float32(5)


@dataclass(frozen=True)
class Field:
    """A field of an observation, as `__metadata__` describes it."""
    name: str
    type: str
    shape: Tuple[int, ...]
    encoding: str
    byte_offset: int = 0
    cardinality: int = 0
    scale: Tuple[float, ...] = ()
    side: int = 0
    masks: Tuple[int, ...] = ()
    colours: Tuple[Tuple[float, ...], ...] = default(default=())

    @staticmethod
    def parse(facts: Mapping[str, Any]) -> "Field":
        return Field(
            name=str(facts["name"]), type=str(facts["type"]), shape=tuple(int(n) for n in facts["shape"]),
            encoding=str(facts["encoding"]), byte_offset=int(facts.get("byte_offset", 0)),
            cardinality=int(facts.get("cardinality", 0)), scale=tuple(float(x) for x in facts.get("scale", ())),
            side=int(facts.get("side", 0)), masks=tuple(int(mask, 16) for mask in facts.get("masks", ())),
            colours=tuple(tuple(float(x) for x in colour) for colour in facts.get("colours", ())))

    @property
    def set(self) -> Optional[str]:
        """The set of things that the field describes one by one."""
        prefix = "member of "
        return self.encoding[len(prefix):] if self.encoding.startswith(prefix) else None

    @property
    def is_categorical(self) -> bool:
        return self.encoding in ("categorical", "tiles")

    @property
    def is_grid(self) -> bool:
        return self.is_categorical and self.type != "float32" and len(self.shape) == 2 and min(self.shape) >= 3


class Encoder:
    """The part of a network below its recurrent cell."""

    def __init__(self, network: str, fields: List[Field], standardises: bool, layers: Layers):
        forms: Dict[str, Callable[[Mapping[str, NDArray[Any]]], Floats]] = {
            "compact": self._compact, "mlp": self._mlp, "wide": self._wide, "impala": self._impala, "oni": self._oni}
        if network not in forms:
            raise ValueError(f"no network is called {network!r} here; known: {', '.join(forms)}. Export the policy to ONNX")
        self._form = forms[network]
        self._fields, self._standardises, self._layers = fields, standardises, layers
        self._by_name = {field.name: field for field in fields}

    def __call__(self, observation: Mapping[str, NDArray[Any]]) -> Floats:
        return self._form(observation)

    # The networks.

    def _compact(self, o: Mapping[str, NDArray[Any]]) -> Floats:
        return self._joined(o, self._shrunk)

    def _impala(self, o: Mapping[str, NDArray[Any]]) -> Floats:
        return self._joined(o, self._residual)

    def _joined(self, o: Mapping[str, NDArray[Any]], read: Callable[[str, Floats], Floats]) -> Floats:
        """A branch for each field; `read` reads a picture."""
        branches = []
        for name in self._names(lambda field: field.is_grid):
            image = self._convolved(self._layers.grid(o[name], f"encoder.{name}", 0), f"{name}.1", 2, 1)
            branches.append(self._dense(image, f"{name}.2"))
        for name in self._names(lambda field: field.encoding == "image"):
            branches.append(read(name, o[name].astype(np.float32) / np.float32(255)))
        for name in self._names(lambda field: field.is_categorical and not field.is_grid):
            branches.append(self._embedded(name, o))
        numbers = self._numbers(o)
        if numbers is not None:
            branches.append(self._dense(numbers, "numeric.1"))
        branches += self._texts(o) + self._sets(o)
        return self._dense(np.concatenate(branches, 1), "join.1")

    def _mlp(self, o: Mapping[str, NDArray[Any]]) -> Floats:
        names = self._names(lambda field: field.is_grid) + self._names(
            lambda field: field.is_categorical and not field.is_grid)
        inputs = [self._embedded(name, o) for name in names]
        numbers = self._numbers(o)
        if numbers is not None:
            inputs.append(numbers)
        inputs += [self._bytes(name, o) for name in self._names(lambda field: field.encoding == "image")]
        inputs += self._texts(o) + self._sets(o)
        return self._dense(self._dense(np.concatenate(inputs, 1), "hidden.1"), "hidden.2")

    def _wide(self, o: Mapping[str, NDArray[Any]]) -> Floats:
        image = self._layers.pool(self._layers.grid(o["glyphs"], "encoder.glyphs", 1), 3)
        image = self._layers.pool(self._convolved(image, "map.2", 1, 1), 2)
        branches = [self._dense(self._convolved(image, "map.4", 1, 1), "map.5")]
        numbers = self._numbers(o)
        if numbers is not None:
            branches.append(self._dense(numbers, "numeric.1"))
        return np.concatenate(branches + self._texts(o), 1)

    def _oni(self, o: Mapping[str, NDArray[Any]]) -> Floats:
        tiles = self._by_name["tile_crop"]
        image = picture(self._layers.index(o[tiles.name], tiles.cardinality), tiles.side, tiles.masks, tiles.colours)
        image = self._layers.convolution(image, "encoder.tile_crop", 4, 0)
        image = self._convolved(self._convolved(image, "picture.1", 2, 0), "picture.2", 2, 0)
        numbers = self._numbers(o)
        if numbers is None:
            raise ValueError("the oni network reads numeric fields, and the observation has none")
        status = self._dense(self._dense(numbers, "status.1"), "status.2")
        message = self._dense(self._dense(self._bytes("message", o), "message.1"), "message.2")
        return np.concatenate([self._dense(image, "picture.3"), status, numbers, message], 1)

    # Their parts.

    def _names(self, accepts: Callable[[Field], bool]) -> List[str]:
        return [field.name for field in self._fields if accepts(field)]

    def _dense(self, x: NDArray[Any], name: str) -> Floats:
        return elu(self._layers.dense(x, f"encoder.{name}"))

    def _convolved(self, image: Floats, name: str, stride: int, padding: int) -> Floats:
        return self._layers.convolution(image, f"encoder.{name}", stride, padding)

    def _shrunk(self, name: str, image: Floats) -> Floats:
        """The two convolutions that suit the size of a picture, and a dense layer."""
        side = min(image.shape[1], image.shape[2])
        forms: List[Tuple[int, int]] = []  # stride, padding
        if side >= 64:
            forms = [(4, 0), (2, 0)]
        elif side >= 20:
            forms = [(2, 0), (2, 0)]
        elif side >= 3:
            forms = [(1, 1), (2 if side > 8 else 1, 0)]
        for number, (stride, padding) in enumerate(forms, 1):
            image = self._convolved(image, f"{name}.{number}", stride, padding)
        return self._dense(image, f"{name}.{len(forms) + 1}")

    def _residual(self, name: str, image: Floats) -> Floats:
        """Three stages of a convolution, a pool and two residual blocks, and a dense layer."""
        number = 0
        for _ in range(3):
            number += 1
            image = self._convolved(image, f"{name}.{number}", 1, 1)
            if min(image.shape[1], image.shape[2]) >= 4:
                number += 1
                image = self._layers.pool(image, 2)
            for _ in range(2):
                number += 1
                inner = self._convolved(image, f"{name}.{number}.first", 1, 1)
                image = image + self._convolved(inner, f"{name}.{number}.second", 1, 1)
        return self._dense(image, f"{name}.{number + 1}")

    def _embedded(self, name: str, o: Mapping[str, NDArray[Any]]) -> Floats:
        return self._layers.embedding(o[name], f"encoder.{name}.table")

    def _texts(self, o: Mapping[str, NDArray[Any]]) -> List[Floats]:
        parts = []
        for name in self._names(lambda field: field.encoding == "text"):
            parts.append(self._layers.text(o[name], f"encoder.{name}.table"))
            trigrams = f"encoder.{name}.trigrams"
            if trigrams in self._layers.parameters:
                parts.append(self._layers.trigrams(o[name], trigrams))
        return parts

    def _sets(self, o: Mapping[str, NDArray[Any]]) -> List[Floats]:
        names = dict.fromkeys(field.set for field in self._fields if field.set is not None)
        return [self._layers.set(*self.members(name, o, "encoder")) for name in names]

    def members(self, name: str, o: Mapping[str, NDArray[Any]], prefix: str) -> Tuple[List[NDArray[Any]], List[str]]:
        """The fields of a set in an observation, and the names of their tables."""
        fields = [field.name for field in self._fields if field.set == name]
        return [o[field] for field in fields], [f"{prefix}.{name}.{field}.table" for field in fields]

    @staticmethod
    def _bytes(name: str, o: Mapping[str, NDArray[Any]]) -> Floats:
        result: Floats = rows_of(o[name]).astype(np.float32) / np.float32(255)
        return result

    def _numbers(self, o: Mapping[str, NDArray[Any]]) -> Optional[Floats]:
        fields = [field for field in self._fields if field.encoding == "numeric"]
        if not fields:
            return None
        parts = [rows_of(o[field.name]).astype(np.float32) * np.array(field.scale, np.float32) for field in fields]
        numbers: Floats = np.concatenate(parts, 1)
        if self._standardises:
            numbers = self._layers.standardised(numbers, "encoder.numeric")
        return np.clip(numbers, -_CLIP, _CLIP)
