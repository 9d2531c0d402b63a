"""The part of a field around a head."""

from __future__ import annotations

import math

import pytest

from sperm_viewer.domain.cell import Place
from sperm_viewer.imaging.cell_part import cell_part


def _of_ellipse(turn: float, length: float = 80, width: float = 50) -> Place:
    """The box of an ellipse in the middle of a field of 1000 x 800 px, turned by so many degrees."""
    sine, cosine = math.sin(math.radians(turn)), math.cos(math.radians(turn))
    across, down = math.hypot(length * sine, width * cosine), math.hypot(length * cosine, width * sine)
    return Place(500 - across / 2, 400 - down / 2, across, down)


@pytest.mark.parametrize("turn", [0, 30, 45, 90])
def test_the_part_is_as_large_however_the_head_is_turned(turn: float) -> None:
    upright, turned = cell_part(_of_ellipse(0), 1000, 800), cell_part(_of_ellipse(turn), 1000, 800)
    assert turned == pytest.approx(upright, abs=1)
    assert upright[2] - upright[0] == pytest.approx(3 * math.hypot(80, 50), abs=2)


def test_the_part_ends_at_the_borders_of_the_image() -> None:
    left, top, right, bottom = cell_part(Place(0, 770, 40, 30), 1000, 800)
    assert (left, bottom) == (0, 800)
    assert 40 < right < 120
    assert 650 < top < 770
