"""Heat is shared out among the parts of the head it lies on, whichever way the head lies."""

from __future__ import annotations

import math
from dataclasses import astuple, replace

import numpy as np
import pytest

from sperm_viewer.domain.head import Head
from sperm_viewer.domain.prediction import Heatmap, HeatShares
from sperm_viewer.imaging.regions import heat_shares

_SIDE = 161
_LENGTH, _WIDTH = 60.0, 36.0


def _head(angle: float) -> Head:
    """An ellipse in the middle of the crop, turned `angle` degrees counter-clockwise from upright."""
    ys, xs = np.mgrid[:_SIDE, :_SIDE] - (_SIDE - 1) / 2
    up = _up(angle)
    along, across = xs * up[0] + ys * up[1], xs * up[1] - ys * up[0]
    mask = (along / (_LENGTH / 2)) ** 2 + (across / (_WIDTH / 2)) ** 2 <= 1
    middle = ((_SIDE - 1) / 2, (_SIDE - 1) / 2)
    return Head(mask, (0, 0), middle, angle, True, _LENGTH, _WIDTH)


def _up(angle: float) -> tuple[float, float]:
    return -math.sin(math.radians(angle)), -math.cos(math.radians(angle))


def _spot(angle: float, along: float, across: float = 0.0) -> Heatmap:
    """A map with one hot cell `along` px towards the acrosome and `across` px beside the axis; a grid cell a pixel."""
    up = _up(angle)
    x = round((_SIDE - 1) / 2 + along * up[0] + across * up[1])
    y = round((_SIDE - 1) / 2 + along * up[1] - across * up[0])
    grid = np.zeros((_SIDE, _SIDE), np.uint8)
    grid[y - 1 : y + 2, x - 1 : x + 2] = 255
    unit = 1 / _SIDE
    return Heatmap(grid, 0.0, 1.0, np.array([[unit, 0, unit / 2], [0, unit, unit / 2]]))


@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0, 180.0, -120.0])
@pytest.mark.parametrize(
    ("along", "across", "part"),
    [(18, 0, "acrosome"), (-18, 0, "postacrosome"), (-40, 3, "neck"), (45, 0, "outside"), (-40, 30, "outside")],
)
def test_a_hot_spot_counts_for_the_part_it_lies_on(angle: float, along: float, across: float, part: str) -> None:
    shares = heat_shares(_spot(angle, along, across), _head(angle), _SIDE, _SIDE)
    assert shares is not None
    assert getattr(shares, part) == pytest.approx(1.0, abs=0.02)
    assert sum(astuple(shares)) == pytest.approx(1.0)


def test_even_heat_is_shared_out_by_area() -> None:
    grid = np.full((_SIDE, _SIDE), 255, np.uint8)
    unit = 1 / _SIDE
    even = Heatmap(grid, 0.0, 1.0, np.array([[unit, 0, unit / 2], [0, unit, unit / 2]]))
    shares = heat_shares(even, _head(0.0), _SIDE, _SIDE)
    # The row of pixels on the border itself counts for the lower half.
    half = math.pi * _LENGTH * _WIDTH / 8 / _SIDE**2
    assert shares is not None
    assert (shares.acrosome, shares.postacrosome) == (pytest.approx(half, rel=0.04), pytest.approx(half, rel=0.04))


def test_nothing_is_said_where_up_and_down_are_unsure_or_the_map_is_flat() -> None:
    spot = _spot(0.0, 18)
    assert isinstance(heat_shares(spot, _head(0.0), _SIDE, _SIDE), HeatShares)
    assert heat_shares(spot, None, _SIDE, _SIDE) is None
    assert heat_shares(spot, replace(_head(0.0), oriented=False), _SIDE, _SIDE) is None
    assert heat_shares(replace(spot, floor=7.0, peak=7.0001), _head(0.0), _SIDE, _SIDE) is None
