"""Converts crops and heatmaps to Qt images; safe in any thread."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtGui import QImage

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.overlay import heat_drawing, overlay


def to_image(rgb: UInt8Array) -> QImage:
    """Copies uint8 RGB (height, width, 3)."""
    pixels = np.ascontiguousarray(rgb)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def fitted(rgb: UInt8Array, side: int) -> UInt8Array:
    """Scales an image so that its longer side is `side` pixels."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(rgb, size, interpolation=method).astype(np.uint8, copy=False)


def thumbnail(rgb: UInt8Array, heatmap: Heatmap | None, side: int, dashed: bool = False) -> QImage:
    """A crop of `side` pixels, with the contours of its heat over it if there is a heatmap."""
    small = fitted(rgb, side)
    if heatmap is None:
        return to_image(small)
    # The placement maps crop pixels; those of the thumbnail are larger by this factor.
    shrink = np.diag([rgb.shape[1] / small.shape[1], rgb.shape[0] / small.shape[0], 1.0])
    shrink[:2, 2] = (np.diag(shrink)[:2] - 1) / 2
    placed = Heatmap(heatmap.grid, heatmap.floor, heatmap.peak, heatmap.placement @ shrink)
    return to_image(overlay(small, placed, 1.0, fill=False, dashed=dashed))


def heat_layer(heatmap: Heatmap, height: int, width: int, zoom: float, dashed: bool = False) -> QImage:
    """The heat to lay over a crop of this size, enlarged `zoom` times."""
    rgba = heat_drawing(heatmap, height, width, zoom, dashed=dashed)
    rows, columns = rgba.shape[:2]
    return QImage(rgba.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()
