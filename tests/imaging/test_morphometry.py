"""A head's measurements: right on known shapes, steady under turning, blur and scale."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.morphometry import FORMULAS, Morphometry
from sperm_viewer.imaging.head import find_head
from sperm_viewer.imaging.morphometry import feret_lines, measure_head
from sperm_viewer.imaging.outline import outline_of
from sperm_viewer.synthetic.render import GREY, PINK, CellDescription, HeadClass, render_cell

_PER_PIXEL = 0.055
"""µm a pixel: a head of 80 px is 4.4 µm long."""


def _ellipse(length: float, width: float, turn: float = 0.0) -> FloatArray:
    angle = np.linspace(0, 2 * math.pi, 400, endpoint=False)
    x, y = 0.5 * length * np.cos(angle), 0.5 * width * np.sin(angle)
    cosine, sine = math.cos(turn), math.sin(turn)
    return np.stack([100 + x * cosine - y * sine, 90 + x * sine + y * cosine], axis=1).astype(np.float32)


def _cell(seed: int, turn: float = 0.0) -> CellDescription:
    look = (PINK, GREY)[seed % 2]
    return CellDescription(
        HeadClass.NORMAL, look, turn=turn, length=80.0, width=54.0, seed=seed, shape=(220, 220), blur=0.6
    )


def _measured(rgb: UInt8Array) -> Morphometry:
    head = find_head(rgb)
    assert head is not None
    outline = outline_of(rgb, head)
    assert outline is not None
    return measure_head(outline)


@pytest.mark.parametrize("turn", [0.0, 0.4, 1.3, 2.2])
def test_an_ellipse_measures_what_geometry_says(turn: float) -> None:
    measured = measure_head(_ellipse(80, 50, turn), acrosome_area=0.45 * math.pi * 1000)

    assert measured.length == pytest.approx(80, rel=1e-3)
    assert measured.width == pytest.approx(50, rel=1e-3)
    assert measured.area == pytest.approx(math.pi * 1000, rel=1e-3)
    assert measured.ellipticity == pytest.approx(1.6, rel=2e-3)
    assert measured.elongation == pytest.approx(30 / 130, rel=5e-3)
    assert measured.regularity == pytest.approx(1, rel=2e-3)
    assert measured.acrosome_share == pytest.approx(0.45, rel=2e-3)
    assert measured.symmetry > 0.985


def test_a_circle_has_rugosity_one_and_no_elongation() -> None:
    measured = measure_head(_ellipse(60, 60))

    assert measured.rugosity == pytest.approx(1, rel=2e-3)
    assert measured.elongation == pytest.approx(0, abs=1e-3)


def test_a_head_with_a_dent_on_one_side_is_less_symmetric_and_rougher() -> None:
    whole = _ellipse(80, 50)
    dented = whole.copy()
    dented[(whole[:, 1] > 100) & (np.abs(whole[:, 0] - 100) < 20), 1] -= 12

    assert measure_head(dented).symmetry < measure_head(whole).symmetry - 0.05
    assert measure_head(dented).rugosity < measure_head(whole).rugosity


def test_an_outline_that_encloses_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="encloses nothing"):
        measure_head(np.zeros((4, 2), np.float32))


def test_micrometres_scale_lengths_and_areas_and_leave_ratios() -> None:
    pixels = measure_head(_ellipse(80, 50))
    micrometres = pixels.in_micrometres(0.05)

    assert micrometres.length == pytest.approx(4.0, rel=1e-3)
    assert micrometres.area == pytest.approx(pixels.area / 400)
    assert (micrometres.ellipticity, micrometres.rugosity) == pytest.approx((pixels.ellipticity, pixels.rugosity))
    with pytest.raises(ValueError, match="µm"):
        pixels.in_micrometres(0)


def test_every_measurement_has_its_formula() -> None:
    measured = measure_head(_ellipse(80, 50), 10.0)

    assert all(isinstance(getattr(measured, name), float) for name in FORMULAS)


def test_the_drawn_lines_are_as_long_as_the_measurements() -> None:
    outline = _ellipse(80, 50, 0.7)
    lines, measured = feret_lines(outline), measure_head(outline)

    assert math.dist(*lines.length) == pytest.approx(measured.length)
    assert math.dist(*lines.width) == pytest.approx(measured.width)


@pytest.mark.parametrize("seed", range(4))
def test_length_varies_by_at_most_one_percent_when_a_head_is_turned(seed: int) -> None:
    lengths = [_measured(render_cell(_cell(seed, turn)).rgb).length for turn in range(0, 180, 20)]

    assert np.std(lengths) <= 0.01 * np.mean(lengths)


@pytest.mark.parametrize("seed", range(4))
def test_a_blur_of_two_pixels_changes_length_by_at_most_two_percent(seed: int) -> None:
    sharp = render_cell(_cell(seed, 30)).rgb
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 2), np.uint8)

    assert _measured(blurred).length == pytest.approx(_measured(sharp).length, rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_a_rendered_head_of_known_size_is_measured_within_one_percent(seed: int) -> None:
    rendered = render_cell(_cell(seed, 70))
    measured = _measured(rendered.rgb).in_micrometres(_PER_PIXEL)

    assert measured.length == pytest.approx(rendered.length * _PER_PIXEL, rel=0.01)
    assert measured.width == pytest.approx(rendered.width * _PER_PIXEL, rel=0.01)


def test_a_head_drawn_twice_as_large_measures_twice_as_much() -> None:
    small = render_cell(_cell(2)).rgb
    large = replace(_cell(2), length=160.0, width=108.0, shape=(440, 440), blur=1.2)

    assert _measured(render_cell(large).rgb).length == pytest.approx(2 * _measured(small).length, rel=0.01)
