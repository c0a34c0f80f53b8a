"""The tiles of Tengu's terminal pictures, read from the drawing itself."""
import re
from pathlib import Path

import torch

SOURCES = Path(__file__).resolve().parents[2] / "Sources/Environments/NetHack"
SIDE = 6


def drawings():
    """[94, 6, 6], 1 where a character's pixel is painted."""
    source = (SOURCES / "TileFont.swift").read_text()
    lines = [line.split() for line in source.splitlines() if re.fullmatch(r"\s*[#.]{6}( [#.]{6})*", line)]
    tiles = []
    for first in range(0, len(lines), SIDE):
        for column in range(len(lines[first])):
            rows = [lines[first + y][column] for y in range(SIDE)]
            tiles.append([[float(pixel == "#") for pixel in row] for row in rows])
    return torch.tensor(tiles, dtype=torch.float64)


def colours():
    """[16, 3], from 0 to 1."""
    codes = re.findall(r"0x([0-9A-F]{6})", (SOURCES / "TileSet.swift").read_text())
    return torch.tensor([[int(code[i:i + 2], 16) for i in (0, 2, 4)] for code in codes], dtype=torch.float64) / 255


def picture(symbols):
    """symbols [rows, 12, 12] to pixels [rows, 72, 72, 3]."""
    masks, palette = drawings(), colours()
    assert len(masks) == 94 and len(palette) == 16
    shown = (symbols > 0).double()[..., None, None, None]
    index = (symbols - 1).clamp(min=0)
    tiles = masks[index // 16][..., None] * palette[index % 16][..., None, None, :] * shown
    rows, height, width = symbols.shape
    return tiles.permute(0, 1, 3, 2, 4, 5).reshape(rows, height * SIDE, width * SIDE, 3)
