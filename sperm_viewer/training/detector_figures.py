"""How well heads are found in annotated fields: recall, precision, overlap of boxes and masks, pairs that touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import BoolArray, UInt8Array
from sperm_viewer.domain.detection import Detection
from sperm_viewer.imaging.head import stain_distance

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in px; right and bottom lie outside."""
FOUND = 0.5
"""Overlap over union of the boxes from which a head counts as found."""
_TOUCHING = 3
"""Heads with at most so many pixels between their masks touch."""
_LEAST_ACROSOME = 0.05
"""Share of the head that an annotated acrosome covers at least, to be compared with the one found."""


@dataclass(frozen=True, slots=True)
class TrueHead:
    """An annotated head: `mask` and `acrosome` (height, width of the box); `stain` its mean colour distance from the
    background (CIELAB, 8-bit units)."""

    box: Box
    mask: BoolArray
    acrosome: BoolArray
    stain: float

    @property
    def area(self) -> int:
        return int(self.mask.sum())


@dataclass(frozen=True, slots=True)
class Match:
    """A detection and the annotated head that it found (its index in the field), None for none. `iou` is that of the
    boxes; `head_dice` and `acrosome_dice` those of the masks, None where there is nothing to compare."""

    score: float
    cut: bool
    truth: int | None
    iou: float = 0.0
    head_dice: float | None = None
    acrosome_dice: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredField:
    """One field: its annotated heads, the pairs of them that touch (indices), and what was made of them."""

    truths: Sequence[TrueHead]
    pairs: Sequence[tuple[int, int]]
    matches: Sequence[Match]
    seconds: float
    processor_seconds: float


@dataclass(frozen=True, slots=True)
class DetectorFigures:
    """Over all fields; shares from 0 to 1. `precision_uncut` leaves out what the image's border cuts and no annotated
    head matches. `by_size` and `by_stain` are the recall of each third of the heads, smallest and palest first.
    """

    fields: int
    heads: int
    recall: float
    precision: float
    precision_uncut: float
    iou: float
    head_dice: float
    acrosome_dice: float
    pairs: int
    pairs_found: float
    by_size: tuple[float, ...]
    by_stain: tuple[float, ...]
    seconds: float
    processor_seconds: float


def true_heads(rgb: UInt8Array, parts: UInt8Array, boxes: Sequence[Box]) -> list[TrueHead]:
    """The annotated heads of a field, from its part mask (0 background, 1 vacuole, 2 acrosome, 3 nucleus, 4 and 5 tail)
    and the heads' boxes."""
    distance = stain_distance(rgb)
    found = []
    for left, top, right, bottom in boxes:
        box = slice(top, bottom), slice(left, right)
        inside = np.isin(parts[box], (1, 2, 3))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
        mask = labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()) if count > 1 else inside
        stain = float(distance[box][mask].mean()) if mask.any() else 0.0
        found.append(TrueHead((left, top, right, bottom), mask, mask & (parts[box] == 2), stain))
    return found


