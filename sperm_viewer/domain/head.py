"""The head found in an image, and the window around it."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.domain.arrays import Affine, BoolArray, UInt8Array


@dataclass(frozen=True, slots=True)
class Head:
    """The head found in a crop.

    `mask` is True on the head and covers its bounding box alone, whose upper left pixel is `corner` (x, y) of the
    crop; `centre` is the mask's centroid in the crop; `angle` is how far the head is turned, in
    degrees counter-clockwise from upright (acrosome up); `oriented` is False where up and down could not be told
    apart; `length` and `width` are along and across the axis, in pixels.
    """

    mask: BoolArray
    corner: tuple[int, int]
    centre: tuple[float, float]
    angle: float
    oriented: bool
    length: float
    width: float


@dataclass(frozen=True, slots=True)
class CanonicalCrop:
    """The window the network sees: `rgb` (size, size, 3); `transform` maps crop pixels to the pixels of `rgb`."""

    rgb: UInt8Array
    transform: Affine
