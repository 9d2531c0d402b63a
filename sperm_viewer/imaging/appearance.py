"""How an image looks, apart from what it shows: colour, contrast and detail of the window around the head."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.head import Head

_BANDS = 8
"""Rings of the spectrum, of equal width, from the slowest change to the finest grain."""
_CHANNELS = ("lightness", "red_green", "yellow_blue")
APPEARANCE = (
    *(f"{channel}_mean" for channel in _CHANNELS),
    *(f"{channel}_sd" for channel in _CHANNELS),
    *(f"{channel}_detail_{band}" for channel in _CHANNELS for band in range(_BANDS)),
    "head_length",
    "head_width",
)


def appearance(window: FloatArray, head: Head | None) -> FloatArray:
    """Numbers that describe how a window (float32 RGB in 0..1, size x size x 3) looks, in the order of `APPEARANCE`.

    Means and standard deviations are in CIELAB; detail is the natural logarithm of the mean power in a ring of the
    spectrum; the head's length and width are logarithms of crop pixels, 0 without a head. float32.
    """
    lab = cv2.cvtColor(window, cv2.COLOR_RGB2LAB)
    mean, spread = cv2.meanStdDev(lab)
    taper, ring, counts = _rings(len(window))
    planes = ((lab - mean.ravel().astype(np.float32)) * taper).transpose(2, 0, 1)
    power = np.abs(np.fft.rfft2(planes)) ** 2 / np.float32(len(window) ** 2)
    detail = [np.log(np.bincount(ring, plane.ravel(), _BANDS) / counts + 1e-3) for plane in power]
    size = (np.log(head.length), np.log(head.width)) if head else (0.0, 0.0)
    return np.concatenate([mean.ravel(), spread.ravel(), *detail, size]).astype(np.float32)


@lru_cache(maxsize=4)
def _rings(side: int) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The taper that keeps the window's edges out of the spectrum, and which ring each of its values is in."""
    fall = np.hanning(side)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij"))
    ring = np.minimum((frequency / 0.5 * _BANDS).astype(int), _BANDS - 1).ravel()
    return np.outer(fall, fall)[..., None].astype(np.float32), ring, np.bincount(ring, minlength=_BANDS)
