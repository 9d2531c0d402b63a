"""Overlays of cells as PNG files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.overlay import overlay
from sperm_viewer.imaging.reading.read import decode, read_bytes
from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.system.result_places import file_name

Refine = Callable[[Cell, Heatmap, UInt8Array], Heatmap]
"""From a cell, its heatmap and its crop, uint8 RGB (height, width, 3), to a finer heatmap."""


def heatmap_file(folder: Path, ref: CropRef) -> Path:
    """Where a cell's overlay goes: a folder for each slide, the crop's own name and page, `.heatmap.png`."""
    page = f".page{ref.page}" if ref.page else ""
    return folder / _fitting(ref.slide) / f"{_fitting(ref.path.name)}{page}.heatmap.png"


def write_heatmap(
    cell: Cell, heatmap: Heatmap, file: Path, opacity: float, colour_map: str, refine: Refine | None = None
) -> None:
    """Reads the crop again and writes its overlay, with what `refine` makes of it instead of `heatmap` where given.

    Raises CropRefusedError where the crop can't be read any more or is not the one that was scored, SpermViewerError
    where the file can't be written.
    """
    data = read_bytes(cell.ref.path)
    if hashlib.sha256(data).hexdigest() != cell.sha256:
        raise CropRefusedError("The image has changed since it was scored. Put the old one back, or score again.")
    rgb, _ = decode(data, cell.ref.page)
    if refine:
        heatmap = refine(cell, heatmap, rgb)
    with replacing(file) as opened:
        Image.fromarray(overlay(rgb, heatmap, opacity, colour_map)).save(opened, "PNG")


def _fitting(name: str) -> str:
    """A name that every file system takes; one that had to be changed keeps a mark that tells it from all others."""
    fitting = file_name(name)
    if fitting == name:
        return name
    return f"{fitting}~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
