"""A heatmap laid over its crop, for the window, the reports and `--heatmaps`."""

from __future__ import annotations

import cv2
import numpy as np

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array
from sperm_viewer.domain.prediction import Heatmap

COLOUR_MAPS = {
    "cividis": cv2.COLORMAP_CIVIDIS,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "inferno": cv2.COLORMAP_INFERNO,
}
"""Even steps of lightness, readable without seeing red from green; never jet, whose bands are not in the data."""
_FLAT = 0.01
_TINT = 0.25


def is_flat(heatmap: Heatmap) -> bool:
    """True where the map hardly varies: scaled to the full range it would show a hot spot that isn't there."""
    return heatmap.peak - heatmap.floor <= _FLAT * abs(heatmap.peak)


def heat_on_crop(heatmap: Heatmap, height: int, width: int, zoom: float = 1.0) -> tuple[FloatArray, UInt8Array]:
    """The heat at each pixel of a crop shown `zoom` times as large.

    Returns heat in 0..1, float32 (height * zoom, width * zoom), 0 outside the
    network's window and everywhere for a flat map, and how much of each
    pixel the network's window covers, uint8 0..255.
    """
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    to_grid = _pixels_to_grid(heatmap, zoom)
    grid = np.zeros_like(heatmap.grid) if is_flat(heatmap) else heatmap.grid
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    heat = cv2.warpAffine(grid.astype(np.float32) / 255, to_grid, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    frame = np.full(heatmap.grid.shape, 255, np.uint8)
    covered = cv2.warpAffine(frame, to_grid, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    heat[covered == 0] = 0
    return np.clip(heat, 0, 1).astype(np.float32), covered.astype(np.uint8)


def overlay(rgb: UInt8Array, heatmap: Heatmap, opacity: float, colour_map: str = "cividis") -> UInt8Array:
    """The crop (uint8 RGB, height x width x 3) with the heat in colour over it; `opacity` in 0..1.

    Outside the network's window the crop stays as it is: nothing there was looked at.
    """
    height, width = rgb.shape[:2]
    heat, covered = heat_on_crop(heatmap, height, width)
    coloured = colourise(heat, colour_map).astype(np.float32)
    share = (opacity * heat_strength(heat, covered))[..., None]
    return np.asarray(np.rint(rgb * (1 - share) + coloured * share), np.uint8)


def heat_strength(heat: FloatArray, covered: UInt8Array) -> FloatArray:
    """How strongly the colour of each pixel's heat covers the crop, 0..1: cold places stay readable, and a faint tint
    still shows what the network's window was.
    """
    return np.asarray((covered > 0) * (_TINT + (1 - _TINT) * heat), np.float32)


def colourise(heat: FloatArray, colour_map: str = "cividis") -> UInt8Array:
    """Heat in 0..1 (height, width) as colours, uint8 RGB."""
    indexed = np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8)
    coloured = cv2.applyColorMap(indexed, COLOUR_MAPS[colour_map])
    return np.asarray(cv2.cvtColor(coloured, cv2.COLOR_BGR2RGB), np.uint8)


def _pixels_to_grid(heatmap: Heatmap, zoom: float) -> Affine:
    """From the pixels of the enlarged crop to those of the grid, both with their origin at a pixel's centre."""
    height, width = heatmap.grid.shape
    enlarge = np.array([[zoom, 0, (zoom - 1) / 2], [0, zoom, (zoom - 1) / 2], [0, 0, 1]])
    to_cells = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
    placement = np.vstack([heatmap.placement, [0, 0, 1]])
    matrix: Affine = (to_cells @ placement @ np.linalg.inv(enlarge))[:2]
    return matrix
