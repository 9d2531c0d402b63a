"""Which cells of a sample to read next, and when more reading is no longer worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sperm_viewer.statistics.headline import WIDEST, printed_share
from sperm_viewer.statistics.outcomes import ErrorMatrix, SampleCounts
from sperm_viewer.statistics.partial_verification import Floats, Posterior, sample_posterior

MOST_READ = 40
"""Cells that the plan asks for at most, unless the headline would still be withheld for its width."""

ENOUGH_GAIN = 0.1
"""The plan ends when reading all the rest would narrow the interval by less than this share of the counting error."""

STEP = 5
"""Cells that are read before the plan is worked out again; the last of them is an audit cell."""

_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class NextCell:
    """A cell to read: any of the unread ones with this outcome, picked at random. `audit`: to check the matrix."""

    outcome: int
    audit: bool


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """`low`, `estimate`, `high`: normal / all sperm now, 0 to 1, its 95% interval as `headline` gives it but for the
    number of draws. `if_all_read`: the limits that reading all is expected to give.

    `order`: the outcomes with unread cells, those first of which a cell narrows the interval most, and `gains`, by how
    much one cell is expected to reduce the variance of the share, as a share of it. `next_cells`: what to read before
    the plan is worked out again, empty if `enough` was read.
    """

    low: float
    estimate: float
    high: float
    if_all_read: tuple[float, float]
    read: int
    unread: int
    sperm: int
    order: tuple[int, ...]
    gains: tuple[float, ...]
    next_cells: tuple[NextCell, ...]
    enough: bool

    @property
    def words(self) -> str:
        """Such as `37 read, 163 left to the model: 2% to 7%; reading all is expected to give about 2% to 7%`."""
        now = printed_share(self.estimate, self.low, self.high, self.sperm)
        every = printed_share(self.estimate, *self.if_all_read, self.sperm)
        places = now.decimals
        return (
            f"{self.read:,} read, {self.unread:,} left to the model: {now.low:.{places}f}% to {now.high:.{places}f}%; "
            f"reading all is expected to give about {every.low:.{places}f}% to {every.high:.{places}f}%"
        )


def reading_plan(matrix: ErrorMatrix, counts: SampleCounts) -> ReadingPlan:
    """What to read next of a sample, from what was read so far.

    The gain of a cell is the expected reduction of the variance of the share: with w_k the chance that a random unread
    cell of the outcome is of class k, sum over k of Cov(share, w_k)^2 / E(w_k), over the states of the posterior. The
    counts seed the draws. Enough is read if reading all the rest would narrow the interval by less than a tenth of the
    width that counting alone gives it, or if 40 cells are read and that narrows it enough to print it.
    """
    verified = counts.verified
    posterior = sample_posterior(matrix, verified, rounds=_ROUNDS)
    low, estimate, high = posterior.interval
    least, most = posterior.if_all_were_read()
    gains = _gains(posterior, verified)
    ranked = np.argsort(-gains, kind="stable")
    order = [int(outcome) for outcome in posterior.outcomes[ranked]]
    read = verified.cells - verified.unread
    allowed = WIDEST if read >= MOST_READ else 1 + ENOUGH_GAIN
    enough = verified.unread == 0 or high - low < allowed * (most - least)
    steps = 0 if enough else min(STEP, MOST_READ - read) if read < MOST_READ else STEP
    return ReadingPlan(
        low=low,
        estimate=estimate,
        high=high,
        if_all_read=(least, most),
        read=read,
        unread=verified.unread,
        sperm=round(float(posterior.sperm.mean())),
        order=tuple(order),
        gains=tuple(float(gain) for gain in gains[ranked]),
        next_cells=_next_cells(order, [outcome.unread for outcome in counts.outcomes], matrix.referred, steps),
        enough=enough,
    )


def _gains(posterior: Posterior, counts: SampleCounts) -> Floats:
    """(L,), each 0 to 1."""
    # What the share would be expected to be if the state were known: less noisy than the draws of the share.
    share = (1 + posterior.normal_cells) / (2 + posterior.sperm)
    unread = np.array([counts.outcomes[outcome].unread for outcome in posterior.outcomes.tolist()])
    chances = posterior.unread / np.where(unread, unread, 1)[:, None]
    covariances = np.einsum("s,slk->lk", share - share.mean(), chances) / len(share)
    reduced = (covariances**2 / np.maximum(chances.mean(axis=0), 1e-9)).sum(axis=1)
    return np.asarray(reduced / max(float(posterior.shares.var()), 1e-12))


def _next_cells(
    order: Sequence[int], unread: Sequence[int], referred: tuple[int, int], steps: int
) -> tuple[NextCell, ...]:
    """The best cells, and for the last an audit cell: any cell that the model is sure of, each as likely as another."""
    left = list(unread)
    chosen: list[NextCell] = []
    for outcome in order:
        while left[outcome] and len(chosen) < steps - 1:
            left[outcome] -= 1
            chosen.append(NextCell(outcome, audit=False))
    sure = np.array([0 if number in referred else count for number, count in enumerate(left)])
    if steps and sure.sum():
        rng = np.random.default_rng([*unread, steps])
        chosen.append(NextCell(int(rng.choice(len(sure), p=sure / sure.sum())), audit=True))
    elif steps and any(left):
        chosen.append(NextCell(next(outcome for outcome in order if left[outcome]), audit=False))
    return tuple(chosen)
