"""Where a head's acrosome ends: its border has the shape that the detector gives it, and lies where the stain rises."""

from __future__ import annotations

import math

import cv2
import numpy as np

from sperm_viewer.domain.arrays import BoolArray, FloatArray, UInt8Array

_LEVEL = 1 / 3
"""The border is where the stain has risen by a third from the acrosome's to that of the rest of the head."""
_CORE = 0.06
"""What is farther than this from the border is sure to be acrosome, or the rest; a share of the square root of area."""
_REACH = 0.25
"""How far the border may move at most, as a share of the square root of the head's area."""
_LEAST_CONTRAST = 6.0
"""Colour distance (CIELAB, 8-bit units) of the two parts under which the border stays where it is."""
_LEAST_PIXELS = 12


def refined_acrosome(rgb: UInt8Array, mask: BoolArray, rough: BoolArray) -> BoolArray:
    """The acrosome of a head, with its border moved, all along by the same distance, to where the stain rises.

    `rgb` uint8 (height, width, 3) is the part of the image on the box of the head's `mask` (height, width); `rough` is
    the acrosome within it.
    """
    acrosome, rest = mask & rough, mask & ~rough
    if min(acrosome.sum(), rest.sum()) < _LEAST_PIXELS:
        return acrosome
    size = math.sqrt(float(mask.sum()))
    ahead = _distance(rest) - _distance(acrosome)
    reach = max(1, round(_CORE * size))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(padded, kernel)[1:-1, 1:-1] > 0
    rise = _rise(rgb, inner & (ahead > _CORE * size), inner & (ahead < -_CORE * size))
    if rise is None:
        return acrosome
    places = np.arange(-_REACH * size, _REACH * size + 1)
    values = ahead[inner]
    bins = np.digitize(values, places)
    count = np.bincount(bins, minlength=len(places) + 1)[1:-1]
    mean = np.bincount(bins, rise[inner], minlength=len(places) + 1)[1:-1] / np.maximum(count, 1)
    falls = (mean[:-1] > _LEVEL) & (mean[1:] <= _LEVEL) & (count[:-1] > 0) & (count[1:] > 0)
    if not falls.any():
        return acrosome
    crossings = places[1:-1][falls]
    return np.asarray(mask & (ahead > crossings[np.abs(crossings).argmin()]))


def _distance(part: BoolArray) -> FloatArray:
    return np.asarray(cv2.distanceTransform((~part).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _rise(rgb: UInt8Array, pale: BoolArray, dark: BoolArray) -> FloatArray | None:
    """How far each pixel's colour is from that of the acrosome (0) to that of the rest (1), float32 (height, width)."""
    if min(pale.sum(), dark.sum()) < _LEAST_PIXELS:
        return None
    lab = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), 1.0)
    low, high = np.median(lab[pale], axis=0), np.median(lab[dark], axis=0)
    step = high - low
    if np.linalg.norm(step) < _LEAST_CONTRAST or step[0] > 0:
        return None
    return np.asarray((lab - low) @ step / float(step @ step), np.float32)
