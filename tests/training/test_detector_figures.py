"""The detector's figures: what counts as found, and how masks and pairs are compared."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.domain.arrays import BoolArray
from sperm_viewer.domain.detection import Detection
from sperm_viewer.domain.head import Head
from sperm_viewer.training.detector_figures import (
    MeasuredField,
    TrueHead,
    choose_score,
    match_field,
    touching_pairs,
    true_heads,
    work_out,
)


def _truth(x: int, y: int, side: int = 20) -> TrueHead:
    whole: BoolArray = np.ones((side, side), np.bool_)
    half = whole.copy()
    half[: side // 2] = False
    return TrueHead((x, y, x + side, y + side), whole, half, 50.0)


def _detection(x: int, y: int, score: float, side: int = 20, cut: bool = False) -> Detection:
    mask: BoolArray = np.ones((side, side), np.bool_)
    acrosome = mask.copy()
    acrosome[: side // 2] = False
    head = Head(mask, (x, y), (x + side / 2, y + side / 2), 0.0, True, float(side), float(side))
    return Detection(head, np.zeros((4, 2), np.float32), acrosome, score, cut)


def _field(truths: list[TrueHead], found: list[Detection]) -> MeasuredField:
    return MeasuredField(truths, touching_pairs(truths, (200, 200)), match_field(found, truths), 0.1, 0.1)


def test_a_head_is_found_once_and_what_is_over_is_wrong() -> None:
    figures = work_out([_field([_truth(10, 10)], [_detection(10, 10, 0.9), _detection(11, 10, 0.8)])], 0.5)

    assert (figures.recall, figures.precision) == (1.0, 0.5)
    assert figures.iou == 1.0
    assert figures.head_dice == 1.0
    assert figures.acrosome_dice == 1.0


def test_a_box_that_overlaps_by_less_than_half_finds_nothing() -> None:
    figures = work_out([_field([_truth(10, 10)], [_detection(18, 10, 0.9)])], 0.5)

    assert (figures.recall, figures.precision) == (0.0, 0.0)


def test_dice_is_that_of_the_masks_where_they_lie() -> None:
    figures = work_out([_field([_truth(10, 10)], [_detection(12, 10, 0.9)])], 0.5)

    assert figures.head_dice == pytest.approx(2 * 18 / 40)


def test_a_cut_head_without_an_annotation_counts_in_one_precision_only() -> None:
    figures = work_out([_field([_truth(50, 50)], [_detection(50, 50, 0.9), _detection(0, 0, 0.9, cut=True)])], 0.5)

    assert (figures.precision, figures.precision_uncut) == (0.5, 1.0)


def test_heads_three_pixels_apart_touch_and_a_pair_counts_if_both_are_found() -> None:
    near, far = [_truth(10, 10), _truth(33, 10)], [_truth(10, 10), _truth(40, 10)]

    assert touching_pairs(near, (200, 200)) == [(0, 1)]
    assert touching_pairs(far, (200, 200)) == []
    both = _field(near, [_detection(10, 10, 0.9), _detection(33, 10, 0.9)])
    one = _field(near, [_detection(10, 10, 0.9)])
    figures = work_out([both, one], 0.5)
    assert (figures.pairs, figures.pairs_found) == (2, 0.5)


def test_the_chosen_score_parts_heads_from_debris() -> None:
    found = [_detection(10, 10, 0.7), _detection(50, 50, 0.65), _detection(90, 90, 0.3), _detection(120, 20, 0.4)]

    assert 0.4 < choose_score([_field([_truth(10, 10), _truth(50, 50)], found)]) <= 0.65


def test_annotated_heads_come_from_the_part_mask() -> None:
    rgb = np.full((60, 60, 3), 210, np.uint8)
    parts = np.zeros((60, 60), np.uint8)
    parts[20:40, 20:40], parts[20:28, 20:40], parts[40:44, 28:32] = 3, 2, 4
    rgb[parts > 0] = (90, 60, 140)

    (head,) = true_heads(rgb, parts, [(20, 20, 40, 40)])

    assert head.area == 400
    assert head.acrosome.sum() == 160
    assert head.stain > 50
