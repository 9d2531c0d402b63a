"""Finds the outline of a head that a person pointed at, or of two heads that were taken for one."""

from __future__ import annotations

import cv2
import numpy as np

from sperm_viewer.domain.arrays import BoolArray, FloatArray, UInt8Array
from sperm_viewer.imaging.head import stain_distance
from sperm_viewer.imaging.outline import mask_outline, outline_mask, refined_outline

_SIDE = 3.0
"""Side of the part that is looked at, in head lengths."""
_REACH = 0.85
"""No pixel of the head is farther than this from the point (head lengths)."""
_NEAR = 0.35
"""A point that is farther than this from any stain (head lengths) is on no head."""
_FAINTEST = 6.0
"""Least colour distance from the background (CIELAB, 8-bit units): a person sees what a search must leave out."""
_USUAL_AREA = 0.5
"""Area of a usual head over the square of its length."""
_LEAST, _MOST = 0.25, 1.8
"""Area of a head over that of a usual one."""
_STEPS = 12
_TAIL = 0.45
"""Radius of the opening that removes tails, as a share of the head's inscribed radius."""


def head_at(rgb: UInt8Array, point: tuple[float, float], length: float, others: BoolArray) -> FloatArray | None:
    """The outline, float32 (n, 2), of the head at a point (x, y) of an image (uint8 RGB, height x width x 3).

    `length` is that of the field's heads in px; `others` (height, width) is True on heads that are known. None if no
    head stands out there. All in px of the image; the centre of the first pixel is at (0, 0).
    """
    height, width = rgb.shape[:2]
    reach = round(0.5 * _SIDE * length)
    x, y = round(point[0]), round(point[1])
    left, top = max(0, x - reach), max(0, y - reach)
    part = slice(top, min(height, y + reach + 1)), slice(left, min(width, x + reach + 1))
    if part[0].stop - top < 8 or part[1].stop - left < 8:
        return None
    distance = stain_distance(np.ascontiguousarray(rgb[part]))
    free = ~others[part] & _disc(distance.shape, (x - left, y - top), _REACH * length)
    mask = _body(distance, free, (x - left, y - top), length)
    if mask is None:
        return None
    rough = mask_outline(mask.astype(np.float32), (left, top))
    if rough is None:
        return None
    outline = refined_outline(rgb, rough, others)
    return outline if cv2.contourArea(outline) > 0 else None


def halves(rgb: UInt8Array, outline: FloatArray, line: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """The outlines on both sides of a line, float32 (2, 2), that crosses an outline (n, 2); None if it doesn't.

    The edge between the two stays where the line is; elsewhere it is looked for in the image. All in px of the image.
    """
    mask, (left, top) = outline_mask(outline, (rgb.shape[0], rgb.shape[1]))
    if not mask.size:
        return None
    ys, xs = np.nonzero(mask)
    start, end = line.astype(np.float64)
    side = (end[0] - start[0]) * (ys + top - start[1]) - (end[1] - start[1]) * (xs + left - start[0])
    masks = []
    for on_side in (side > 0, side <= 0):
        half = np.zeros(mask.shape, np.bool_)
        half[ys[on_side], xs[on_side]] = True
        masks.append(_largest(half))
    if min(int(half.sum()) for half in masks) < _LEAST * 0.5 * mask.sum():
        return None
    found = []
    for own, other in (masks, masks[::-1]):
        rough = mask_outline(own.astype(np.float32), (left, top))
        if rough is None:
            return None
        taken = np.zeros(rgb.shape[:2], np.bool_)
        taken[top : top + mask.shape[0], left : left + mask.shape[1]] = other
        found.append(refined_outline(rgb, rough, taken))
    return found[0], found[1]


def _disc(shape: tuple[int, ...], centre: tuple[int, int], radius: float) -> BoolArray:
    disc = np.zeros(shape, np.uint8)
    cv2.circle(disc, centre, round(radius), 1, cv2.FILLED)
    return disc > 0


def _body(distance: FloatArray, free: BoolArray, point: tuple[int, int], length: float) -> BoolArray | None:
    """The stained region at the point that is as large as a head: the threshold rises until it is."""
    usual = _USUAL_AREA * length**2
    values = np.clip(distance[free], 0, 255).astype(np.uint8)
    if values.size < _LEAST * usual:
        return None
    otsu, _ = cv2.threshold(values, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    highest = float(np.percentile(values, 98))
    for threshold in np.linspace(max(_FAINTEST, 0.8 * otsu), highest, _STEPS):
        body = _at(_without_tail((distance >= threshold) & free), point, _NEAR * length)
        area = 0 if body is None else int(body.sum())
        if body is None or area < _LEAST * usual:
            return None
        if area <= _MOST * usual:
            return body
    return None


def _without_tail(mask: BoolArray) -> BoolArray:
    body = mask.astype(np.uint8)
    contours, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(body, contours, -1, 1, cv2.FILLED)
    radius = float(cv2.distanceTransform(body, cv2.DIST_L2, 5).max())
    reach = max(1, round(_TAIL * radius))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.morphologyEx(body, cv2.MORPH_OPEN, kernel, borderType=cv2.BORDER_REPLICATE) > 0


def _at(mask: BoolArray, point: tuple[int, int], near: float) -> BoolArray | None:
    """The connected part of a mask at a point, or the nearest one within `near` px; None if there is none."""
    _, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    ys, xs = np.nonzero(mask)
    if not len(xs):
        return None
    away = np.hypot(xs - point[0], ys - point[1])
    nearest = int(away.argmin())
    if away[nearest] > near:
        return None
    return np.asarray(parts == parts[ys[nearest], xs[nearest]])


def _largest(mask: BoolArray) -> BoolArray:
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return mask if count < 2 else np.asarray(parts == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))
