"""The layers of Tengu's networks in numpy, as docs/checkpoints.md states them. Images are [N, H, W, C]."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .tensors import Floats

_FNV_BASIS = 2166136261
_FNV_PRIME = 16777619
_TRIGRAM_MULTIPLIER = 2654435761
# A quarter of the sum over the things of a set.
_SET_SCALE = np.float32(0.25)
# What a standard deviation counts as at least.
_MINIMUM_DEVIATION = np.float32(1e-4)
_MINIMUM_VALUE_DEVIATION = np.float32(1e-2)


def elu(x: Floats) -> Floats:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0))).astype(np.float32)


def sigmoid(x: Floats) -> Floats:
    # The form that does not overflow.
    half: Floats = (np.tanh(x * np.float32(0.5)) + np.float32(1)) * np.float32(0.5)
    return half


def text_rows(text: Sequence[int]) -> List[int]:
    """The table rows of a text's words and of its pairs of neighbouring words: 32-bit FNV-1a, folded to 12 bits."""
    rows: List[int] = []
    word: Optional[int] = None
    pair: Optional[int] = None
    previous: Optional[int] = None
    for byte in [*text, 0]:
        if 65 <= byte <= 90:
            byte |= 32
        if 97 <= byte <= 122 or 48 <= byte <= 57 or byte > 127:
            if word is None:
                word = _FNV_BASIS
                pair = _fnv(previous, 32) if previous is not None else None
            word = _fnv(word, byte)
            pair = _fnv(pair, byte) if pair is not None else None
        elif word is not None:
            rows.append(_fold(word))
            if pair is not None:
                rows.append(_fold(pair))
            previous, word = word, None
        if byte == 0:
            break
    return rows


def trigram_rows(text: Sequence[int]) -> List[int]:
    """The table rows of a text's trigrams, of bytes with letters in lower case, up to the first zero."""
    end = list(text).index(0) if 0 in text else len(text)
    letters = [byte | 32 if 65 <= byte <= 90 else byte for byte in text[:end]]
    keys = [a << 16 | b << 8 | c for a, b, c in zip(letters, letters[1:], letters[2:])]
    return [(key * _TRIGRAM_MULTIPLIER & 0xFFFFFFFF) >> 20 for key in keys]


def _fnv(value: int, byte: int) -> int:
    return ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF


def _fold(value: int) -> int:
    return (value ^ value >> 16) & 4095


def picture(symbols: NDArray[Any], side: int, masks: Sequence[int], colours: Sequence[Sequence[float]]) -> Floats:
    """The picture [N, H, W, 3] of a grid: symbol 0 is black, symbol 1 + m * len(colours) + c is mask m in colour c."""
    bits = np.array([[mask >> pixel & 1 for pixel in range(side * side)] for mask in masks], np.float32)
    drawn = bits[:, None, :, None] * np.array(colours, np.float32)[None, :, None, :]
    tiles = np.concatenate([np.zeros((1, side * side, 3), np.float32), drawn.reshape(-1, side * side, 3)])
    count, rows, columns = symbols.shape
    cells = tiles[symbols].reshape(count, rows, columns, side, side, 3)
    image: Floats = cells.transpose(0, 1, 3, 2, 4, 5).reshape(count, rows * side, columns * side, 3)
    return image


def rows_of(x: NDArray[Any]) -> NDArray[Any]:
    return x.reshape(len(x), -1)