def touching_pairs(truths: Sequence[TrueHead], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Pairs of heads (indices) with at most three pixels between their masks; the image has `shape` (height, width)."""
    pairs = []
    for first, second in combinations(range(len(truths)), 2):
        a, b = truths[first].box, truths[second].box
        gap = max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3])
        if gap <= _TOUCHING and _distance(truths[first], truths[second], shape) <= _TOUCHING + 1:
            pairs.append((first, second))
    return pairs


def _distance(first: TrueHead, second: TrueHead, shape: tuple[int, int]) -> float:
    free = np.ones(shape, np.uint8)
    left, top, right, bottom = first.box
    free[top:bottom, left:right][first.mask] = 0
    left, top, right, bottom = second.box
    away = cv2.distanceTransform(free, cv2.DIST_L2, 5)[top:bottom, left:right]
    return float(away[second.mask].min()) if second.mask.any() else float("inf")


def match_field(found: Sequence[Detection], truths: Sequence[TrueHead]) -> list[Match]:
    """Each detection, best first, takes the free annotated head that its box overlaps most, from `FOUND` on."""
    free = set(range(len(truths)))
    matches = []
    for detection in sorted(found, key=lambda one: -one.score):
        x, y, width, height = detection.box
        box = (x, y, x + width, y + height)
        best = max(free, key=lambda index: _iou(box, truths[index].box), default=None)
        iou = 0.0 if best is None else _iou(box, truths[best].box)
        if best is None or iou < FOUND:
            matches.append(Match(detection.score, detection.cut, None))
            continue
        free.remove(best)
        truth = truths[best]
        acrosome = None
        if detection.acrosome is not None and truth.acrosome.sum() >= _LEAST_ACROSOME * truth.area:
            acrosome = _dice(box, detection.acrosome, truth.box, truth.acrosome)
        dice = _dice(box, detection.head.mask, truth.box, truth.mask)
        matches.append(Match(detection.score, detection.cut, best, iou, dice, acrosome))
    return matches


def _iou(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return both / (sum(areas) - both)


def _dice(first: Box, first_mask: BoolArray, second: Box, second_mask: BoolArray) -> float:
    left, top = min(first[0], second[0]), min(first[1], second[1])
    right, bottom = max(first[2], second[2]), max(first[3], second[3])
    planes = np.zeros((2, bottom - top, right - left), np.bool_)
    for plane, box, mask in zip(planes, (first, second), (first_mask, second_mask), strict=True):
        plane[box[1] - top : box[3] - top, box[0] - left : box[2] - left] = mask
    return float(2 * (planes[0] & planes[1]).sum() / max(1, planes.sum()))


def work_out(fields: Sequence[MeasuredField], least_score: float) -> DetectorFigures:
    """The figures of the detections with at least `least_score`."""
    kept = [[match for match in field.matches if match.score >= least_score] for field in fields]
    hits = [match for matches in kept for match in matches if match.truth is not None]
    count = sum(map(len, kept))
    loose = sum(match.cut and match.truth is None for matches in kept for match in matches)
    found = [{match.truth for match in matches} for matches in kept]
    seen = [
        index in indices for field, indices in zip(fields, found, strict=True) for index in range(len(field.truths))
    ]
    truths = [truth for field in fields for truth in field.truths]
    pairs = [
        first in indices and second in indices
        for field, indices in zip(fields, found, strict=True)
        for first, second in field.pairs
    ]
    return DetectorFigures(
        len(fields),
        len(truths),
        len(hits) / max(1, len(truths)),
        len(hits) / max(1, count),
        len(hits) / max(1, count - loose),
        _mean([match.iou for match in hits]),
        _mean([match.head_dice for match in hits if match.head_dice is not None]),
        _mean([match.acrosome_dice for match in hits if match.acrosome_dice is not None]),
        len(pairs),
        _mean([float(both) for both in pairs]),
        _thirds(np.array([truth.area for truth in truths]), np.array(seen)),
        _thirds(np.array([truth.stain for truth in truths]), np.array(seen)),
        float(np.median([field.seconds for field in fields])),
        float(np.median([field.processor_seconds for field in fields])),
    )


def choose_score(fields: Sequence[MeasuredField]) -> float:
    """The score, in steps of 0.01, from which on detections have the best F1 (the mean of the best ones)."""
    scores = np.round(np.arange(0.05, 0.96, 0.01), 2)
    figures = [work_out(fields, float(score)) for score in scores]
    quality = np.array([2 * f.recall * f.precision / max(1e-9, f.recall + f.precision) for f in figures])
    return round(float(scores[quality >= quality.max() - 1e-9].mean()), 3)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _thirds(order: npt.NDArray[np.float64], seen: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    return tuple(_mean(part.tolist()) for part in np.array_split(seen[np.argsort(order, kind="stable")], 3))
