"""Quality flags of a crop: a person sees them, and some are reasons to refer."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.head import Head

SMALLEST_PX = 32
_NEAR_WINDOWS = 0.35
"""Another head within this share of the window, and at least half as large, sets the flag 'several'."""
_SHARP_ENOUGH = 0.11
"""An edge that falls by less than this share of its contrast per pixel is blurred; real crops have 0.13 or more."""
_DARKEST, _BRIGHTEST = 25, 252


def quality_flags(
    rgb: UInt8Array, heads: Sequence[Head], window: float, head_length: tuple[float, float]
) -> frozenset[Flag]:
    """Flags of a crop (uint8 RGB, height x width x 3) in which `heads` were found, best first.

    `window` is the model's window in pixels, `head_length` the range of lengths in its training images in pixels.
    """
    flags = set()
    if min(rgb.shape[:2]) < SMALLEST_PX:
        flags.add(Flag.SMALL)
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    if not _DARKEST <= float(np.median(grey)) <= _BRIGHTEST:
        flags.add(Flag.EXPOSURE)
    if not heads:
        return frozenset(flags | {Flag.NO_HEAD})
    head = heads[0]
    if any(_rivals(other, head, window) for other in heads[1:]):
        flags.add(Flag.SEVERAL)
    if _touches_edge(head, *grey.shape):
        flags.add(Flag.CUT)
    if not head_length[0] * 0.6 <= head.length <= head_length[1] * 1.6:
        flags.add(Flag.HEAD_SIZE)
    if edge_fall(grey, head) < _SHARP_ENOUGH:
        flags.add(Flag.FOCUS)
    return frozenset(flags)


def edge_fall(grey: UInt8Array, head: Head) -> float:
    """The steepness of the head's outline: the change of grey per pixel across it, as a share of the head's contrast.

    An edge blurred by a Gaussian of sigma pixels falls by 0.4 / sigma, however dark the head is.
    """
    around = round(head.width) + 4
    left, top = max(0, head.corner[0] - around), max(0, head.corner[1] - around)
    height, width = head.mask.shape
    part = grey[top : head.corner[1] + height + around, left : head.corner[0] + width + around]
    mask = np.zeros(part.shape, np.uint8)
    mask[head.corner[1] - top :, head.corner[0] - left :][:height, :width] = head.mask
    ring = cv2.dilate(mask, np.ones((5, 5), np.uint8)) - cv2.erode(mask, np.ones((3, 3), np.uint8))
    away = 2 * round(head.width / 2) + 1
    outside = cv2.dilate(mask, np.ones((away, away), np.uint8)) == 0
    if not outside.any():
        return 1.0
    contrast = abs(float(np.median(part[outside])) - float(np.median(part[mask > 0])))
    across = cv2.Sobel(part, cv2.CV_32F, 1, 0) / 8
    down = cv2.Sobel(part, cv2.CV_32F, 0, 1) / 8
    steepness = np.percentile(np.hypot(across, down)[ring > 0], 75)
    return float(steepness) / max(contrast, 1.0)


def _rivals(other: Head, head: Head, window: float) -> bool:
    away = float(np.hypot(other.centre[0] - head.centre[0], other.centre[1] - head.centre[1]))
    return away < _NEAR_WINDOWS * window and other.length * other.width >= 0.5 * head.length * head.width


def _touches_edge(head: Head, height: int, width: int) -> bool:
    """Whether much of the head's outline is on the edge of the image (height x width)."""
    left, top = head.corner
    down, across = head.mask.shape
    on_edge = (
        head.mask[0].sum() * (top == 0)
        + head.mask[-1].sum() * (top + down == height)
        + head.mask[:, 0].sum() * (left == 0)
        + head.mask[:, -1].sum() * (left + across == width)
    )
    return bool(on_edge > 0.15 * head.width)
