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
