"""Two methods on the same cells."""

from __future__ import annotations

from math import sqrt

from sperm_viewer.statistics.intervals import Z_95, Interval


def paired_difference(gained: int, lost: int, of: int) -> Interval:
    """The 95% interval of the difference of two shares of the same `of` cells, from -1 to 1: `gained` have what is
    counted only with the second method, `lost` only with the first.

    Bonett, D. G. and Price, R. M. (2012). Adjusted Wald confidence interval for a difference of binomial proportions
    based on paired data. Journal of Educational and Behavioral Statistics 37, 479-488. Raises ValueError unless
    0 <= gained, 0 <= lost and gained + lost <= of, with one cell at least.
    """
    if of < 1 or min(gained, lost) < 0 or gained + lost > of:
        raise ValueError(f"{gained} gained and {lost} lost of {of} is no comparison")
    second, first = (gained + 1) / (of + 2), (lost + 1) / (of + 2)
    apart = second - first
    half = Z_95 * sqrt((second + first - apart**2) / (of + 2))
    return Interval(max(apart - half, -1.0), min(apart + half, 1.0))
