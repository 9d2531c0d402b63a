"""Finding the heads of a field without a model: by threshold, as in a crop, and by size."""

from __future__ import annotations

import cv2
import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.detection import Detection
from sperm_viewer.domain.head import Head
from sperm_viewer.imaging.head import find_heads, stain_distance
from sperm_viewer.imaging.outline import mask_outline

_SIZES = (0.4, 2.5)
"""Areas of heads, as a share of the median area of the larger ones: specks are smaller, clumps larger."""
_LEAST_SOLID = 0.85
"""Least share of the convex hull that a head fills."""


class ThresholdFinder:
    """The baseline, and what is used where no detector is installed. It joins heads that touch and misses pale ones."""

    name = "threshold"

    def find(self, rgb: UInt8Array, micrometres: float | None = None) -> list[Detection]:
        """The heads in an image, uint8 RGB (height, width, 3), best first. The scale makes no difference here."""
        heads = [head for head in find_heads(rgb) if _solid(head)]
        areas = np.array([head.mask.sum() for head in heads], np.float64)
        if not len(areas):
            return []
        usual = float(np.median(areas[areas >= 0.25 * areas.max()]))
        distance = stain_distance(rgb)
        sized = [head for head, area in zip(heads, areas, strict=True) if _SIZES[0] < area / usual < _SIZES[1]]
        found = [_detection(head, distance) for head in sized]
        return sorted((one for one in found if one is not None), key=lambda one: -one.score)


def _solid(head: Head) -> bool:
    contours, _ = cv2.findContours(head.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.contourArea(cv2.convexHull(max(contours, key=cv2.contourArea)))
    return bool(hull > 0 and head.mask.sum() >= _LEAST_SOLID * hull)


def _detection(head: Head, distance: FloatArray) -> Detection | None:
    outline = mask_outline(head.mask.astype(np.float32), head.corner)
    if outline is None:
        return None
    (x, y), (height, width) = head.corner, head.mask.shape
    stain = float(distance[y : y + height, x : x + width][head.mask].mean())
    cut = x == 0 or y == 0 or x + width == distance.shape[1] or y + height == distance.shape[0]
    return Detection(head, outline, None, stain / (stain + 25), cut)
