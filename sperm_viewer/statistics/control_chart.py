"""Quality control, run by run: Levey-Jennings charts with Westgard's rules, and exact limits for counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, log
from statistics import fmean, stdev

FIRST_RUNS = 20
"""Runs that the limits come from."""
_TAIL = 0.00135
"""The share beyond three standard deviations of a normal distribution, on one side."""


class Rule(StrEnum):
    """Westgard's rules (Westgard et al. 1981, Clinical Chemistry 27, 493-501); s is a standard deviation.

    Within one control slide but R-4s, which compares the two of one run.
    """

    ONE_3S = "1-3s"
    TWO_2S = "2-2s"
    R_4S = "R-4s"
    FOUR_1S = "4-1s"
    TEN_X = "10x"


@dataclass(frozen=True, slots=True)
class Limits:
    """The mean and the standard deviation of the first runs; a value is `apart` from them in standard deviations."""

    mean: float
    deviation: float

    def apart(self, value: float) -> float:
        """0 where the first runs didn't vary and the value doesn't either, else infinite."""
        if self.deviation > 0:
            return (value - self.mean) / self.deviation
        return 0.0 if value == self.mean else float("inf") if value > self.mean else float("-inf")


@dataclass(frozen=True, slots=True)
class Ring:
    """A rule that was broken by the run with this number, counted from 0."""

    run: int
    rule: Rule


def limits_of(values: Sequence[float]) -> Limits:
    """The limits by the first 20 runs. Raises ValueError where there are fewer."""
    if len(values) < FIRST_RUNS:
        raise ValueError(f"{len(values)} runs; the limits come from the first {FIRST_RUNS}")
    first = values[:FIRST_RUNS]
    return Limits(fmean(first), stdev(first))


def westgard(values: Sequence[float], limits: Limits, other: Sequence[float] = ()) -> list[Ring]:
    """The rules that each run after the first 20 breaks, in order.

    `values` has one value of a control slide for each run; `other` those of a second control slide in the same runs,
    empty where there is none. A run of ten on one side of the mean, and of four beyond one deviation, may reach back
    among the first runs.
    """
    apart = [limits.apart(value) for value in values]
    second = [limits.apart(value) for value in other]
    found = []
    for run in range(FIRST_RUNS, len(apart)):
        found += [Ring(run, rule) for rule in Rule if _breaks(rule, apart[: run + 1], second[: run + 1])]
    return found


def _breaks(rule: Rule, apart: Sequence[float], second: Sequence[float]) -> bool:
    """Whether the last run does."""
    match rule:
        case Rule.ONE_3S:
            return abs(apart[-1]) > 3
        case Rule.TWO_2S:
            return _beyond(apart[-2:], 2)
        case Rule.FOUR_1S:
            return _beyond(apart[-4:], 1)
        case Rule.TEN_X:
            return _beyond(apart[-10:], 0)
        case Rule.R_4S:
            return len(second) == len(apart) and max(apart[-1], second[-1]) > 2 and min(apart[-1], second[-1]) < -2


def _beyond(values: Sequence[float], distance: float) -> bool:
    """Whether all lie further out than `distance`, on the same side."""
    return all(value > distance for value in values) or all(value < -distance for value in values)


def binomial_limits(share: float, of: int) -> tuple[int, int]:
    """The least and the greatest count of `of` cells to expect where each has a chance of `share`: a count outside has
    a chance of at most 0.135% on each side. Exact, from the binomial distribution. Raises ValueError out of range.
    """
    if not 0 <= share <= 1 or of < 1:
        raise ValueError(f"a share of {share} of {of} cells is no proportion")
    chances = [_binomial(count, of, share) for count in range(of + 1)]
    low, below = 0, chances[0]
    while low < of and below <= _TAIL:
        low += 1
        below += chances[low]
    high, above = of, chances[of]
    while high > 0 and above <= _TAIL:
        high -= 1
        above += chances[high]
    return low, high


def _binomial(count: int, of: int, share: float) -> float:
    if share in (0.0, 1.0):
        return float(count == share * of)
    ways = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    return exp(ways + count * log(share) + (of - count) * log(1 - share))


def same_again(files: Collection[str], earlier: Sequence[Collection[str]]) -> int | None:
    """The number of the earlier run, from 0, that has a file (its sha256) of this one; None if there is none.

    A control slide is photographed anew for each run: the same files again have no variance.
    """
    return next((number for number, run in enumerate(earlier) if set(files) & set(run)), None)
