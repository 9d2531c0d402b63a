<<<<<<< HEAD
"""Westgard's rules ring where they should and only there; limits of counts are exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sperm_viewer.statistics.control_chart import (
    FIRST_RUNS,
    Limits,
    Ring,
    Rule,
    binomial_limits,
    limits_of,
    same_again,
    westgard,
)

_LIMITS = Limits(10.0, 2.0)
_FIRST = [10.0, 10.5, 9.5, 10.2] * 5


def _rung(later: list[float], other: list[float] | None = None) -> list[Ring]:
    values = _FIRST + [10 + 2 * value for value in later]
    second = _FIRST + [10 + 2 * value for value in other] if other is not None else []
    return westgard(values, _LIMITS, second)


@pytest.mark.parametrize(
    ("later", "rule", "run"),
    [
        ([0.1, 3.1], Rule.ONE_3S, 1),
        ([-0.1, -3.1], Rule.ONE_3S, 1),
        ([-0.1, 2.1, 2.2], Rule.TWO_2S, 2),
        ([-0.5, 1.1, 1.2, 1.3, 1.1], Rule.FOUR_1S, 4),
        ([-0.5, *[0.3] * 10], Rule.TEN_X, 10),
    ],
)
def test_each_rule_rings_on_its_day(later: list[float], rule: Rule, run: int) -> None:
    assert _rung(later) == [Ring(FIRST_RUNS + run, rule)]


@pytest.mark.parametrize(
    "later",
    [[2.9], [2.1, -2.2], [2.1, 1.9], [1.1, 1.2, 1.3, 0.9, 1.1], [-0.1, *[0.3] * 9], [-0.1, *[0.3] * 9, -0.1, 0.2]],
)
def test_no_rule_rings_just_below_its_limit(later: list[float]) -> None:
    assert _rung(later) == []


def test_two_control_slides_that_part_ring() -> None:
    assert _rung([-0.1, 2.1], [0.1, -2.1]) == [Ring(FIRST_RUNS + 1, Rule.R_4S)]
    assert _rung([-0.1, 2.1], [0.1, -1.9]) == []


def test_limits_are_of_the_first_twenty_runs_alone() -> None:
    values = np.random.default_rng(1).normal(5, 2, 40).tolist()
    found = limits_of(values)
    assert (found.mean, found.deviation) == pytest.approx((np.mean(values[:20]), np.std(values[:20], ddof=1)))
    with pytest.raises(ValueError, match="19 runs; the limits come from the first 20"):
        limits_of(values[:19])


def test_runs_that_never_varied_ring_at_the_first_change() -> None:
    found = westgard([3.0] * 20 + [3.0, 3.01], limits_of([3.0] * 20))
    assert Ring(21, Rule.ONE_3S) in found
    assert not any(ring.run == 20 for ring in found)


@pytest.mark.parametrize(("share", "of"), [(0.04, 200), (0.5, 30), (0.2, 100), (0.99, 50), (0.0, 20), (1.0, 20)])
def test_limits_of_counts_are_those_of_the_binomial_distribution(share: float, of: int) -> None:
    low, high = binomial_limits(share, of)
    assert stats.binom.cdf(low - 1, of, share) <= 0.00135
    assert stats.binom.sf(high, of, share) <= 0.00135
    # Neither limit could be narrower.
    assert stats.binom.cdf(low, of, share) > 0.00135
    assert stats.binom.sf(high - 1, of, share) > 0.00135


@pytest.mark.parametrize(("share", "of"), [(-0.1, 10), (1.1, 10), (0.5, 0)])
def test_what_is_no_proportion_has_no_limits(share: float, of: int) -> None:
    with pytest.raises(ValueError, match="is no proportion"):
        binomial_limits(share, of)


def test_the_same_files_again_are_no_control() -> None:
    assert same_again({"c"}, [{"a", "b"}, {"c", "d"}]) == 1
    assert same_again({"e"}, [{"a", "b"}, {"c", "d"}]) is None
=======
"""Control charts: each rule rings where its definition says, and only there."""

from __future__ import annotations

import random

import pytest
from scipy.stats import binom

from sperm_viewer.statistics.control_chart import (
    BASELINE,
    TAIL,
    Limits,
    Rule,
    Violation,
    apart_in_a_run,
    binomial_limits,
    limits,
    outside_limits,
    westgard,
)


@pytest.mark.parametrize(
    ("scores", "broken"),
    [
        ([0.0, 3.1, 0.0], [(1, Rule.ONE_3S)]),
        ([0.0, 2.9, 0.0], []),
        ([0.0, 2.1, 2.2, -2.1], [(2, Rule.TWO_2S)]),
        ([2.1, -2.2], []),
        ([2.1, 1.9, 2.1], []),
        ([-1.1, -1.2, -1.1, -1.3], [(3, Rule.FOUR_1S)]),
        ([-1.1, -1.2, 0.9, -1.1, -1.3], []),
        ([0.1] * 9 + [-0.1] + [0.1] * 9, []),
        ([0.1] * 10, [(9, Rule.TEN_X)]),
        ([0.1] * 11, [(9, Rule.TEN_X), (10, Rule.TEN_X)]),
        ([], []),
    ],
)
def test_a_rule_rings_in_the_run_that_completes_it(scores: list[float], broken: list[tuple[int, Rule]]) -> None:
    assert westgard(scores) == [Violation(run, rule) for run, rule in broken]


def test_two_slides_of_a_run_may_be_four_standard_deviations_apart_but_no_more() -> None:
    assert apart_in_a_run([(2.1, -1.8), (2.1, -2.0), (5.0,), ()]) == [Violation(1, Rule.R_4S)]


def test_limits_are_those_of_the_first_twenty_runs() -> None:
    values = [10.0, 12.0] * 10
    assert limits(values[:-1]) is None
    assert limits([1.0] * BASELINE) is None
    found = limits([*values, 1000.0])
    assert found == Limits(11.0, pytest.approx(1.0259783520851542))
    assert found is not None
    assert found.score(11 + 2 * found.sd) == pytest.approx(2)


@pytest.mark.parametrize("share", [0.0, 0.04, 0.3, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("of", [1, 30, 200, 1000])
def test_binomial_limits_leave_out_no_more_than_three_standard_deviations_do(share: float, of: int) -> None:
    low, high = binomial_limits(share, of)
    assert binom.cdf(low - 1, of, share) <= TAIL < binom.cdf(low, of, share)
    assert binom.sf(high, of, share) <= TAIL < binom.sf(high - 1, of, share)


def test_a_proportion_rings_only_after_the_first_twenty_runs_and_seldom_by_chance() -> None:
    dice = random.Random(16)
    steady = [(sum(dice.random() < 0.1 for _ in range(100)), 100) for _ in range(500)]
    assert len(outside_limits(steady)) <= 5
    assert outside_limits([*steady[:BASELINE], (30, 100)]) == [Violation(BASELINE, Rule.LIMITS)]
    assert outside_limits([*steady[: BASELINE - 1], (30, 100)]) == []
>>>>>>> main
