"""The images of a report: crops and their heatmaps, read again and scaled down, and the laboratory's logo.

Every image is encoded again from its pixels, so that no metadata of a file (names, dates, places) is included.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import ImageRefusedError, SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.equal_scale import EqualScale
from sperm_viewer.imaging.heatmap_files import Refine
from sperm_viewer.imaging.overlay import overlay
from sperm_viewer.imaging.reading.read import decode, read_bytes
from sperm_viewer.imaging.recall import recall
from sperm_viewer.imaging.scale_bar import with_scale_bar
from sperm_viewer.imaging.square_part import square_part

OPACITY = 0.7
_LOGO_SIDE = 600


@dataclass(frozen=True, slots=True)
class ReportImage:
    """An image as a WebP file without any metadata, lossless; `width` and `height` in pixels."""

    webp: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CellImages:
    """A crop and the same with its heatmap; each None if there is none, and `missing` then explains why."""

    crop: ReportImage | None
    heat: ReportImage | None
    missing: str = ""


def cell_images(
    cell: Cell,
    heatmap: Heatmap | None,
    side: int,
    refine: Refine | None = None,
    equal: EqualScale | None = None,
) -> CellImages:
    """Reads a cell's image again and scales its longer side down to at most `side` pixels.

    With `refine` the refined heatmap is shown instead; raises EngineError if that fails. With `equal` the images are
    squares at one scale where there is one, with a scale bar where it is known.
    """
    try:
        rgb = recall(cell)
    except ImageRefusedError as error:
        return CellImages(None, None, str(error))
    drawn = None
    if heatmap:
        shown = refine(cell, heatmap, rgb) if refine else heatmap
        drawn = overlay(rgb, shown, OPACITY, dashed=shown is heatmap)
    crop, heat = (None if one is None else encoded(_fitted(one, cell, side, equal)) for one in (rgb, drawn))
    return CellImages(crop, heat)


def _fitted(rgb: UInt8Array, cell: Cell, side: int, equal: EqualScale | None) -> UInt8Array:
    square = equal.square(cell) if equal else None
    if square is None or equal is None:
        return _small(rgb, side)
    centre, shown = square
    scale = equal.um_per_px(cell)
    return with_scale_bar(square_part(rgb, centre, shown, side), scale * shown / side if scale else None)


def read_logo(path: Path) -> ReportImage:
    """The laboratory's logo. Raises SpermViewerError if it is not a readable image."""
    try:
        rgb, _ = decode(read_bytes(path))
    except ImageRefusedError as error:
        raise SpermViewerError(f"{path}: this logo can't be used ({error}) Choose a PNG or JPEG file.") from error
    return encoded(_small(rgb, _LOGO_SIDE))


def encoded(rgb: UInt8Array) -> ReportImage:
    """`rgb`, uint8 (height, width, 3), as an image of a report."""
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "WEBP", lossless=True, method=2)
    return ReportImage(file.getvalue(), rgb.shape[1], rgb.shape[0])


def pixels(image: ReportImage) -> UInt8Array:
    """The pixels of an image, RGB uint8 (height, width, 3), contiguous."""
    with Image.open(io.BytesIO(image.webp), formats=("WEBP",)) as opened:
        return np.ascontiguousarray(np.asarray(opened.convert("RGB")))


def _small(rgb: UInt8Array, side: int) -> UInt8Array:
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
