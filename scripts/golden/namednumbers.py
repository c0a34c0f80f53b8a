"""Numbers that Python and Swift compute alike from a name, so that golden files need not hold them."""
import numpy as np


def mixed(x):
    """A well-mixed function of 32-bit integers (Wellons's lowbias32)."""
    x = np.asarray(x, np.uint32).copy()
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def fnv1a(text):
    """32-bit FNV-1a."""
    value = 2166136261
    for byte in text:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def words(name, count):
    """`count` 32-bit integers that belong to `name`."""
    first = fnv1a(name.encode())
    return mixed((np.arange(count, dtype=np.uint64) + first).astype(np.uint32))


def integers(name, count, low, high):
    """Integers in low ..< high."""
    return low + (words(name, count) % np.uint32(high - low)).astype(np.int64)


def floats(name, count, scale):
    """Float32 numbers in [-scale, scale)."""
    unit = (words(name, count) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return unit * np.float32(scale)
