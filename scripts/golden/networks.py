"""Tengu's networks in PyTorch: everything below the recurrent cell."""
import torch

from layers import convolution, dense, embedding, max_pool, text
from tiles import picture

GLYPHS = 5977
STATUS_SCALES = (
    [1 / 79, 1 / 21, 0] + [0.1] * 6 + [0, 0.1, 0.1, 0, 1 / 1000] + [0.1, 0.1, 0.1, 0, 0.1] + [1 / 100, 1 / 1000, 1, 0.1]
    + [0] * 4)


def numbers(fields):
    scales = torch.tensor(STATUS_SCALES, dtype=torch.float32).double()
    return (fields["status"].double() * scales).clamp(-5, 5)


def embedded(p, name, symbols, cardinality, size, channels, padding=0):
    """An embedding and its first convolution, which Tengu computes as one."""
    return convolution(
        p, f"encoder.{name}", embedding(p, f"encoder.{name}.embedding", symbols, cardinality, size), channels, 3,
        padding=padding)


def oni(p, fields, sizes):
    x = convolution(p, "encoder.tile_crop", picture(fields["tile_crop"].view(-1, 12, 12)), 32, 8, stride=4)
    x = convolution(p, "encoder.picture.1", x, 64, 4, stride=2)
    x = convolution(p, "encoder.picture.2", x, 128, 3, stride=2)
    x = dense(p, "encoder.picture.3", x, sizes["hiddenSize"])
    status = numbers(fields)
    s = dense(p, "encoder.status.2", dense(p, "encoder.status.1", status, 128), 128)
    m = dense(p, "encoder.message.2", dense(p, "encoder.message.1", fields["message"].double() / 255, 128), 128)
    return torch.cat([x, s, status, m], -1)


def compact(p, fields, sizes):
    x = embedded(p, "glyph_crop", fields["glyph_crop"].view(-1, 9, 9), GLYPHS, sizes["embeddingSize"], 16)
    x = convolution(p, "encoder.glyph_crop.1", x, 16, 3, stride=2, padding=1)
    x = dense(p, "encoder.glyph_crop.2", x, sizes["hiddenSize"])
    s = dense(p, "encoder.numeric.1", numbers(fields), 64)
    m = text(p, "encoder.message", fields["message_texts"], sizes["textSize"])
    return dense(p, "encoder.join.1", torch.cat([x, s, m], -1), sizes["hiddenSize"])


def wide(p, fields, sizes):
    x = embedded(p, "glyphs", fields["glyphs"].view(-1, 21, 79), GLYPHS, sizes["embeddingSize"], 16, padding=1)
    x = convolution(p, "encoder.map.2", max_pool(x, 3), 32, 3, padding=1)
    x = convolution(p, "encoder.map.4", max_pool(x, 2), 32, 3, padding=1)
    x = dense(p, "encoder.map.5", x, sizes["hiddenSize"])
    s = dense(p, "encoder.numeric.1", numbers(fields), 64)
    m = text(p, "encoder.message", fields["message_texts"], sizes["textSize"])
    return torch.cat([x, s, m], -1)


def impala(p, fields, sizes):
    x, number = fields["picture"].view(-1, 12, 10, 3).double() / 255, 0

    def name():
        nonlocal number
        number += 1
        return f"encoder.picture.{number}"

    for channels in (16, 32, 32):
        x = convolution(p, name(), x, channels, 3, padding=1)
        if min(x.shape[1:3]) >= 4:
            name()
            x = max_pool(x, 2)
        for _ in range(2):
            block = name()
            inner = convolution(p, f"{block}.first", x, channels, 3, padding=1)
            x = x + convolution(p, f"{block}.second", inner, channels, 3, padding=1)
    x = dense(p, name(), x, sizes["hiddenSize"])
    s = dense(p, "encoder.numeric.1", numbers(fields), 64)
    return dense(p, "encoder.join.1", torch.cat([x, s], -1), sizes["hiddenSize"])


def mlp(p, fields, sizes):
    x = embedding(p, "encoder.glyph_crop.table", fields["glyph_crop"], GLYPHS, sizes["embeddingSize"]).flatten(1)
    m = text(p, "encoder.message", fields["message_texts"], sizes["textSize"])
    x = torch.cat([x, numbers(fields), m], -1)
    return dense(p, "encoder.hidden.2", dense(p, "encoder.hidden.1", x, sizes["hiddenSize"]), sizes["hiddenSize"])
