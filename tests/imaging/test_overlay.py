"""Heat is drawn so that the head stays visible, and no more is drawn than there is."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.overlay import CONTOURS, heat_drawing, level_that_holds, overlay, smoothed, window_corners

_SIDE = 120


def spot(x: float, y: float, width: float = 0.12, grid: int = 28) -> Heatmap:
    """A round spot in a window that covers the whole crop."""
    ys, xs = (np.mgrid[:grid, :grid] + 0.5) / grid
    heat = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * width**2))
    placement = np.array([[1 / _SIDE, 0, 0.5 / _SIDE], [0, 1 / _SIDE, 0.5 / _SIDE]])
    return Heatmap(np.rint(heat * 255).astype(np.uint8), 0.0, 1.0, placement)


def test_nothing_is_drawn_where_there_is_no_heat() -> None:
    layer = heat_drawing(spot(0.3, 0.3), _SIDE, _SIDE)
    assert layer[..., 3].max() > 0
    assert not layer[80:, 80:, 3].any()
    rgb = np.random.default_rng(0).integers(0, 255, (_SIDE, _SIDE, 3), np.uint8)
    assert (overlay(rgb, spot(0.3, 0.3), 1.0)[80:, 80:] == rgb[80:, 80:]).all()


def test_opacity_follows_heat_and_the_head_stays_visible() -> None:
    layer = heat_drawing(spot(0.5, 0.5), _SIDE, _SIDE, 4.0)
    middle, beside = layer[240, 240, 3], layer[240, 240 - 40, 3]
    assert beside < middle <= 128


@pytest.mark.parametrize("share", CONTOURS)
def test_a_contour_holds_its_share_of_the_heat(share: float) -> None:
    grid = smoothed(spot(0.5, 0.5)).grid.astype(float)
    inside = grid >= level_that_holds(share, smoothed(spot(0.5, 0.5)).grid)
    assert grid[inside].sum() / grid.sum() == pytest.approx(share, abs=0.03)


def test_contours_are_light_with_a_dark_edge() -> None:
    layer = heat_drawing(spot(0.5, 0.5), _SIDE, _SIDE, 4.0, fill=False)
    drawn = layer[layer[..., 3] > 200][:, :3]
    assert drawn.min() < 40
    assert drawn.max() > 240


def test_a_flat_map_and_what_is_outside_of_the_window_stay_as_they_are() -> None:
    flat = Heatmap(spot(0.5, 0.5).grid, 1.0, 1.0, spot(0.5, 0.5).placement)
    assert not heat_drawing(flat, _SIDE, _SIDE).any()
    wide = Heatmap(
        np.arange(49, dtype=np.uint8).reshape(7, 7) * 5, 0.0, 1.0, np.array([[0.02, 0, -0.5], [0, 0.02, -0.5]])
    )
    layer = heat_drawing(wide, _SIDE, _SIDE)
    assert layer[..., 3].any()
    assert not layer[:24].any()
    assert not layer[77:].any()


def test_specks_below_the_resolution_of_the_map_make_no_contours() -> None:
    rng = np.random.default_rng(1)
    clean = spot(0.5, 0.5, 0.15, grid=112)
    noisy = np.clip(clean.grid + rng.normal(0, 40, clean.grid.shape), 0, 255).astype(np.uint8)
    layers = [heat_drawing(Heatmap(grid, 0.0, 1.0, clean.placement), _SIDE, _SIDE) for grid in (clean.grid, noisy)]
    changed = np.abs(layers[0][..., 3].astype(int) - layers[1][..., 3]) > 60
    assert changed.mean() < 0.12


def test_the_lines_of_a_coarse_map_are_dashed_and_its_fill_is_the_same() -> None:
    whole, dashed = (heat_drawing(spot(0.5, 0.5), _SIDE, _SIDE, 4.0, dashed=dashed) for dashed in (False, True))
    lines = [(layer[..., 3] > 200).sum() for layer in (whole, dashed)]
    assert 0.3 < lines[1] / lines[0] < 0.7
    assert (whole[240, 240] == dashed[240, 240]).all()


def test_the_corners_of_the_window_are_where_the_placement_puts_them() -> None:
    assert np.allclose(window_corners(spot(0.5, 0.5), _SIDE, _SIDE), [(0, 0), (1, 0), (1, 1), (0, 1)])
    # A window of 50 px whose upper left corner is at (25, 25).
    grid = np.zeros((7, 7), np.uint8)
    inside = Heatmap(grid, 0.0, 1.0, np.array([[0.02, 0, 0.01 - 0.5], [0, 0.02, 0.01 - 0.5]]))
    corners = window_corners(inside, 100, 200)
    assert np.allclose(corners, [(0.125, 0.25), (0.375, 0.25), (0.375, 0.75), (0.125, 0.75)])
