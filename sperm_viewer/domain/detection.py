"""A head that was found in an image."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.domain.arrays import BoolArray, FloatArray
from sperm_viewer.domain.cell import Place
from sperm_viewer.domain.head import Head
from sperm_viewer.domain.image import ImageKind
from sperm_viewer.domain.morphometry import Morphometry


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A head that needs no finding: a person outlined it, or it was found before.

    `outline` is closed, float32 (n, 2) of x, y in px of the image. `place` and `morphometry` are None for a new head.
    """

    outline: FloatArray
    place: Place | None = None
    morphometry: Morphometry | None = None


@dataclass(frozen=True, slots=True)
class KnownHeads:
    """All heads of a field, which give its scale; those at the indices `wanted` are to be scored."""

    heads: tuple[KnownHead, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ImageHints:
    """What a person said of an image before it is scored: its heads, what kind it is. None leaves it to the app."""

    heads: KnownHeads | None = None
    kind: ImageKind | None = None


NO_HINTS = ImageHints()


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
