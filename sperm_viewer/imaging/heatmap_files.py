"""Overlays of cells as PNG files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.overlay import overlay
from sperm_viewer.imaging.recall import recall
from sperm_viewer.imaging.scale_bar import with_scale_bar
from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.system.result_places import file_name

Refine = Callable[[Cell, Heatmap, UInt8Array], Heatmap]
"""From a cell, its heatmap and its crop, uint8 RGB (height, width, 3), to a finer heatmap."""


def heatmap_file(folder: Path, cell: Cell) -> Path:
    """Where a cell's overlay goes: a folder for each sample and slide, the image's name, the page, the cell's number in
    a field, `.heatmap.png`."""
    ref = cell.ref
    which = (f".page{ref.page}" if ref.page else "") + (f".cell{cell.number}" if cell.in_field else "")
    return folder / _fitting(cell.sample) / _fitting(ref.slide) / f"{_fitting(ref.path.name)}{which}.heatmap.png"


def refuse_links(folder: Path, file: Path) -> None:
    """Raises SpermViewerError if a folder between `folder`, itself included, and `file` is a link.

    Somebody who planted it would have files written or replaced anywhere.
    """
    for above in file.parents:
        if above.is_symlink():
            raise SpermViewerError(
                f"{above}: this is a link, so no heatmaps are written there. Delete the link, or choose another folder."
            )
        if above == folder:
            return


def write_heatmap(
    cell: Cell,
    heatmap: Heatmap,
    file: Path,
    opacity: float,
    refine: Refine | None = None,
    um_per_px: float | None = None,
) -> None:
    """Reads the crop again and writes its overlay, with what `refine` makes of it instead of `heatmap` where given, and
    with a scale bar if the side of a pixel is known.

    The lines are dashed if that is the coarse map of the scoring.

    Raises ImageRefusedError if the crop can't be read or isn't the one that was scored, SpermViewerError if the file
    can't be written.
    """
    rgb = recall(cell)
    shown = refine(cell, heatmap, rgb) if refine else heatmap
    with replacing(file) as opened:
        drawn = overlay(rgb, shown, opacity, dashed=shown is heatmap)
        Image.fromarray(with_scale_bar(drawn, um_per_px)).save(opened, "PNG")


def _fitting(name: str) -> str:
    """A name that every file system takes; one that had to be changed keeps a mark that tells it from all others."""
    fitting = file_name(name)
    if fitting == name:
        return name
    return f"{fitting}~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
