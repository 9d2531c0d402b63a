"""Quality control of a measurement that is repeated on a control slide: limits, and the rules that say when to stop.

Levey, S. & Jennings, E. R. (1950), American Journal of Clinical Pathology 20, 1059-1066; Westgard, J. O., Barry, P. L.,
Hunt, M. R. & Groth, T. (1981), Clinical Chemistry 27, 493-501.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import exp, lgamma, log
from statistics import NormalDist, mean, stdev

BASELINE = 20
"""Runs that the limits are from."""
TAIL = NormalDist().cdf(-3)
"""The chance of a value above the upper limit, and of one below the lower limit: that of three standard deviations."""


class Rule(StrEnum):
    """`R_4S` compares the control slides of one run; the other rules follow one slide from run to run."""

    ONE_3S = "1-3s"
    TWO_2S = "2-2s"
    R_4S = "R-4s"
    FOUR_1S = "4-1s"
    TEN_X = "10x"
    LIMITS = "limits"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Rule.ONE_3S: "more than 3 SD from the mean",
    Rule.TWO_2S: "two runs in a row more than 2 SD from the mean, on the same side",
    Rule.R_4S: "the control slides of one run more than 4 SD apart",
    Rule.FOUR_1S: "four runs in a row more than 1 SD from the mean, on the same side",
    Rule.TEN_X: "ten runs in a row on the same side of the mean",
    Rule.LIMITS: "outside the binomial limits",
}
_IN_A_ROW = ((Rule.TWO_2S, 2, 2.0), (Rule.FOUR_1S, 4, 1.0), (Rule.TEN_X, 10, 0.0))


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean and standard deviation of the first runs."""

    mean: float
    sd: float

    def score(self, value: float) -> float:
        """The distance from the mean in standard deviations."""
        return (value - self.mean) / self.sd


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a run breaks; `run` is its place in the series, from 0."""

    run: int
    rule: Rule


def limits(values: Sequence[float]) -> Limits | None:
    """The limits by the first 20 values; None if there are fewer, or if they don't vary."""
    first = values[:BASELINE]
    if len(first) < BASELINE or min(first) == max(first):
        return None
    return Limits(mean(first), stdev(first))


def westgard(scores: Sequence[float]) -> list[Violation]:
    """The rules that the values of one control slide break, from run to run.

    `scores` (runs,) are the values' distances from the mean in standard deviations. A rule over several runs is broken
    in its last one.
    """
    found = [Violation(run, Rule.ONE_3S) for run, score in enumerate(scores) if abs(score) > 3]
    for rule, count, far in _IN_A_ROW:
        found += [Violation(run, rule) for run in _runs_in_a_row(scores, count, far)]
    return sorted(found, key=lambda violation: violation.run)


def apart_in_a_run(scores: Sequence[Sequence[float]]) -> list[Violation]:
    """The runs whose control slides contradict each other: `scores` has those of each run's slides."""
    return [Violation(run, Rule.R_4S) for run, slides in enumerate(scores) if slides and max(slides) - min(slides) > 4]


def outside_limits(counts: Sequence[tuple[int, int]]) -> list[Violation]:
    """The runs after the first 20 whose proportion (count, of) is outside the exact binomial limits of those 20.

    No run is outside as long as there are fewer.
    """
    expected = expected_share(counts)
    if expected is None:
        return []
    found = []
    for run, (count, of) in enumerate(counts[BASELINE:], BASELINE):
        low, high = binomial_limits(expected, of)
        if not low <= count <= high:
            found.append(Violation(run, Rule.LIMITS))
    return found


def expected_share(counts: Sequence[tuple[int, int]]) -> float | None:
    """The share of the first 20 runs together; None if there are fewer, or if nothing was counted."""
    first = counts[:BASELINE]
    of = sum(total for _, total in first)
    return sum(count for count, _ in first) / of if len(first) == BASELINE and of else None


def binomial_limits(share: float, of: int) -> tuple[int, int]:
    """The smallest and the largest count of `of` that are not unlikely at this share.

    Each tail beyond them has at most the probability that a normal value has beyond three standard deviations.
    """
    chances = [_chance(count, of, share) for count in range(of + 1)]
    return _first_likely(chances), of - _first_likely(chances[::-1])


def _first_likely(chances: Sequence[float]) -> int:
    total = 0.0
    for count, chance in enumerate(chances):
        total += chance
        if total > TAIL:
            return count
    return len(chances) - 1


def _chance(count: int, of: int, share: float) -> float:
    """The binomial probability of that count."""
    if share in (0.0, 1.0):
        return float(count == round(of * share))
    ways = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    return exp(ways + count * log(share) + (of - count) * log(1 - share))


def _runs_in_a_row(scores: Sequence[float], count: int, far: float) -> Iterator[int]:
    """The runs that end `count` values in a row more than `far` from the mean, on the same side."""
    sides = [(score > far) - (score < -far) for score in scores]
    row = 1 if sides and sides[0] else 0
    for run, (before, side) in enumerate(pairwise(sides), 1):
        row = 0 if not side else row + 1 if side == before else 1
        if row >= count:
            yield run
