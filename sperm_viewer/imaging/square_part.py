"""A square around a point of an image, also where it reaches beyond the image."""

from __future__ import annotations

import cv2
import numpy as np

from sperm_viewer.domain.arrays import UInt8Array

_BESIDE = (238, 238, 238)
"""RGB of what lies beside the image."""


def square_part(rgb: UInt8Array, centre: tuple[float, float], side: float, pixels: int) -> UInt8Array:
    """The square of `side` px around `centre` (x, y) of an image, uint8 RGB, as `pixels` x `pixels` px."""
    half, scale = side / 2, pixels / side
    left, top = centre[0] - half, centre[1] - half
    # Averaged first where it is made smaller: sampling alone would turn fine grain into noise.
    smooth = rgb if scale >= 1 else cv2.GaussianBlur(rgb, (0, 0), 0.35 / scale)
    move = np.array([[scale, 0, -scale * left], [0, scale, -scale * top]])
    drawn = cv2.warpAffine(
        smooth, move, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_BESIDE
    )
    return np.asarray(drawn, np.uint8)
