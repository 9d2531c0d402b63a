"""Heads that the detector found: steady measurements under turning, blur and scale, and the right size in µm."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.morphometry import Morphometry
from sperm_viewer.imaging.morphometry import measure_head
from sperm_viewer.inference.detector_folder import HeadFinder, open_finder
from sperm_viewer.synthetic.render import GREY, PINK, CellDescription, HeadClass, Rendered, render_cell

_PER_PIXEL = 0.055
"""µm a pixel: a head of 80 px is 4.4 µm long."""
_SEEDS = range(2)


@cache
def finder() -> HeadFinder:
    return open_finder(threads=1)


def _rendered(seed: int, turn: float = 0.0, times: float = 1.0) -> Rendered:
    shape = (round(360 * times), round(360 * times))
    return render_cell(
        CellDescription(
            HeadClass.NORMAL,
            (PINK, GREY)[seed % 2],
            turn=turn,
            length=80.0 * times,
            width=54.0 * times,
            seed=seed,
            shape=shape,
            blur=0.6 * times,
        )
    )


def _measured(rgb: UInt8Array) -> Morphometry:
    return measure_head(finder().find(rgb)[0].outline)


@pytest.mark.parametrize("seed", _SEEDS)
def test_length_varies_by_at_most_one_percent_when_a_head_is_turned(seed: int) -> None:
    lengths = [_measured(_rendered(seed, turn).rgb).length for turn in range(0, 180, 30)]

    assert np.std(lengths) <= 0.01 * np.mean(lengths)


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_blur_of_two_pixels_changes_length_by_at_most_two_percent(seed: int) -> None:
    sharp = _rendered(seed, 30).rgb
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 2), np.uint8)

    assert _measured(blurred).length == pytest.approx(_measured(sharp).length, rel=0.02)


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_rendered_head_of_known_size_is_measured_within_one_percent(seed: int) -> None:
    rendered = _rendered(seed, 70)
    measured = _measured(rendered.rgb).in_micrometres(_PER_PIXEL)

    assert measured.length == pytest.approx(rendered.length * _PER_PIXEL, rel=0.01)
    assert measured.width == pytest.approx(rendered.width * _PER_PIXEL, rel=0.01)


def test_a_head_photographed_twice_as_large_measures_the_same_in_micrometres() -> None:
    small = _measured(_rendered(1).rgb).in_micrometres(_PER_PIXEL)
    large = _measured(_rendered(1, times=2.0).rgb).in_micrometres(_PER_PIXEL / 2)

    assert large.length == pytest.approx(small.length, rel=0.01)
