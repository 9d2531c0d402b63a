"""Measures a head from its outline."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from sperm_viewer.domain.arrays import Affine, FloatArray
from sperm_viewer.domain.morphometry import Morphometry

_MIRROR_SIDE = 256


@dataclass(frozen=True, slots=True)
class FeretLines:
    """The lines that length and width are measured along: each two points (x, y) in px of the image."""

    length: tuple[tuple[float, float], tuple[float, float]]
    width: tuple[tuple[float, float], tuple[float, float]]


def measure_head(outline: FloatArray, acrosome_area: float | None = None) -> Morphometry:
    """Measures an outline, float32 (n, 2), x and y in px, closed, n at least 3; `acrosome_area` in square px.

    Raises ValueError where the outline encloses nothing.
    """
    area = float(cv2.contourArea(outline))
    if len(outline) < 3 or area <= 0:
        raise ValueError("an outline that encloses nothing can't be measured")
    hull = cv2.convexHull(outline)[:, 0].astype(np.float64)
    length, _ = _largest_feret(hull)
    width, _ = _smallest_feret(hull)
    share = None if acrosome_area is None else min(1.0, acrosome_area / area)
    return Morphometry(length, width, area, float(cv2.arcLength(outline, True)), _symmetry(outline), share)


def feret_lines(outline: FloatArray) -> FeretLines:
    """Where length and width of an outline (n, 2) are measured, to draw them."""
    hull = cv2.convexHull(outline)[:, 0].astype(np.float64)
    _, (first, second) = _largest_feret(hull)
    _, (corner, foot) = _smallest_feret(hull)
    return FeretLines((_point(first), _point(second)), (_point(corner), _point(foot)))


def long_axis(outline: FloatArray) -> float:
    """Direction of the long axis in radians, clockwise on the screen from the x axis, from second moments of area."""
    moments = cv2.moments(outline)
    return 0.5 * math.atan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])


def _point(place: Affine) -> tuple[float, float]:
    return float(place[0]), float(place[1])


def _largest_feret(hull: Affine) -> tuple[float, tuple[Affine, Affine]]:
    apart = np.linalg.norm(hull[:, None] - hull[None, :], axis=2)
    first, second = np.unravel_index(apart.argmax(), apart.shape)
    return float(apart[first, second]), (hull[first], hull[second])


def _smallest_feret(hull: Affine) -> tuple[float, tuple[Affine, Affine]]:
    """The smallest distance of parallel lines around the hull: one of them lies on an edge (Shamos 1978)."""
    edges = np.roll(hull, -1, axis=0) - hull
    lengths = np.linalg.norm(edges, axis=1)
    kept = lengths > 1e-9
    edges, starts = edges[kept] / lengths[kept, None], hull[kept]
    normals = np.stack([-edges[:, 1], edges[:, 0]], axis=1)
    reach = np.einsum("eij,ej->ei", hull[None, :] - starts[:, None], normals)
    farthest = np.abs(reach).argmax(axis=1)
    across = np.abs(reach[np.arange(len(reach)), farthest])
    edge = int(across.argmin())
    corner = hull[farthest[edge]]
    return float(across[edge]), (corner, corner - reach[edge, farthest[edge]] * normals[edge])


def _symmetry(outline: FloatArray) -> float:
    """Overlap over union of the outline and its mirror image about its long axis, from 0 to 1."""
    moments = cv2.moments(outline)
    centre = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    turn = long_axis(outline)
    away = outline - centre
    upright = away @ np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    scale = 0.45 * _MIRROR_SIDE / np.abs(upright).max()
    left, right = (_drawn(upright * scale * np.array([1, side])) for side in (1, -1))
    return float(np.count_nonzero(left & right) / np.count_nonzero(left | right))


def _drawn(outline: Affine) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    canvas = np.zeros((_MIRROR_SIDE, _MIRROR_SIDE), np.uint8)
    cv2.fillPoly(canvas, [np.round((outline + (_MIRROR_SIDE - 1) / 2) * 256).astype(np.int32)], 1, shift=8)
    return canvas