class Layers:
    """Layers with the parameters of one policy, whose names have no prefix."""

    def __init__(self, parameters: Dict[str, Floats]):
        self.parameters = parameters

    def parameter(self, name: str) -> Floats:
        try:
            return self.parameters[name]
        except KeyError:
            raise KeyError(f"the checkpoint has no tensor policy.{name}") from None

    @staticmethod
    def index(field: NDArray[Any], count: int) -> NDArray[np.int64]:
        """Rows of a table; a number outside it is its last row."""
        numbers = field.astype(np.int64)
        return np.where((numbers < 0) | (numbers >= count), count - 1, numbers)

    def embedding(self, field: NDArray[Any], table: str) -> Floats:
        rows = self.parameter(table)
        return rows_of(rows[self.index(field, len(rows))])

    def grid(self, field: NDArray[Any], name: str, padding: int) -> Floats:
        table = self.parameter(name + ".embedding")
        return self.convolution(table[self.index(field, len(table))], name, 1, padding)

    def convolution(self, image: Floats, name: str, stride: int, padding: int) -> Floats:
        weight, bias = self.parameter(name + ".weight"), self.parameter(name + ".bias")
        kernel = round((len(weight) / image.shape[3]) ** 0.5)
        if kernel * kernel * image.shape[3] != len(weight):
            raise ValueError(f"{name}: {len(weight)} rows of weights fit no kernel over {image.shape[3]} channels")
        image = np.pad(image, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
        windows = sliding_window_view(image, (kernel, kernel), axis=(1, 2))[:, ::stride, ::stride]  # [N, H, W, C, K, K]
        count, height, width = windows.shape[:3]
        patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, len(weight))
        return elu(patches @ weight + bias).reshape(count, height, width, -1)

    @staticmethod
    def pool(image: Floats, window: int) -> Floats:
        count, height, width, channels = image.shape
        rows, columns = height // window, width // window
        cells = image[:, :rows * window, :columns * window].reshape(count, rows, window, columns, window, channels)
        result: Floats = cells.max((2, 4))
        return result

    def dense(self, x: NDArray[Any], name: str) -> Floats:
        """Without an activation."""
        result: Floats = rows_of(x) @ self.parameter(name + ".weight") + self.parameter(name + ".bias")
        return result

    def values(self, x: NDArray[Any]) -> Floats:
        """The values of hidden rows; a network may compute them on a scale of its own."""
        outputs = self.dense(x, "value")
        if "value.mean" not in self.parameters:
            return outputs
        deviation = np.maximum(np.sqrt(self.parameter("value.variance")), _MINIMUM_VALUE_DEVIATION)
        return (self.parameter("value.mean") + deviation * outputs).astype(np.float32)

    def text(self, field: NDArray[Any], table: str) -> Floats:
        vectors = self.parameter(table)
        lists = [text_rows(text) for text in rows_of(field).tolist()]
        means = [vectors[rows].mean(0) if rows else np.zeros(vectors.shape[1], np.float32) for rows in lists]
        return elu(np.stack(means).astype(np.float32))

    def trigrams(self, field: NDArray[Any], table: str) -> Floats:
        vectors = self.parameter(table)
        lists = [trigram_rows(text) for text in rows_of(field).tolist()]
        sums = [vectors[rows].sum(0) / np.float32(len(rows)) ** np.float32(0.5) if rows
                else np.zeros(vectors.shape[1], np.float32) for rows in lists]
        return elu(np.stack(sums).astype(np.float32))

    def things(self, fields: Sequence[NDArray[Any]], tables: Sequence[str]) -> Tuple[Floats, Floats]:
        """The vectors [N, things, size] of a set, and 1 where there is a thing [N, things, 1]."""
        vectors: Optional[Floats] = None
        for field, table in zip(fields, tables):
            rows = self.parameter(table)
            part = rows[self.index(rows_of(field), len(rows))]
            vectors = part if vectors is None else vectors + part
        if vectors is None:
            raise ValueError("a set has at least one field")
        return vectors, (rows_of(fields[0]) != 0)[..., None].astype(np.float32)

    def set(self, fields: Sequence[NDArray[Any]], tables: Sequence[str]) -> Floats:
        vectors, is_there = self.things(fields, tables)
        result: Floats = _SET_SCALE * (elu(vectors) * is_there).sum(1)
        return result

    def pointed(self, outputs: Floats, counts: Sequence[int], keys: Sequence[Optional[Floats]]) -> Floats:
        """Logits: of each factor its own columns, or the products of its query with the keys [N, things, K] of its set."""
        parts: List[Floats] = []
        start = 0
        for count, key in zip(counts, keys):
            size = count if key is None else key.shape[2]
            part = outputs[:, start:start + size]
            parts.append(part if key is None else (key @ part[:, :, None])[:, :, 0] / np.float32(size) ** np.float32(0.5))
            start += size
        return np.concatenate(parts, 1)

    def standardised(self, numbers: Floats, name: str) -> Floats:
        deviation = np.maximum(np.sqrt(self.parameter(name + ".variance")), _MINIMUM_DEVIATION)
        return ((numbers - self.parameter(name + ".mean")) / deviation).astype(np.float32)

    def gru(self, x: Floats, state: Floats, name: str) -> Tuple[Floats, Floats]:
        """Gates r, z, n; the reset gate comes after the recurrent product."""
        a = x @ self.parameter(name + ".input_weight") + self.parameter(name + ".input_bias")
        b = state @ self.parameter(name + ".recurrent_weight") + self.parameter(name + ".recurrent_bias")
        (ar, az, an), (br, bz, bn) = np.split(a, 3, 1), np.split(b, 3, 1)
        z = sigmoid(az + bz)
        n = np.tanh(an + sigmoid(ar + br) * bn)
        after: Floats = n + z * (state - n)
        return after, after

    def lstm(self, x: Floats, state: Floats, name: str) -> Tuple[Floats, Floats]:
        """Gates i, f, g, o; the state is h, then c."""
        h, c = np.split(state, 2, 1)
        sums = x @ self.parameter(name + ".input_weight") + h @ self.parameter(name + ".recurrent_weight")
        i, f, g, o = np.split(sums + self.parameter(name + ".bias"), 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, np.concatenate([h, c], 1)

    def min_gru(self, x: Floats, state: Floats, name: str) -> Tuple[Floats, Floats]:
        """Gate z, then candidate n; neither reads the state."""
        z, n = np.split(x @ self.parameter(name + ".input_weight") + self.parameter(name + ".bias"), 2, 1)
        after: Floats = state + sigmoid(z) * (n - state)
        return after, after
