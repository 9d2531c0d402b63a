"""What the detector must answer for a composite: the truth at half the composite's size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.inference.detector_maps import OFFSET_UNIT, STRIDE
from sperm_viewer.synthetic.composite import Composite, HeadPlace

_PEAK = 0.13
"""Standard deviation of a centre's peak, as a share of its head's length."""
_SLENDER = 1.12
"""Length over width from which a head has an axis."""


@dataclass(frozen=True, slots=True)
class Targets:
    """All float32, (channels, height, width) at half the composite's size.

    `heat` (1): peaks of 1 at the centres. `head` and `acrosome` (1 each): share of the pixel. `axis` (2): cosine and
    sine of twice the angle. `offset` (2): x and y to the centre of the pixel's head, in units of `OFFSET_UNIT` px of
    the composite. `acrosome_known` (1), `axis_known` (1) and `inside` (1): weights of acrosome, axis and offset.
    """

    heat: FloatArray
    head: FloatArray
    acrosome: FloatArray
    axis: FloatArray
    offset: FloatArray
    acrosome_known: FloatArray
    axis_known: FloatArray
    inside: FloatArray

    def stacked(self) -> FloatArray:
        """All of them in the order above, float32 (10, height, width)."""
        parts = (self.heat, self.head, self.acrosome, self.axis, self.offset)
        return np.concatenate([*parts, self.acrosome_known, self.axis_known, self.inside])


def targets_of(composite: Composite) -> Targets:
    size = len(composite.labels) // STRIDE
    maps = np.zeros((10, size, size), np.float32)
    maps[1] = _halved((composite.labels > 0).astype(np.float32))
    maps[2] = _halved(composite.acrosome * (composite.labels > 0))
    maps[7] = 1
    small = composite.labels[::STRIDE, ::STRIDE]
    grid = np.arange(size, dtype=np.float32) * STRIDE + (STRIDE - 1) / 2
    for label, place in enumerate(composite.heads, start=1):
        mask = small == label
        if place is None:
            maps[7][mask] = 0
            continue
        length, slender = _extent(mask)
        sigma = _PEAK * length
        x, y = grid - place.centre[0], grid - place.centre[1]
        peak = np.exp(-0.5 * (x[None, :] ** 2 + y[:, None] ** 2) / sigma**2)
        np.maximum(maps[0], peak, out=maps[0])
        _mark(maps, mask, place, slender)
        maps[5][mask] = (-x[None, :] / OFFSET_UNIT * np.ones_like(y)[:, None])[mask]
        maps[6][mask] = (-y[:, None] / OFFSET_UNIT * np.ones_like(x)[None, :])[mask]
    return Targets(maps[:1], maps[1:2], maps[2:3], maps[3:5], maps[5:7], maps[7:8], maps[8:9], maps[9:10])


def _mark(
    maps: FloatArray, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], place: HeadPlace, slender: float
) -> None:
    turn = 2 * math.radians(place.angle)
    maps[3][mask], maps[4][mask] = math.cos(turn), math.sin(turn)
    maps[8][mask] = 1.0 if slender > _SLENDER else 0.0
    maps[9][mask] = 1
    if not place.acrosome_known:
        maps[7][mask] = 0


def _halved(plane: FloatArray) -> FloatArray:
    size = plane.shape[0] // STRIDE
    return np.asarray(cv2.resize(plane, (size, size), interpolation=cv2.INTER_AREA), np.float32)


def _extent(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[float, float]:
    """Length in px of the composite, and length over width, from the mask's second moments (as of an ellipse)."""
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    if moments["m00"] < 1:
        return 8.0, 1.0
    xx, yy, xy = (moments[name] / moments["m00"] + 1 / 12 for name in ("mu20", "mu02", "mu11"))
    spread = math.hypot((xx - yy) / 2, xy)
    longer, shorter = (xx + yy) / 2 + spread, max((xx + yy) / 2 - spread, 1e-3)
    return 4 * STRIDE * math.sqrt(longer), math.sqrt(longer / shorter)
