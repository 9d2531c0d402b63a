"""How measured values are spread: the median, the limits that hold 95% of them, and a histogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_MOST_BARS = 24
_ROUND_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Distribution:
    """`low` and `high` are the 2.5th and 97.5th percentiles. `bars` counts the values in steps of `step`, the first of
    which begins at `start`."""

    count: int
    median: float
    low: float
    high: float
    start: float
    step: float
    bars: tuple[int, ...]


def distribution(values: Sequence[float]) -> Distribution | None:
    """The distribution of these values; None if there are none."""
    if not values:
        return None
    ordered = sorted(values)
    step = _step(ordered[-1] - ordered[0])
    start = math.floor(ordered[0] / step) * step
    bars = [0] * (1 + int((ordered[-1] - start) / step))
    for value in ordered:
        bars[min(int((value - start) / step), len(bars) - 1)] += 1
    limits = percentile(ordered, 2.5), percentile(ordered, 97.5)
    return Distribution(len(ordered), median(ordered), *limits, start, step, tuple(bars))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """A percentile of sorted values, one at least, linear between neighbours (type 7 of Hyndman and Fan 1996)."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _step(span: float) -> float:
    """A round width of bars, so that there are at most `_MOST_BARS`."""
    if span <= 0:
        return 1.0
    least = span / (_MOST_BARS - 1)
    size = 10.0 ** math.floor(math.log10(least))
    return next(times * size for times in _ROUND_STEPS if times * size >= least * (1 - 1e-9))
