"""A slide of 48 rendered crops and one broken file, which every model refers as out of distribution."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.synthetic.optics import Dice
from sperm_viewer.synthetic.render import (
    ACROSOME_VACUOLE,
    GREY,
    NECK_DROPLET,
    CellDescription,
    HeadClass,
    render_cell,
    render_debris,
    render_empty,
    typical_cell,
)

_SEED = 20260
_SHUFFLE = 100
"""A random stream that no rendering uses."""
_SIZES_PX = range(150, 181)


def write_rendered_slide(folder: Path) -> Path:
    """Writes the slide's 49 PNG files into `folder`, which is created if necessary; returns `folder`.

    The files are the same, byte for byte, on every machine. The last one is cut off in the middle.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _files().items():
        (folder / name).write_bytes(content)
    return folder


def _files() -> dict[str, bytes]:
    """The files by name, in order. Neither names nor order reveal the class."""
    crops = list(_crops())
    dice = Dice(_SEED, _SHUFFLE)
    for last in range(len(crops) - 1, 0, -1):
        other = dice.below(last + 1)
        crops[last], crops[other] = crops[other], crops[last]
    files = {f"cell_{number:03d}.png": _png(rgb) for number, rgb in enumerate(crops, start=1)}
    broken = _png(render_cell(typical_cell(HeadClass.NORMAL, GREY, _SEED)).rgb)
    files[f"cell_{len(crops) + 1:03d}.png"] = broken[: len(broken) // 2]
    return files


def _crops() -> Iterator[UInt8Array]:
    sizes = Dice(_SEED, _SHUFFLE + 1)
    for index, cell in enumerate([*_ordinary_cells(), *_cells_of_note()]):
        shape = _SIZES_PX[sizes.below(len(_SIZES_PX))], _SIZES_PX[sizes.below(len(_SIZES_PX))]
        yield render_cell(replace(cell, shape=shape, seed=_SEED + index)).rgb
    for index in range(6):
        yield render_debris(GREY, _SEED + index)
    yield render_empty(GREY, _SEED)


def _ordinary_cells() -> Iterator[CellDescription]:
    counts = {HeadClass.NORMAL: 13, HeadClass.TAPERED: 8, HeadClass.PYRIFORM: 8, HeadClass.AMORPHOUS: 6}
    head_classes = [head_class for head_class, count in counts.items() for _ in range(count)]
    for index, head_class in enumerate(head_classes):
        yield typical_cell(head_class, GREY, _SEED + index)


def _cells_of_note() -> Iterator[CellDescription]:
    """Normal heads with defects that the app should detect."""
    normal = CellDescription(HeadClass.NORMAL, GREY, specks=1)
    yield replace(normal, turn=25.0, spots=(ACROSOME_VACUOLE,))
    yield replace(normal, turn=130.0, spots=(NECK_DROPLET,))
    # Cut off by the edge of the crop.
    yield replace(normal, turn=-70.0, offset=(72.0, 20.0))
    yield replace(normal, turn=40.0, twin=True)
    yield replace(normal, turn=90.0, neighbours=3)
    yield replace(normal, turn=-160.0, blur=7.0)


def _png(rgb: UInt8Array) -> bytes:
    """A PNG of uint8 RGB pixels (height, width, 3), not compressed.

    Compressors give other bytes from version to version; stored ones are the same everywhere, and so is a crop's
    sha256. The format: https://www.w3.org/TR/png-3/ and RFC 1950, 1951.
    """
    height, width, _ = rgb.shape
    rows = b"".join(b"\0" + row.tobytes() for row in rgb)
    longest = 0xFFFF
    blocks = [rows[start : start + longest] for start in range(0, len(rows), longest)]
    stored = b"".join(
        struct.pack("<BHH", index == len(blocks) - 1, len(block), len(block) ^ longest) + block
        for index, block in enumerate(blocks)
    )
    pixels = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
