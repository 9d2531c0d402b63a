"""Crops and heatmaps as Qt's images; safe in any thread."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtGui import QImage

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.overlay import colourise, heat_on_crop, heat_strength, overlay


def to_image(rgb: UInt8Array) -> QImage:
    """A copy of uint8 RGB (height, width, 3)."""
    pixels = np.ascontiguousarray(rgb)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def fitted(rgb: UInt8Array, side: int) -> UInt8Array:
    """The picture scaled so that its longer side is `side` pixels."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(rgb, size, interpolation=method).astype(np.uint8, copy=False)


def thumbnail(rgb: UInt8Array, heatmap: Heatmap | None, side: int, colour_map: str, opacity: float) -> QImage:
    """A crop `side` pixels large, with its heat over it where there is a heatmap."""
    small = fitted(rgb, side)
    if heatmap is None:
        return to_image(small)
    # The placement maps crop pixels; those of the thumbnail are larger by this factor.
    shrink = np.diag([rgb.shape[1] / small.shape[1], rgb.shape[0] / small.shape[0], 1.0])
    shrink[:2, 2] = (np.diag(shrink)[:2] - 1) / 2
    placed = Heatmap(heatmap.grid, heatmap.floor, heatmap.peak, heatmap.placement @ shrink)
    return to_image(overlay(small, placed, opacity, colour_map))


def heat_layer(heatmap: Heatmap, height: int, width: int, zoom: float, colour_map: str) -> QImage:
    """The heat in colour for a crop of that size shown `zoom` times as large, clear outside the network's window."""
    heat, covered = heat_on_crop(heatmap, height, width, zoom)
    strength = np.rint(heat_strength(heat, covered) * 255).astype(np.uint8)
    rgba = np.dstack([colourise(heat, colour_map), strength])
    rows, columns = rgba.shape[:2]
    return QImage(rgba.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()
