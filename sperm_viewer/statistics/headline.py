"""The headline of a sample: what share of its sperm is normal, with a 95% interval, or why it is withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.statistics.intervals import wilson
from sperm_viewer.statistics.outcomes import ErrorMatrix, SampleCounts
from sperm_viewer.statistics.partial_verification import Posterior, sample_posterior
from sperm_viewer.statistics.percentages import ENOUGH_SPERM

FEWEST_SPERM = 30
WIDEST = 2.0
"""A headline is withheld if unread cells widen its interval to more than this times what reading all would give."""

_MOSTLY = 0.5
_EDGE = 1e-9
"""Rounding outwards must not move a limit that is whole but for the last bits."""


@dataclass(frozen=True, slots=True)
class Headline:
    """Normal / all sperm of a sample as a proportion, `estimate` from `low` to `high` (95%); None if withheld.

    `withheld` says why, in sentences; it is empty for a headline that may be printed. `cells` have an outcome of the
    model, `read` of them count as read and `unread` go through its error matrix; `sperm` of all are sperm, estimated to
    the nearest whole one. The plain counts: of the cells that count as read `read_sperm` are sperm, `read_normal` of
    them normal; of the unread ones the model answered `called_normal` with the normal class. `if_all_read` are the
    limits that reading every cell is expected to give, None if all are read.
    """

    estimate: float | None
    low: float | None
    high: float | None
    withheld: tuple[str, ...]
    cells: int
    read: int
    unread: int
    sperm: int
    read_sperm: int
    read_normal: int
    called_normal: int
    if_all_read: tuple[float, float] | None

    @property
    def printed(self) -> PrintedShare | None:
        """As it may be printed; None if it is withheld."""
        if self.estimate is None or self.low is None or self.high is None:
            return None
        return printed_share(self.estimate, self.low, self.high, self.sperm)


@dataclass(frozen=True, slots=True)
class PrintedShare:
    """Percent, 0 to 100: whole ones below 200 sperm, else with one decimal; the limits are rounded outwards."""

    percent: float
    low: float
    high: float
    decimals: int

    @property
    def words(self) -> str:
        """Such as `4% (2% to 7%)`."""
        percent, low, high = (f"{value:.{self.decimals}f}%" for value in (self.percent, self.low, self.high))
        return f"{percent} ({low} to {high})"


def printed_share(estimate: float, low: float, high: float, sperm: int) -> PrintedShare:
    """The proportions `low` <= `estimate` <= `high` of `sperm` sperm as they are printed."""
    decimals = 0 if sperm < ENOUGH_SPERM else 1
    steps = 10**decimals
    return PrintedShare(
        percent=floor(100 * steps * estimate + 0.5) / steps,
        low=max(floor(100 * steps * low + _EDGE), 0) / steps,
        high=min(ceil(100 * steps * high - _EDGE), 100 * steps) / steps,
        decimals=decimals,
    )


def headline(
    matrix: ErrorMatrix,
    counts: SampleCounts,
    *,
    apart: str = "",
    doubt: str = "",
) -> Headline:
    """The headline of one sample; nothing is ever pooled over samples.

    If every cell was read singly it is the readers' count with a Wilson interval; else the estimate of
    `sample_posterior`: its median, with its 2.5% and 97.5% points. `apart` says why the slides of the sample may not be
    counted together, `doubt` why the error matrix can't be relied on in this laboratory (`audit_test`); each is empty
    if there is no reason.
    """
    if counts.unread == 0:
        return readers_headline(matrix.normal_class, counts.found, apart=apart)
    verified = counts.verified
    posterior = sample_posterior(matrix, verified)
    low, estimate, high = posterior.interval
    sperm, if_all_read = round(float(posterior.sperm.mean())), posterior.if_all_were_read()
    reasons = [
        *_always(sperm, apart),
        *_where_unread(counts, matrix, doubt),
        *_too_wide(posterior),
    ]
    return Headline(
        estimate=None if reasons else estimate,
        low=None if reasons else low,
        high=None if reasons else high,
        withheld=tuple(reasons),
        cells=counts.cells,
        read=counts.cells - verified.unread,
        unread=verified.unread,
        sperm=sperm,
        read_sperm=_sperm_in(verified.found),
        read_normal=verified.found.get(matrix.normal_class, 0),
        called_normal=sum(verified.outcomes[number].unread for number in matrix.answered(matrix.normal_class)),
        if_all_read=if_all_read,
    )


def readers_headline(normal_class: str, found: Mapping[str, int], *, apart: str = "") -> Headline:
    """The headline of a sample whose every cell was read: the readers' count, cells by class in `found`, after Wilson.

    It needs nothing that is known of the model.
    """
    cells, normal, sperm = sum(found.values()), found.get(normal_class, 0), _sperm_in(found)
    reasons = _always(sperm, apart)
    interval = None if reasons else wilson(normal, sperm)
    return Headline(
        estimate=normal / sperm if interval else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        withheld=tuple(reasons),
        cells=cells,
        read=cells,
        unread=0,
        sperm=sperm,
        read_sperm=sperm,
        read_normal=normal,
        called_normal=0,
        if_all_read=None,
    )


def _sperm_in(found: Mapping[str, int]) -> int:
    return sum(found.values()) - found.get(NON_SPERM, 0)


def _always(sperm: int, apart: str) -> list[str]:
    reasons = [apart] if apart else []
    if sperm < FEWEST_SPERM:
        reasons.append(f"Only {sperm} sperm were counted; a headline needs at least {FEWEST_SPERM}.")
    return reasons


def _where_unread(counts: SampleCounts, matrix: ErrorMatrix, doubt: str) -> list[str]:
    reasons = []
    unfamiliar = counts.outcomes[matrix.referred[1]].cells
    if unfamiliar > _MOSTLY * counts.cells:
        reasons.append(
            f"{unfamiliar:,} of {counts.cells:,} cells are out of distribution for the model, so its answers on the "
            "unread cells may be wrong. Read all cells."
        )
    if doubt:
        reasons.append(doubt)
    return reasons


def _too_wide(posterior: Posterior) -> list[str]:
    low, _, high = posterior.interval
    least, most = posterior.if_all_were_read()
    if high - low <= WIDEST * (most - least):
        return []
    return [
        f"The unread cells widen the interval to {(high - low) / (most - least):.1f} times what reading all cells "
        "would give. Read more cells, in the order of the reading plan."
    ]
