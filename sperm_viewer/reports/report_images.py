"""The pictures of a report: crops and their heatmaps, read again and made small, and the laboratory's logo.

Every picture is encoded anew from its pixels, so that nothing else of a file (names, dates, places) travels along.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import CropRefusedError, SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.heatmap_files import Refine
from sperm_viewer.imaging.overlay import overlay
from sperm_viewer.imaging.reading.read import decode, read_bytes

OPACITY, COLOUR_MAP = 0.7, "cividis"
_LOGO_SIDE = 600


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a WebP file without any metadata, lossless; `width` and `height` in pixels."""

    webp: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CellPictures:
    """A crop and the same with its heatmap; each None where there is none, and `missing` then says why."""

    crop: Picture | None
    heat: Picture | None
    missing: str = ""


def cell_pictures(cell: Cell, heatmap: Heatmap | None, side: int, refine: Refine | None = None) -> CellPictures:
    """Reads a cell's image again; its longer side is brought to `side` pixels where it is longer than that.

    What `refine` makes of the heatmap is shown instead of it, where given. Raises EngineError where that fails.
    """
    try:
        data = read_bytes(cell.ref.path)
        if hashlib.sha256(data).hexdigest() != cell.sha256:
            return CellPictures(None, None, "The image has changed since it was scored.")
        rgb, _ = decode(data, cell.ref.page)
    except CropRefusedError as error:
        return CellPictures(None, None, str(error))
    if heatmap and refine:
        heatmap = refine(cell, heatmap, rgb)
    heat = encoded(_small(overlay(rgb, heatmap, OPACITY, COLOUR_MAP), side)) if heatmap else None
    return CellPictures(encoded(_small(rgb, side)), heat)


def read_logo(path: Path) -> Picture:
    """The laboratory's logo. Raises SpermViewerError where it is no picture that can be read."""
    try:
        rgb, _ = decode(read_bytes(path))
    except CropRefusedError as error:
        raise SpermViewerError(f"{path}: this logo can't be used ({error}) Choose a PNG or JPEG file.") from error
    return encoded(_small(rgb, _LOGO_SIDE))


def encoded(rgb: UInt8Array) -> Picture:
    """`rgb`, uint8 (height, width, 3), as it goes into a report."""
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "WEBP", lossless=True, method=2)
    return Picture(file.getvalue(), rgb.shape[1], rgb.shape[0])


def pixels(picture: Picture) -> UInt8Array:
    """The pixels of a picture, RGB uint8 (height, width, 3), contiguous."""
    with Image.open(io.BytesIO(picture.webp), formats=("WEBP",)) as opened:
        return np.ascontiguousarray(np.asarray(opened.convert("RGB")))


def _small(rgb: UInt8Array, side: int) -> UInt8Array:
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
