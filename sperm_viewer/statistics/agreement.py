"""How far two readings of the same cells agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from sperm_viewer.statistics.confusion import Confusion, confusion
from sperm_viewer.statistics.intervals import Z_95, Interval, wilson


@dataclass(frozen=True, slots=True)
class Agreement:
    """`percent` of `cells` that both readings put in one class, with its 95% Wilson interval, 0 to 100.

    `kappa` is Cohen's, with its 95% interval, -1 to 1. What is not defined is None, and `note` says why; else `note` is
    empty. `confusion` has a row a class of the first reading, a column a class of the second.
    """

    cells: int
    agreed: int
    percent: float | None
    low: float | None
    high: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    note: str
    confusion: Confusion


def agreement(first: Sequence[str], second: Sequence[str], classes: Sequence[str]) -> Agreement:
    """The agreement of two readings: the class of each cell in the first and in the second, in the same order of cells.

    Raises ValueError where the readings differ in length, or name a class that is not in `classes`.
    """
    table = confusion(first, second, classes)
    cells = len(first)
    agreed = sum(one == other for one, other in zip(first, second, strict=True))
    share = wilson(agreed, cells)
    kappa = cohens_kappa(table)
    interval = kappa_interval(table)
    return Agreement(
        cells=cells,
        agreed=agreed,
        percent=100 * agreed / cells if cells else None,
        low=100 * share.low if share else None,
        high=100 * share.high if share else None,
        kappa=kappa,
        kappa_low=interval.low if interval else None,
        kappa_high=interval.high if interval else None,
        note=_note(cells, kappa, interval),
        confusion=table,
    )


def cohens_kappa(table: Confusion) -> float | None:
    """Cohen's kappa, (po - pe) / (1 - pe): po the share on which both agree, pe the share expected by chance.

    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20,
    37-46. None where there is no cell, or where both readings gave all cells one and the same class (pe is 1).
    """
    counts = np.array(table.counts, np.float64)
    total = counts.sum()
    by_chance = counts.sum(axis=1) @ counts.sum(axis=0)
    if by_chance == total**2:
        return None
    return float((np.trace(counts) * total - by_chance) / (total**2 - by_chance))


def kappa_interval(table: Confusion) -> Interval | None:
    """The 95% interval of Cohen's kappa by its large-sample variance, cut off at -1 and 1.

    Fleiss, J. L., Cohen, J., Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
    Psychological Bulletin 72, 323-327: the variance that does not suppose kappa to be 0, in full. None where kappa is
    not defined, and where that variance is 0 (readings that agree on every cell, or next to no cells).
    """
    kappa = cohens_kappa(table)
    if kappa is None:
        return None
    counts = np.array(table.counts, np.float64)
    total = counts.sum()
    shares = counts / total
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    same, by_chance = np.trace(shares), rows @ columns
    agreeing = np.sum(np.diagonal(shares) * ((1 - by_chance) - (rows + columns) * (1 - same)) ** 2)
    # Row i, column j meet the first reading's share of j and the second's of i.
    crossed = shares * (columns[:, None] + rows[None, :]) ** 2
    differing = (1 - same) ** 2 * (crossed.sum() - np.trace(crossed))
    variance = (agreeing + differing - (same * by_chance - 2 * by_chance + same) ** 2) / (total * (1 - by_chance) ** 4)
    if variance < 1e-12:
        return None
    half = Z_95 * sqrt(variance)
    return Interval(max(-1.0, kappa - half), min(1.0, kappa + half))


def _note(cells: int, kappa: float | None, interval: Interval | None) -> str:
    if cells == 0:
        return "No cell was read twice."
    if kappa is None:
        return "Both readings gave every cell the same class, so kappa is not defined."
    if interval is None:
        return "Kappa has no interval: its variance is zero where all cells agree, or where there are next to none."
    return ""
