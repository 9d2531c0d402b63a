"""Counts and percentages of a slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sperm_viewer.core.session import SlideCounts
from sperm_viewer.core.types import NON_SPERM


@dataclass(frozen=True, slots=True)
class SlideShares:
    """Percentages of sperm: non-sperm, failed and referred cells are left out; `sperm` is the denominator.

    `percent` is None for a class where there is no sperm to count.
    """

    counts: SlideCounts
    sperm: int
    percent: dict[str, float | None]


def shares(counts: SlideCounts, classes: Sequence[str]) -> SlideShares:
    of_sperm = [name for name in classes if name != NON_SPERM]
    sperm = sum(counts.classes.get(name, 0) for name in of_sperm)
    percent = {name: 100 * counts.classes.get(name, 0) / sperm if sperm else None for name in of_sperm}
    return SlideShares(counts, sperm, percent)
