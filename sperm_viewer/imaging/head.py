"""Finds the head in a crop and cuts the window around it that the network sees.

The head is the region near the centre that differs most from the background: Otsu's threshold (Otsu 1979) on the
colour distance from the background, then an opening that removes the tail, with a radius proportional to the head.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from sperm_viewer.domain.arrays import Affine, BoolArray, FloatArray, UInt8Array
from sperm_viewer.domain.head import CanonicalCrop, Head

_SMALLEST_HEAD_PX = 40
"""A component with fewer pixels is debris."""
_MOST_HEADS = 40
_LONGEST_SIDE_PX = 2048
_FAINTEST_HEAD = 12.0
"""The smallest colour distance from the background (CIELAB, 8-bit units) at which a head counts as visible."""
_TAIL_RADIUS = 0.45
"""Opening radius as a share of the head's inscribed radius: removes any tail and leaves the head whole."""
_UNSURE = 0.06
"""Relative difference of stain between the two ends below which the head's upper end is unknown."""


def stain_distance(rgb: UInt8Array) -> FloatArray:
    """The distance of each pixel's colour from the background's, float32 (height, width), CIELAB in 8-bit units.

    The background is the median colour of the pixels near the most frequent lightness, so that neither debris nor a
    dark edge of the slide shifts it.
    """
    lab = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.uint8)
    lightness = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    histogram = cv2.calcHist([lightness], [0], None, [256], [0, 256])
    mode = int(np.convolve(np.ravel(histogram), np.ones(9), mode="same").argmax())
    usual = np.asarray(cv2.inRange(lightness, mode - 4, mode + 4), np.uint8)
    background = np.array([_median(lab, channel, usual) for channel in range(3)], np.float32)
    difference = lab.astype(np.float32) - background
    distance = cv2.sqrt(cv2.transform(difference * difference, np.ones((1, 3), np.float32)))
    # The halo around a head is brighter than the background, never stained: only darker pixels count in full.
    distance[lab[..., 0] > background[0] + 4] *= 0.25
    return np.asarray(cv2.GaussianBlur(distance, (0, 0), 1.0), np.float32)


def _median(picture: UInt8Array, channel: int, where: UInt8Array) -> int:
    counts = np.cumsum(cv2.calcHist([picture], [channel], where, [256], [0, 256]))
    return int(np.searchsorted(counts, counts[-1] / 2))


def find_head(rgb: UInt8Array) -> Head | None:
    """The best head of a crop (uint8 RGB, height x width x 3), or None if nothing differs from the background."""
    heads = find_heads(rgb)
    return heads[0] if heads else None


def find_heads(rgb: UInt8Array) -> list[Head]:
    """The candidates for heads, best first: large ones near the centre before small ones at the edge; 40 at most.

    An image with a side of more than 2048 px is searched in a smaller copy.
    """
    shrink = min(1.0, _LONGEST_SIDE_PX / max(rgb.shape[:2]))
    if shrink < 1:
        small = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA).astype(np.uint8)
        return [_enlarged(head, rgb.shape[1] / small.shape[1]) for head in find_heads(small)]
    distance = stain_distance(rgb)
    _, components, stats, _ = cv2.connectedComponentsWithStats(_stained(distance), connectivity=8)
    height, width = distance.shape
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    by_area = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:_MOST_HEADS]
    ranked: list[tuple[float, Head]] = []
    for index in by_area:
        left, top, across, down, area = (int(v) for v in stats[index])
        if area < _SMALLEST_HEAD_PX:
            break
        box = np.s_[top : top + down, left : left + across]
        body = _without_tail((components[box] == index).astype(np.uint8))
        if body is None:
            continue
        head = _describe(body, distance[box], (left, top))
        away = float(np.linalg.norm(np.array(head.centre) - centre)) / (0.25 * min(height, width))
        ranked.append((float(body.sum()) * math.exp(-0.5 * away * away), head))
    ranked.sort(key=lambda item: -item[0])
    return [head for _, head in ranked]


def _enlarged(head: Head, by: float) -> Head:
    mask = cv2.resize(head.mask.astype(np.uint8), None, fx=by, fy=by, interpolation=cv2.INTER_NEAREST) > 0
    corner = round(head.corner[0] * by), round(head.corner[1] * by)
    centre = ((head.centre[0] + 0.5) * by - 0.5, (head.centre[1] + 0.5) * by - 0.5)
    return Head(mask, corner, centre, head.angle, head.oriented, head.length * by, head.width * by)


