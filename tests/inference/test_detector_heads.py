"""Heads from the detector's maps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sperm_viewer.inference.detector_heads import group_heads
from sperm_viewer.inference.detector_maps import STRIDE, DetectorMaps


def _maps(*heads: tuple[float, float, float], side: int = 64, height: float = 0.9) -> DetectorMaps:
    """Maps of upright ellipses of 10 x 7 px (half axes), each at x, y and turned so many degrees."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    heat, head = np.zeros((2, side, side), np.float32)
    offset, axis = np.zeros((2, 2, side, side), np.float32)
    for centre_x, centre_y, turn in heads:
        angle = math.radians(turn)
        ahead = -(x - centre_x) * math.sin(angle) - (y - centre_y) * math.cos(angle)
        aside = (x - centre_x) * math.cos(angle) - (y - centre_y) * math.sin(angle)
        inside = (ahead / 10) ** 2 + (aside / 7) ** 2 <= 1
        heat = np.maximum(heat, height * np.exp(-0.5 * ((x - centre_x) ** 2 + (y - centre_y) ** 2) / 2.5**2))
        head[inside] = 0.95
        offset[0][inside], offset[1][inside] = ((STRIDE * (c - p))[inside] for c, p in ((centre_x, x), (centre_y, y)))
        axis[0][inside], axis[1][inside] = math.cos(2 * angle), math.sin(2 * angle)
    return DetectorMaps(heat, head, np.zeros_like(head), axis, offset)


def test_empty_maps_have_no_heads() -> None:
    assert group_heads(_maps(), 0.1) == []


@pytest.mark.parametrize("turn", [0.0, 35.0, 80.0, -60.0])
def test_a_head_has_its_place_axis_and_size(turn: float) -> None:
    (head,) = group_heads(_maps((30, 28, turn)), 0.3)

    assert abs((head.axis - turn + 90) % 180 - 90) < 1
    assert head.length == pytest.approx(20 * STRIDE, rel=0.05)
    assert head.width == pytest.approx(14 * STRIDE, rel=0.05)
    assert head.score == pytest.approx(0.9 * 0.95, abs=0.08)


def test_two_heads_that_touch_are_two() -> None:
    heads = group_heads(_maps((24, 30, 0), (37, 30, 0)), 0.3)

    assert len(heads) == 2
    areas = [int((head.share >= 0.5).sum()) for head in heads]
    assert min(areas) > 0.85 * max(areas)


def test_a_head_below_the_threshold_is_left_out() -> None:
    assert group_heads(_maps((30, 30, 0), height=0.3), 0.5) == []
    assert len(group_heads(_maps((30, 30, 0), height=0.3), 0.2)) == 1
