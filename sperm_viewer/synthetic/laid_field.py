"""A field laid from real crops: each head keeps its own pixels, turned by quarters of a circle, on one background."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.synthetic.cutout import Cutout
from sperm_viewer.synthetic.ground import smooth_noise

_JITTER = 0.12
"""How far a cutout lies from the middle of its part of the field, as a share of that part."""
_UNEVEN = 0.02
_GRAIN = 1.2
"""Standard deviation of the camera's noise, in steps of 8 bits."""


def lay_field(
    rng: np.random.Generator, cutouts: Sequence[Cutout], colour: FloatArray, size: tuple[int, int], columns: int
) -> UInt8Array:
    """A field of `size` (width, height) px, uint8 RGB, of this background colour (red, green, blue; 0-255).

    Each cutout lies in a part of its own, `columns` side by side; the same generator state gives the same field. Raises
    ValueError if a cutout is larger than its part.
    """
    width, height = size
    rows = -(-len(cutouts) // columns)
    across, down = width // columns, height // rows
    light = np.ones((height, width, 3), np.float32) * colour
    for number, place in enumerate(rng.permutation(rows * columns)[: len(cutouts)]):
        cutout, turns = cutouts[number], int(rng.integers(4))
        passed, cover = np.rot90(cutout.passed, turns), np.rot90(cutout.cover, turns)
        high, wide = cover.shape
        if high > down or wide > across:
            raise ValueError(f"a cutout of {wide} x {high} px is larger than its part of {across} x {down} px")
        row, column = divmod(int(place), columns)
        x, y = (_inside(rng, part, side) for part, side in ((across, wide), (down, high)))
        under = light[row * down + y : row * down + y + high, column * across + x : column * across + x + wide]
        under *= 1 - cover[..., None] * (1 - passed)
    return _photographed(rng, light)


def _inside(rng: np.random.Generator, part: int, side: int) -> int:
    middle = (part - side) / 2
    return int(np.clip(middle + rng.uniform(-_JITTER, _JITTER) * part, 0, part - side))


def _photographed(rng: np.random.Generator, light: FloatArray) -> UInt8Array:
    """With the unevenness of lamp and glass, and the camera's noise."""
    height, width = light.shape[:2]
    uneven = 1 + _UNEVEN * smooth_noise(rng, max(height, width), 240)[:height, :width, None]
    grain = cv2.GaussianBlur(rng.standard_normal(light.shape, np.float32), (0, 0), 0.6) * 1.6 * _GRAIN
    return np.asarray(np.clip(light * uneven + grain + 0.5, 0, 255), np.float32).astype(np.uint8)
