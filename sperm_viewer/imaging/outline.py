"""A head's outline with sub-pixel accuracy, from its mask and the image around it.

The mask says where the head is; the image says where its edge is: along each normal, half-way between the stain just
inside and the background just outside. Blur moves that point very little. Where there is no background outside (a tail,
another head), the outline keeps the mask's course.
"""

from __future__ import annotations

import cv2
import numpy as np

from sperm_viewer.domain.arrays import BoolArray, FloatArray, UInt8Array
from sperm_viewer.domain.head import Head

POINTS = 128
"""Vertices of an outline."""
EDGE = 0.5
"""Level, between background and head, of the outline that is measured: blur leaves it where it is."""
RIM = 0.25
"""Level of the outline that is shown: people draw around all that looks stained, the soft rim included."""
_FINE = 4
"""A mask is enlarged this many times before its contour is taken."""
_REACH = 0.16
"""How far from the mask's contour the edge is looked for, as a share of the head's width."""
_SAMPLES = 49
_ROUNDS = 2
"""The outline is moved twice: an edge far from the mask is seen whole only from near by."""
_LEAST_CONTRAST = 6.0
"""Colour distance (CIELAB, 8-bit units) that the head must keep from what is just outside."""
_CLEAR = 0.45
"""Outside counts as background where its colour distance is at most this share of that inside."""
_MASK_WEIGHT = 0.03
"""Weight of the mask's course against that of an edge that is seen."""
_SMOOTHING = 2.5
"""Standard deviation, in vertices, of the smoothing along the outline."""


def mask_outline(share: FloatArray, corner: tuple[int, int] = (0, 0)) -> FloatArray | None:
    """The contour at 0.5 of a soft mask, float32 (`POINTS`, 2): x, y in px of the image in which `share` (height,
    width; 0 to 1) begins at `corner`. None where nothing reaches 0.5. The centre of the first pixel is at (0, 0)."""
    padded = cv2.copyMakeBorder(share, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0.0)
    fine = cv2.resize(padded, None, fx=_FINE, fy=_FINE, interpolation=cv2.INTER_LINEAR)
    contours, _ = cv2.findContours((fine >= 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)[:, 0].astype(np.float32)
    if len(contour) < 8:
        return None
    # A contour of pixels runs through the outermost pixels' centres, half a fine pixel inside the edge.
    middle = contour.mean(axis=0)
    away = contour - middle
    contour = contour + 0.5 * away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1)
    place = (contour + 0.5) / _FINE - 0.5 - 2 + np.array(corner, np.float32)
    return _smoothed(resampled(place.astype(np.float32)), 1.0)


def resampled(outline: FloatArray, points: int = POINTS) -> FloatArray:
    """The same closed outline with `points` vertices at equal distances, float32 (points, 2)."""
    closed = np.vstack([outline, outline[:1]])
    reached = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    wanted = np.arange(points) * (reached[-1] / points)
    return np.stack([np.interp(wanted, reached, closed[:, axis]) for axis in range(2)], axis=1).astype(np.float32)


def refined_outline(
    rgb: UInt8Array, outline: FloatArray, others: BoolArray | None = None, level: float = EDGE
) -> FloatArray:
    """The outline (`POINTS`, 2) moved to the edge that is seen in the image (uint8 RGB, height x width x 3).

    `level` is where the edge is between background (0) and head (1).

    `others` (height, width) is True on other heads, against which no edge is looked for.
    """
    around = 1 + _REACH
    low, high = outline.min(axis=0), outline.max(axis=0)
    pad = np.ceil((high - low).max() * 0.6 * around) + 4
    left, top = np.maximum(np.floor(low - pad), 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(high + pad) + 1, np.array(rgb.shape[1::-1])).astype(int).tolist()
    if right - left < 4 or bottom - top < 4:
        return outline
    region = slice(top, bottom), slice(left, right)
    local = outline - np.array([left, top], np.float32)
    taken = np.zeros((bottom - top, right - left), np.bool_) if others is None else others[region]
    stain = _stain(rgb[region], local, taken)
    for _ in range(_ROUNDS):
        local = _moved(local, stain, taken, level)
    return local + np.array([left, top], np.float32)


def outline_of(rgb: UInt8Array, head: Head) -> FloatArray | None:
    """The outline of a head that `find_heads` found in `rgb`, float32 (`POINTS`, 2); None where its mask is a speck."""
    rough = mask_outline(head.mask.astype(np.float32), head.corner)
    return None if rough is None else refined_outline(rgb, rough)


