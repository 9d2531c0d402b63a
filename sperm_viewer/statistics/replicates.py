"""Two slides of one preparation: do their percentages agree?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from sperm_viewer.statistics.percentages import ENOUGH_SPERM, SpermPercentages

_LARGEST = (
    (0, 1),
    (1, 2),
    (2, 3),
    (4, 4),
    (7, 5),
    (11, 6),
    (16, 7),
    (23, 8),
    (34, 9),
    (65, 10),
    (76, 9),
    (83, 8),
    (88, 7),
    (92, 6),
    (95, 5),
    (97, 4),
    (98, 3),
    (99, 2),
    (100, 1),
)
"""The largest average percentage of each row of the WHO's table, and its largest acceptable difference."""


@dataclass(frozen=True, slots=True)
class ReplicateComparison:
    """One class on two replicate slides, in percent of the sperm of each.

    `average` is the mean of the two percentages, `difference` the distance between them, both not rounded; `limit` is
    the largest difference that the WHO accepts at that average. `words` is the whole comparison as a sentence;
    `caveats` are sentences.
    """

    name: str
    first: float
    second: float
    average: float
    difference: float
    limit: int
    agrees: bool
    words: str
    caveats: tuple[str, ...]


def largest_difference(average: Fraction) -> int:
    """The largest acceptable difference between two percentages whose mean is `average` percent, 400 sperm in all.

    World Health Organization (2010). WHO laboratory manual for the examination and processing of human semen, 5th
    edition, the table of acceptable differences between two percentages from replicate counts of 200 sperm each.

    The table knows whole percentages, so the average is rounded to the nearest one, and a half up, as in the manual's
    example (section 2.17.5: 19.5% becomes 20%). Raises ValueError for a percentage outside 0 to 100.
    """
    if not 0 <= average <= 100:
        raise ValueError(f"{float(average)} is not a percentage")
    rounded = _half_up(average)
    return next(limit for up_to, limit in _LARGEST if rounded <= up_to)


def _half_up(percent: Fraction) -> int:
    return floor(percent + Fraction(1, 2))


def compare_replicates(first: SpermPercentages, second: SpermPercentages, name: str) -> ReplicateComparison | None:
    """Compares a class on two replicate slides; None if one of them has no sperm counted.

    Raises KeyError if a slide does not know the class.
    """
    counts = first.of(name).count, second.of(name).count
    if not (first.sperm and second.sperm):
        return None
    # Fractions: a difference of exactly the limit must not exceed it by rounding.
    one, other = (Fraction(100 * n, slide.sperm) for n, slide in zip(counts, (first, second), strict=True))
    average, difference = (one + other) / 2, abs(one - other)
    limit = largest_difference(average)
    agrees = difference <= limit
    verdict = "the slides agree" if agrees else "too far apart, count both slides again"
    return ReplicateComparison(
        name=name,
        first=float(one),
        second=float(other),
        average=float(average),
        difference=float(difference),
        limit=limit,
        agrees=agrees,
        words=f"{name}: {float(one):.1f}% and {float(other):.1f}% differ by {float(difference):.1f}; at an average of "
        f"{_half_up(average)}% the WHO accepts up to {limit}: {verdict}.",
        caveats=_caveats(first.sperm, second.sperm),
    )


def _caveats(first: int, second: int) -> tuple[str, ...]:
    table = f"the WHO's table is made for {ENOUGH_SPERM} per slide"
    if min(first, second) < ENOUGH_SPERM:
        return (
            f"Fewer than {ENOUGH_SPERM} sperm were counted on a slide ({first:,} and {second:,}); {table}, and so few "
            "differ more by chance.",
        )
    if max(first, second) > ENOUGH_SPERM:
        return (
            f"More than {ENOUGH_SPERM} sperm were counted on a slide ({first:,} and {second:,}); {table}, and so many "
            "differ less by chance.",
        )
    return ()
