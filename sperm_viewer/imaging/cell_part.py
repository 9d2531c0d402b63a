"""The part of a field that is a cell's crop: what is scored, shown and reported of the cell."""

from __future__ import annotations

import math

import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Place

_SIDE = 3.0
"""Side of the part, as a multiple of the diagonal of the head's box, which hardly changes when the head is turned."""

Part = tuple[int, int, int, int]
"""Left, top, right, bottom in px of the image; right and bottom lie outside."""


def cell_part(place: Place, width: int, height: int) -> Part:
    """The square around a head, cut off at the borders of its image of `width` x `height` px."""
    reach = 0.5 * _SIDE * math.hypot(place.width, place.height)
    x, y = place.x + place.width / 2, place.y + place.height / 2
    left, top = max(0, math.floor(x - reach)), max(0, math.floor(y - reach))
    return left, top, min(width, math.ceil(x + reach)), min(height, math.ceil(y + reach))


def cut_part(rgb: UInt8Array, part: Part) -> UInt8Array:
    """A part of an image (height, width, 3), contiguous."""
    left, top, right, bottom = part
    return np.ascontiguousarray(rgb[top:bottom, left:right])
