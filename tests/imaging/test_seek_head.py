"""A person points at a head: its outline is found; a line across two heads that were taken for one parts them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from fields import HEADS, LONG, WIDE, draw_field, ellipse

from sperm_viewer.domain.arrays import BoolArray, FloatArray
from sperm_viewer.imaging.outline import outline_mask
from sperm_viewer.imaging.seek_head import halves, head_at

_NONE = np.zeros((480, 640), np.bool_)


def overlap(one: FloatArray, other: FloatArray) -> float:
    """Intersection over union of two outlines."""
    first, second = (_drawn(each) for each in (one, other))
    return float((first & second).sum() / (first | second).sum())


def _drawn(outline: FloatArray) -> BoolArray:
    drawn = _NONE.copy()
    mask, (x, y) = outline_mask(outline, (480, 640))
    drawn[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
    return drawn


@pytest.mark.parametrize("beside", [(0, 0), (20, 5), (-25, -8)])
def test_a_point_on_a_head_gives_its_outline(beside: tuple[int, int]) -> None:
    x, y = HEADS[0]
    found = head_at(draw_field(), (x + beside[0], y + beside[1]), 2 * LONG, _NONE)
    assert found is not None
    assert overlap(found, ellipse(x, y)) > 0.9


def test_a_pale_head_that_is_hardly_stained_is_found() -> None:
    field = np.full((480, 640, 3), (205, 205, 200), np.uint8)
    cv2.ellipse(field, (300, 200), (LONG, WIDE), 0, 0, 360, (180, 175, 190), -1, cv2.LINE_AA)
    found = head_at(cv2.GaussianBlur(field, (0, 0), 1.5), (305, 205), 2 * LONG, _NONE)
    assert found is not None
    assert overlap(found, ellipse(300, 200)) > 0.85


def test_a_head_beside_a_known_one_that_it_touches_is_found_alone() -> None:
    heads = ((200, 200), (200 + 2 * LONG - 3, 200))
    field = draw_field(heads)
    joined = head_at(field, heads[1], 2 * LONG, _drawn(ellipse(*heads[0])))
    assert joined is not None
    assert overlap(joined, ellipse(*heads[1])) > 0.85


def test_a_tail_is_left_off() -> None:
    field = draw_field(((200, 200),))
    cv2.line(field, (200 + LONG, 200), (420, 260), (130, 90, 150), 4, cv2.LINE_AA)
    found = head_at(field, (200, 200), 2 * LONG, _NONE)
    assert found is not None
    assert overlap(found, ellipse(200, 200)) > 0.88


@pytest.mark.parametrize("point", [(320, 230), (2, 470), (639, 0)])
def test_a_point_on_no_head_gives_nothing(point: tuple[int, int]) -> None:
    assert head_at(draw_field(), point, 2 * LONG, _NONE) is None


def test_a_line_across_two_heads_parts_them() -> None:
    heads = ((200, 200), (200 + 2 * LONG - 6, 200))
    field = draw_field(heads)
    both = _drawn(ellipse(*heads[0])) | _drawn(ellipse(*heads[1]))
    contours, _ = cv2.findContours(both.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    joined = contours[0][:, 0].astype(np.float32)
    middle = (heads[0][0] + heads[1][0]) / 2
    parted = halves(field, joined, np.array([[middle, 150], [middle, 250]], np.float32))
    assert parted is not None
    found = sorted(parted, key=lambda outline: float(outline[:, 0].mean()))
    assert [overlap(one, ellipse(*head)) > 0.88 for one, head in zip(found, heads, strict=True)] == [True, True]


def test_a_line_that_cuts_off_a_crumb_or_misses_the_head_parts_nothing() -> None:
    field, outline = draw_field(), ellipse(*HEADS[0])
    x, y = HEADS[0]
    for across in (x + LONG - 2, x + 3 * LONG):
        assert halves(field, outline, np.array([[across, y - 40], [across, y + 40]], np.float32)) is None