def _stain(rgb: UInt8Array, outline: FloatArray, others: BoolArray) -> FloatArray:
    """How far each pixel is from the background around the head, in the head's colour, float32 (height, width)."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) * np.float32(2.55)
    head = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillPoly(head, [np.round(outline).astype(np.int32)], 1)
    reach = max(3, round(0.12 * float(np.ptp(outline, axis=0).max())))
    free = (cv2.dilate(head, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) == 0) & ~others
    if np.count_nonzero(free) < 50:
        free = head == 0
    pixels = lab[free]
    # Tails and debris are darker than the background: its lightness is above the median.
    bright = pixels[pixels[:, 0] >= np.median(pixels[:, 0])]
    background = np.median(bright if len(bright) else pixels, axis=0)
    difference = lab - background
    usual = np.median(difference[head > 0], axis=0) if head.any() else np.array([-1.0, 0, 0])
    # Along the head's own colour only: the coloured fringes of a lens cancel out, and halos count as background.
    direction = (usual / max(float(np.linalg.norm(usual)), 1e-6)).astype(np.float32)
    return np.asarray(np.maximum(difference @ direction, 0), np.float32)


def _normals(outline: FloatArray) -> FloatArray:
    """Unit vectors that point outward, float32 (n, 2)."""
    along = np.roll(outline, -2, axis=0) - np.roll(outline, 2, axis=0)
    normal = np.stack([along[:, 1], -along[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    x, y = outline[:, 0], outline[:, 1]
    turned = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
    return np.asarray(normal if turned > 0 else -normal, np.float32)


def _moved(outline: FloatArray, stain: FloatArray, others: BoolArray, level: float) -> FloatArray:
    normals = _normals(outline)
    (_, _), (across, along), _ = cv2.minAreaRect(outline)
    reach = max(2.5, _REACH * min(across, along))
    steps = np.linspace(-reach, reach, _SAMPLES, dtype=np.float32)
    places = outline[:, None] + steps[None, :, None] * normals[:, None]
    found = cv2.remap(stain, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    profiles = np.asarray(found, np.float32)
    hidden = cv2.remap(others.astype(np.float32), places[..., 0], places[..., 1], cv2.INTER_LINEAR)
    inside_image = (places >= 0).all(axis=(1, 2)) & (places < np.array(stain.shape[::-1])).all(axis=(1, 2))
    moves, seen = _edges(profiles, steps, level)
    seen &= inside_image & (hidden.max(axis=1) < 0.3)
    weight = np.where(seen, 1.0, 0.0).astype(np.float32)
    kernel_moves = _circular(weight * moves)
    kernel_weight = _circular(weight) + _MASK_WEIGHT
    return np.asarray(outline + (kernel_moves / kernel_weight)[:, None] * normals, np.float32)


def _edges(profiles: FloatArray, steps: FloatArray, level: float) -> tuple[FloatArray, BoolArray]:
    """Where each profile (n, samples) falls to half-way between inside and outside, nearest to the middle; and whether
    it does."""
    # The rim is often darker than what it encloses, and the edge is the rim's.
    inside = np.percentile(profiles[:, : len(steps) // 2], 80, axis=1)
    outside = np.percentile(profiles[:, len(steps) // 2 :], 10, axis=1)
    edge = outside + level * (inside - outside)
    above = profiles >= edge[:, None]
    falls = above[:, :-1] & ~above[:, 1:]
    drop = np.maximum(profiles[:, :-1] - profiles[:, 1:], 1e-6)
    share = np.clip((profiles[:, :-1] - edge[:, None]) / drop, 0, 1)
    places = steps[:-1] + share * (steps[1] - steps[0])
    cost = np.where(falls, np.abs(places), np.inf)
    best = cost.argmin(axis=1)
    rows = np.arange(len(profiles))
    seen = falls.any(axis=1) & (inside - outside >= _LEAST_CONTRAST) & (outside <= _CLEAR * inside)
    return np.where(seen, places[rows, best], 0).astype(np.float32), np.asarray(seen)


def _circular(values: FloatArray) -> FloatArray:
    reach = round(3 * _SMOOTHING)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SMOOTHING) ** 2)
    wrapped = np.concatenate([values[-reach:], values, values[:reach]])
    return np.convolve(wrapped, weights / weights.sum(), mode="valid").astype(np.float32)


def _smoothed(outline: FloatArray, sigma: float) -> FloatArray:
    reach = round(3 * sigma)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    wrapped = np.concatenate([outline[-reach:], outline, outline[:reach]])
    columns = [np.convolve(wrapped[:, axis], weights / weights.sum(), mode="valid") for axis in range(2)]
    return np.stack(columns, axis=1).astype(np.float32)


def outline_mask(outline: FloatArray, shape: tuple[int, int]) -> tuple[BoolArray, tuple[int, int]]:
    """The pixels whose centre is in the outline: a mask that covers its bounding box within `shape` (height, width) of
    the image, and the box's upper left pixel (x, y). The mask is empty (0 x 0) where the outline is outside."""
    height, width = shape
    left, top = np.maximum(np.floor(outline.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(outline.max(axis=0)) + 1, [width, height]).astype(int).tolist()
    if right <= left or bottom <= top:
        return np.zeros((0, 0), np.bool_), (0, 0)
    canvas = np.zeros(((bottom - top) * 8, (right - left) * 8), np.uint8)
    # OpenCV fills the pixels on the border too: on an eightfold canvas that is a sixteenth of a pixel.
    fine = (outline - np.array([left, top]) + 0.5) * 8 - 0.5
    cv2.fillPoly(canvas, [np.round(fine * 16).astype(np.int32)], 255, shift=4)
    share = cv2.resize(canvas, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    mask = share >= 128
    if not mask.any():
        return np.zeros((0, 0), np.bool_), (0, 0)
    x, y, across, down = cv2.boundingRect(mask.astype(np.uint8))
    return np.asarray(mask[y : y + down, x : x + across]), (left + x, top + y)
