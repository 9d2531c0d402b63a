"""Crops of a group are alike and repeats predict one crop again: shares and comparisons count groups."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from sperm_viewer.statistics.intervals import wilson
from sperm_viewer.training.calibration_error import calibration_error, calibration_error_by_group
from sperm_viewer.training.clustered import Share, share_by_group, sign_flip_p


def _share(right: np.ndarray, groups: list[str], crops: list[str]) -> Share:
    found = share_by_group(right, groups, crops)
    assert found is not None
    return found


def test_with_one_crop_per_group_a_sign_flip_test_is_mcnemars() -> None:
    assert sign_flip_p(np.array([1] * 15 + [-1] * 5 + [0] * 40)) == pytest.approx(binomtest(5, 20).pvalue)


def test_a_group_flips_as_a_whole() -> None:
    """All sign patterns of nine groups, counted one by one."""
    differences = np.array([11, 4, 4, 2, 1, 1, 0, -3, -2])
    sums = [abs(np.dot(signs, differences)) for signs in product((-1, 1), repeat=9)]
    assert sign_flip_p(differences) == pytest.approx(np.mean(np.array(sums) >= 18))


def test_systems_that_never_differ_are_alike() -> None:
    assert sign_flip_p(np.zeros(5, int)) == 1.0


def test_with_one_crop_per_group_the_interval_is_wilsons() -> None:
    names = [str(i) for i in range(4000)]
    found, plain = _share(np.arange(4000) < 3800, names, names), wilson(3800, 4000)
    assert plain is not None
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=1e-4)
    assert found.low < found.lower_bound < 0.95


@pytest.mark.parametrize("right", [100, 85])
def test_repeats_of_the_same_crops_narrow_no_interval(right: int) -> None:
    names = [str(i) for i in range(100)]
    once = _share(np.arange(100) < right, names, names)
    thrice = _share(np.tile(np.arange(100) < right, 3), names * 3, names * 3)
    assert (thrice.low, thrice.high, thrice.lower_bound) == pytest.approx((once.low, once.high, once.lower_bound))


def test_no_share_is_made_of_nothing() -> None:
    assert share_by_group(np.zeros(0, bool), [], []) is None


def test_the_intervals_of_grouped_crops_hold_the_truth_as_often_as_they_say() -> None:
    """24 groups of 8 crops, the chance of a group drawn from a Beta distribution (correlation 0.25)."""
    rng = np.random.default_rng(0)
    groups = [str(i // 8) for i in range(192)]
    crops = [str(i) for i in range(192)]
    inside, above, plain_inside = [], [], []
    for _ in range(600):
        chances = np.repeat(rng.beta(0.9 * 3, 0.1 * 3, 24), 8)
        right = rng.random(192) < chances
        found, plain = _share(right, groups, crops), wilson(int(right.sum()), 192)
        assert plain is not None
        inside.append(found.low <= 0.9 <= found.high)
        above.append(found.lower_bound <= 0.9)
        plain_inside.append(plain.low <= 0.9 <= plain.high)
    assert np.mean(plain_inside) < 0.85
    assert np.mean(inside) > 0.92
    assert np.mean(above) > 0.9


def test_probabilities_that_are_right_as_often_as_they_say_have_no_calibration_error() -> None:
    labels = np.array([0] * 7 + [1] * 3)
    assert calibration_error(labels, np.tile([0.7, 0.3], (10, 1))) == pytest.approx(0, abs=1e-9)


def _outcomes(rng: np.random.Generator, crops: int, off: float) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn so that the first of two classes is right less often, by `off`, than its probability says."""
    sure = rng.uniform(0.6, 1.0, crops)
    labels = (rng.random(crops) > sure - off).astype(int)
    return labels, np.stack([sure, 1 - sure], axis=1)


def test_what_chance_adds_to_the_calibration_error_is_taken_off() -> None:
    rng = np.random.default_rng(0)
    names = [str(i) for i in range(300)]
    found = [calibration_error_by_group(*_outcomes(rng, 300, 0.0), names) for _ in range(30)]
    assert np.mean([each.plain for each in found]) > 0.04
    assert np.mean([each.corrected for each in found]) < 0.7 * np.mean([each.plain for each in found])


def test_a_true_calibration_error_stays_and_lies_in_its_interval() -> None:
    labels, probabilities = _outcomes(np.random.default_rng(1), 4000, 0.1)
    found = calibration_error_by_group(labels, probabilities, [str(i) for i in range(4000)])
    assert found.corrected == pytest.approx(0.1, abs=0.015)
    assert found.low < 0.1 < found.high


def test_repeats_narrow_no_interval_of_the_calibration_error() -> None:
    labels, probabilities = _outcomes(np.random.default_rng(2), 200, 0.1)
    names = [str(i) for i in range(200)]
    once = calibration_error_by_group(labels, probabilities, names)
    thrice = calibration_error_by_group(np.tile(labels, 3), np.tile(probabilities, (3, 1)), names * 3)
    assert (thrice.corrected, thrice.low, thrice.high) == pytest.approx((once.corrected, once.low, once.high))
