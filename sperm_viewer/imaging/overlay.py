"""Draws a heatmap over its crop, for the window, the reports and `--heatmaps`."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array
from sperm_viewer.domain.prediction import Heatmap

HEAT_COLOUR = (110, 240, 0)
"""RGB: a yellow green, which no common stain of sperm has."""
CONTOURS = (0.3, 0.6)
"""The shares of the heat that the contours hold, from the inner one outwards."""
_FLAT = 0.01
_MOST_FILLED = 0.5
_LINE, _LEAST_LINE = 0.006, 1.2
"""The width of a contour: as a share of the longer side, and the least in pixels."""
_LIGHT, _EDGE = 255.0, 20.0
_DASH = 3.0
"""The length of a dash, in widths of a contour."""
_RESOLVED = 14
"""Places side by side that a fine map can tell apart."""
_BLUR = 0.8
_DRAWN_GRID = 112
Corners = tuple[tuple[float, float], ...]


def is_flat(heatmap: Heatmap) -> bool:
    """Whether the map hardly varies: scaled to the full range it would show a hot spot that isn't there."""
    return heatmap.peak - heatmap.floor <= _FLAT * abs(heatmap.peak)


def heat_on_crop(heatmap: Heatmap, height: int, width: int, zoom: float = 1.0) -> tuple[FloatArray, UInt8Array]:
    """The heat at each pixel of a crop that is enlarged by `zoom`.

    Returns the heat in 0..1, float32 (height * zoom, width * zoom), 0 outside the network's window and everywhere if
    the map is flat; and how much of each pixel the network's window covers, uint8 0..255.
    """
    heat, covered = _sampled(heatmap, height, width, zoom)
    heat[(covered == 0) | is_flat(heatmap)] = 0
    return heat, covered


def _sampled(heatmap: Heatmap, height: int, width: int, zoom: float) -> tuple[FloatArray, UInt8Array]:
    """Like `heat_on_crop`, but outside the window the heat goes on as at its edge, so that it has no step there."""
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    to_grid = _pixels_to_grid(heatmap, zoom)
    grid = heatmap.grid
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    heat = cv2.warpAffine(grid.astype(np.float32) / 255, to_grid, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    frame = np.full(heatmap.grid.shape, 255, np.uint8)
    covered = cv2.warpAffine(frame, to_grid, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return np.clip(heat, 0, 1).astype(np.float32), covered.astype(np.uint8)


def overlay(rgb: UInt8Array, heatmap: Heatmap, opacity: float, fill: bool = True, dashed: bool = False) -> UInt8Array:
    """The crop (uint8 RGB, height x width x 3) with its heat drawn over it; `opacity` in 0..1."""
    layer = heat_drawing(heatmap, rgb.shape[0], rgb.shape[1], fill=fill, dashed=dashed)
    share = opacity * layer[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(rgb * (1 - share) + layer[..., :3] * share), np.uint8)


def heat_drawing(
    heatmap: Heatmap, height: int, width: int, zoom: float = 1.0, fill: bool = True, dashed: bool = False
) -> UInt8Array:
    """Heat for a crop of this size, enlarged `zoom` times: uint8 RGBA (height * zoom, width * zoom, 4).

    Two contours hold 30% and 60% of the heat, `dashed` for a map that is coarser than the one it stands in for. Between
    them and inside, the fill is more opaque where there is more heat; without `fill` there are contours only.
    Everything else is transparent, and so is all of a flat map.
    """
    smooth = smoothed(heatmap)
    heat, covered = _sampled(smooth, height, width, zoom)
    rows, columns = heat.shape
    layer = np.zeros((rows, columns, 4), np.uint8)
    if is_flat(heatmap):
        return layer
    levels = [level_that_holds(share, smooth.grid) / 255 for share in CONTOURS]
    strength = np.clip((heat - levels[-1]) / max(1 - levels[-1], 1e-6), 0, 1) * (_MOST_FILLED if fill else 0)
    colour = np.broadcast_to(np.array(HEAT_COLOUR, np.float32), (rows, columns, 3))
    line = max(_LEAST_LINE, _LINE * max(rows, columns))
    steepness = np.hypot(cv2.Sobel(heat, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(heat, cv2.CV_32F, 0, 1, scale=1 / 8))
    away = np.min([np.abs(heat - level) for level in levels], axis=0) / np.maximum(steepness, 1e-6)
    gaps = _gaps(rows, columns, _DASH * line) if dashed else None
    for shade, half in ((_EDGE, line / 2 + max(1.0, line / 3)), (_LIGHT, line / 2)):
        share = np.clip(half + 0.5 - away, 0, 1)
        if gaps is not None:
            share[gaps] = 0
        total = share + strength * (1 - share)
        mixed = shade * share[..., None] + colour * (strength * (1 - share))[..., None]
        colour, strength = mixed / np.maximum(total, 1e-6)[..., None], total
    layer[..., :3], layer[..., 3] = np.rint(colour), np.rint(strength * 255)
    layer[covered == 0] = 0
    return layer


def _gaps(rows: int, columns: int, dash: float) -> npt.NDArray[np.bool_]:
    """Where a dashed line is interrupted: squares of `dash` pixels as on a chessboard, (rows, columns)."""
    ys, xs = np.mgrid[:rows, :columns] / dash
    return np.asarray((ys.astype(int) + xs.astype(int)) % 2 == 1)


def window_corners(heatmap: Heatmap, height: int, width: int) -> Corners:
    """The corners of the network's window, in order around it, each as shares (x, y) of the crop's width and height.

    Its middle is where the head was found, or the middle of the crop if none was.
    """
    from_grid = np.linalg.inv(np.vstack([heatmap.placement, [0, 0, 1]]))
    square = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], np.float64)
    # The placement counts from the middle of a pixel, a share from its edge.
    pixels = (from_grid @ square.T)[:2].T + 0.5
    return tuple((float(x) / width, float(y) / height) for x, y in pixels)


def smoothed(heatmap: Heatmap) -> Heatmap:
    """The map without detail that its method can't resolve, on a grid fine enough for smooth contours."""
    grid = heatmap.grid.astype(np.float32)
    side = max(grid.shape)
    if side > _RESOLVED:
        grid = cv2.GaussianBlur(grid, (0, 0), _BLUR * side / _RESOLVED, borderType=cv2.BORDER_REFLECT).astype(
            np.float32
        )
    enlarge = max(1, round(_DRAWN_GRID / side))
    grid = cv2.resize(grid, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    low, high = float(grid.min()), float(grid.max())
    scaled = np.rint(np.clip((grid - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
    return Heatmap(scaled, heatmap.floor, heatmap.peak, heatmap.placement)


def level_that_holds(share: float, grid: UInt8Array) -> int:
    """The highest level, 0..255, at or above which a grid of heat has at least this share of its heat."""
    heat = np.bincount(grid.ravel(), minlength=256) * np.arange(256)
    held = np.cumsum(heat[::-1])
    return 255 - int(np.searchsorted(held, share * held[-1]))


def _pixels_to_grid(heatmap: Heatmap, zoom: float) -> Affine:
    """From the pixels of the enlarged crop to those of the grid, both with their origin at a pixel's centre."""
    height, width = heatmap.grid.shape
    enlarge = np.array([[zoom, 0, (zoom - 1) / 2], [0, zoom, (zoom - 1) / 2], [0, 0, 1]])
    to_cells = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
    placement = np.vstack([heatmap.placement, [0, 0, 1]])
    matrix: Affine = (to_cells @ placement @ np.linalg.inv(enlarge))[:2]
    return matrix
