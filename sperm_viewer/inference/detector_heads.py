"""From the detector's maps to single heads: the peaks of the heat, and for each pixel the peak that it points to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.inference.detector_maps import HEAD_LENGTH, STRIDE, DetectorMaps

_LEAST_PEAK = 0.1
_PEAK_REACH = 3
"""A peak is the largest of the heat within so many pixels of the maps."""
_LEAST_AREA = 30
"""Pixels of the maps that a head has at least: a tenth of a usual one's."""
_FARTHEST = 0.6 * HEAD_LENGTH
"""A pixel that points farther than this from any peak (px of the network's input) belongs to no head."""
_LARGEST = 2 * HEAD_LENGTH
"""No pixel of a head is farther than this from its peak (px of the network's input)."""


@dataclass(frozen=True, slots=True)
class MappedHead:
    """A head on the maps. `share` and `acrosome` (height, width, 0 to 1) are the parts of the maps that begin at
    `corner` (x, y), with what belongs to other heads set to 0. `axis` is the head's angle in degrees (counter-clockwise
    from upright), up and down not told apart. `length` and `width` are in px of the network's input.
    """

    corner: tuple[int, int]
    share: FloatArray
    acrosome: FloatArray
    axis: float
    length: float
    width: float
    score: float


def find_peaks(heat: FloatArray) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Places (n, 2) of x, y and heights (n,) of the peaks of the heat (height, width), highest first."""
    smooth = cv2.GaussianBlur(heat, (0, 0), 0.8)
    side = 2 * _PEAK_REACH + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    highest = cv2.dilate(smooth, disc)
    ys, xs = np.nonzero((smooth >= highest) & (smooth >= _LEAST_PEAK))
    heights = smooth[ys, xs]
    order = np.argsort(-heights, kind="stable")
    return np.stack([xs, ys], axis=1)[order], heights[order].astype(np.float32)


def group_heads(maps: DetectorMaps, least_score: float) -> list[MappedHead]:
    """The heads on the maps, best first, whose score (height of the peak times mean probability of their pixels) is
    at least `least_score`."""
    peaks, heights = find_peaks(maps.heat)
    labels = _labels(maps, peaks)
    found = []
    for index, (peak, height) in enumerate(zip(peaks, heights, strict=True), start=1):
        head = _head(maps, labels, index, _around(peak, labels.shape), float(height))
        if head is not None and head.score >= least_score:
            found.append(head)
    return sorted(found, key=lambda head: -head.score)


def _around(peak: npt.NDArray[np.intp], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The part of the maps that pixels of a peak's head can lie in."""
    x, y = (int(v) for v in peak)
    reach = round(_LARGEST / STRIDE)
    return slice(max(y - reach, 0), min(y + reach + 1, shape[0])), slice(
        max(x - reach, 0), min(x + reach + 1, shape[1])
    )


def _labels(maps: DetectorMaps, peaks: npt.NDArray[np.intp]) -> npt.NDArray[np.int32]:
    """1 + the index of the peak that each pixel of a head points to, int32 (height, width), 0 elsewhere."""
    labels = np.zeros(maps.head.shape, np.int32)
    nearest = np.full(maps.head.shape, (_FARTHEST / STRIDE) ** 2, np.float32)
    for index, peak in enumerate(peaks, start=1):
        part = _around(peak, labels.shape)
        x, y = (np.arange(side.start, side.stop, dtype=np.float32) for side in reversed(part))
        away_x = x[None, :] + maps.offset[0][part] / STRIDE - peak[0]
        away_y = y[:, None] + maps.offset[1][part] / STRIDE - peak[1]
        away = away_x * away_x + away_y * away_y
        closer = (maps.head[part] >= 0.5) & (away < nearest[part])
        nearest[part][closer] = away[closer]
        labels[part][closer] = index
    return labels


def _head(
    maps: DetectorMaps, labels: npt.NDArray[np.int32], label: int, around: tuple[slice, slice], height: float
) -> MappedHead | None:
    own = (labels[around] == label).astype(np.uint8)
    x, y, across, down = cv2.boundingRect(own)
    if across * down < _LEAST_AREA:
        return None
    x, y = x + around[1].start, y + around[0].start
    left, top = max(x - 3, 0), max(y - 3, 0)
    part = slice(top, min(y + down + 3, labels.shape[0])), slice(left, min(x + across + 3, labels.shape[1]))
    own = (labels[part] == label).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=4)
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()) if count > 1 else 0
    if not largest or stats[largest, cv2.CC_STAT_AREA] < _LEAST_AREA:
        return None
    body = (pieces == largest).astype(np.uint8)
    contours, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(body, contours, -1, 1, thickness=cv2.FILLED)
    inside = body > 0
    others = (labels[part] > 0) & ~inside
    near = cv2.dilate(body, np.ones((7, 7), np.uint8)) > 0
    share = np.where(near & ~others, np.where(inside, np.maximum(maps.head[part], 0.5), maps.head[part]), 0)
    acrosome = np.where(near & ~others, maps.acrosome[part], 0).astype(np.float32)
    cosine, sine = (float(plane[part][inside].mean()) for plane in maps.axis)
    length, width = _extent(body)
    score = height * float(maps.head[part][inside].mean())
    axis = math.degrees(0.5 * math.atan2(sine, cosine))
    return MappedHead((left, top), share.astype(np.float32), acrosome, axis, length, width, score)


def _extent(body: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Length and width, in px of the network's input, of the ellipse with the mask's second moments."""
    moments = cv2.moments(body, binaryImage=True)
    xx, yy, xy = (moments[name] / moments["m00"] + 1 / 12 for name in ("mu20", "mu02", "mu11"))
    spread = math.hypot((xx - yy) / 2, xy)
    longer, shorter = (xx + yy) / 2 + spread, max((xx + yy) / 2 - spread, 1e-3)
    return 4 * STRIDE * math.sqrt(longer), 4 * STRIDE * math.sqrt(shorter)