def _stained(distance: FloatArray) -> UInt8Array:
    scaled = np.clip(distance, 0, 255).astype(np.uint8)
    threshold, mask = cv2.threshold(scaled, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if threshold < _FAINTEST_HEAD:
        mask = (scaled >= _FAINTEST_HEAD).astype(np.uint8)
    return mask.astype(np.uint8)


def _without_tail(component: UInt8Array) -> BoolArray | None:
    contours, _ = cv2.findContours(component, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # Filled within a border of one pixel, so that a component at the edge of the image is measured like any other.
    filled = np.zeros((component.shape[0] + 2, component.shape[1] + 2), np.uint8)
    cv2.drawContours(filled, contours, -1, 1, thickness=cv2.FILLED, offset=(1, 1))
    radius = float(cv2.distanceTransform(filled, cv2.DIST_L2, 5).max())
    reach = max(1, round(_TAIL_RADIUS * radius))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    opened = cv2.morphologyEx(filled, cv2.MORPH_OPEN, kernel, borderType=cv2.BORDER_REPLICATE)[1:-1, 1:-1]
    count, parts, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    if stats[largest, cv2.CC_STAT_AREA] < _SMALLEST_HEAD_PX:
        return None
    return np.asarray(parts == largest)


def describe_mask(rgb: UInt8Array, mask: BoolArray, corner: tuple[int, int]) -> Head:
    """The head of a mask that begins at pixel `corner` (x, y) of an image (uint8 RGB, height x width x 3)."""
    height, width = mask.shape
    # The background is looked for around the head alone: it may differ elsewhere in a field.
    reach = 2 * max(height, width)
    left, top = max(0, corner[0] - reach), max(0, corner[1] - reach)
    distance = stain_distance(rgb[top : corner[1] + height + reach, left : corner[0] + width + reach])
    x, y = corner[0] - left, corner[1] - top
    return _describe(mask, distance[y : y + height, x : x + width], corner)


def _describe(mask: BoolArray, distance: FloatArray, corner: tuple[int, int]) -> Head:
    """Centroid, principal axis and extent of a mask; the paler end of the head (the acrosome) is its upper one.

    `mask` and `distance` (height, width) cover the part of the crop that begins at `corner`.
    """
    ys, xs = np.nonzero(mask)
    centre = np.array([xs.mean(), ys.mean()])
    offsets = np.stack([xs, ys], axis=1) - centre
    _, axes = np.linalg.eigh(offsets.T @ offsets / len(xs))
    axis = axes[:, 1]
    along, across = offsets @ axis, offsets @ axes[:, 0]
    length, width = (float(np.percentile(v, 99) - np.percentile(v, 1)) + 1 for v in (along, across))
    stain = distance[ys, xs]
    fore, aft = (float(stain[side].mean()) for side in (along > 0.1 * length, along < -0.1 * length))
    if fore > aft:
        axis = -axis
    oriented = abs(fore - aft) > _UNSURE * (fore + aft) / 2 and length > 1.1 * width
    # Upright points to (0, -1); image y runs down, so counter-clockwise turns x negative.
    angle = math.degrees(math.atan2(-axis[0], -axis[1]))
    middle = (float(centre[0]) + corner[0], float(centre[1]) + corner[1])
    return Head(mask, corner, middle, angle, oriented, length, width)


def window_transform(
    centre: tuple[float, float], turn: float, window: float, size: int, mirror: bool = False
) -> Affine:
    """The affine map (2 x 3) from crop pixels to a `size` x `size` image of the `window` px around `centre`.

    `turn` rotates back a head that is turned counter-clockwise by so many degrees; `mirror` then swaps left and right.
    """
    scale = size / window
    cosine, sine = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
    linear = np.array([[cosine, -sine], [sine, cosine]])
    if mirror:
        linear[0] = -linear[0]
    middle = (size - 1) / 2
    offset = np.array([middle, middle]) - linear @ np.array(centre)
    return np.column_stack([linear, offset])


def cut_window(rgb: UInt8Array, transform: Affine, size: int) -> CanonicalCrop:
    """The window that `transform` describes; beyond the crop its mirror image continues, not an arbitrary colour."""
    # OpenCV never returns from reflecting a line of one pixel.
    border = cv2.BORDER_REFLECT_101 if min(rgb.shape[:2]) > 1 else cv2.BORDER_REPLICATE
    cut = cv2.warpAffine(rgb, transform, (size, size), flags=cv2.INTER_CUBIC, borderMode=border)
    return CanonicalCrop(cut.astype(np.uint8), transform)
