"""Confidence intervals of proportions."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)
"""The standard normal's 97.5% point: 95% lie within plus and minus this."""
Z_95_ONE_SIDED = NormalDist().inv_cdf(0.95)
"""Its 95% point: 95% lie above minus this."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, in the unit of the function that gives it."""

    low: float
    high: float


def wilson(count: float, of: float, z: float = Z_95) -> Interval | None:
    """The score interval of the share `count` / `of`, from 0 to 1, 95% unless `z` says otherwise; None if `of` is 0.

    Effective numbers need not be whole.

    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22, 209-212; without continuity correction. Raises ValueError unless 0 <= count <= of.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is not a proportion")
    if of == 0:
        return None
    share, z2 = count / of, z**2
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = z * sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    # At 0 and at `of` an end is exactly 0 or 1; rounding must not move it off.
    return Interval(0.0 if count == 0 else centre - half, 1.0 if count == of else centre + half)
