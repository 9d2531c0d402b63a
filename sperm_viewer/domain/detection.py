"""A head that was found in an image."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.domain.arrays import BoolArray, FloatArray
from sperm_viewer.domain.head import Head


@dataclass(frozen=True, slots=True)
class Detection:
    """A head found in a field or crop, all in px of the image; the centre of its first pixel is at (0, 0).

    `head` has mask, box, centre, angle and size. `outline` is closed and sub-pixel, float32 (n, 2) of x, y. `acrosome`
    is True on the acrosome, in the shape of `head.mask`; None where the finder can't tell. `score` is 0 to 1: how sure
    the finder is that this is a head. `cut` is True where the image's border cuts the head.
    """

    head: Head
    outline: FloatArray
    acrosome: BoolArray | None
    score: float
    cut: bool

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height of the head's bounding box; (x, y) is its upper left pixel."""
        x, y = self.head.corner
        height, width = self.head.mask.shape
        return x, y, width, height
