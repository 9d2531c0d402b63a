"""Whether a model's error matrix holds in a laboratory: a sequential test on the audit cells of all its samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sperm_viewer.statistics.outcomes import ErrorMatrix, SampleCounts
from sperm_viewer.statistics.partial_verification import (
    BETWEEN_LABORATORIES,
    PRIOR,
    Floats,
    sample_posterior,
)

OVERALL_ERROR = 0.01
"""The chance that the test ever rings, however often it is looked at, where the matrix holds."""

POWER = 0.8
"""A shift counts as one that the test could have detected by now if it would have rung with this probability."""

_GRID = 200


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """The audit cells of a sample that the model answered with the class `answer`. `expected` (K,): the chance of each
    class of the model, in its order, as estimated with all audit cells of the sample unread, on average over the cells;
    `found` (K,): how many of each class readers found. Cells of a class that the model doesn't know are left out.
    """

    sample: str
    answer: str
    expected: tuple[float, ...]
    found: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """Cells of the class `true` that the model answers as `answer`, without referring them, as shares of that class.

    `expected`: by the error matrix; `detectable`: the smallest share that the test would have noticed by now with a
    probability of 0.8, None if no share; `evidence`: how much better a shift explains the audit cells than the matrix.
    `seen` of the `audited` cells with this answer were of this class, `predicted` by the matrix.
    """

    true: str
    answer: str
    expected: float
    detectable: float | None
    evidence: float
    audited: int
    seen: int
    predicted: float

    @property
    def words(self) -> str:
        """What the test could have noticed by now, in a sentence."""
        known = f"{self.expected:.0%} by the model's error matrix"
        said = f"{self.true} cells that are answered {self.answer} with confidence ({known})"
        if self.detectable is None:
            return f"The {self.audited:,} audit cells so far could not have noticed any share of {said}."
        return (
            f"The {self.audited:,} audit cells so far would have noticed, in four of five cases, a share of "
            f"{self.detectable:.0%} or more of {said}."
        )


@dataclass(frozen=True, slots=True)
class AuditTest:
    """`evidence` is the weighted average of the shifts'; the test rings from 1 / 0.01 on, and once rung it stays so:
    `rings` is whether it ever has, in the order of the samples.
    """

    cells: int
    evidence: float
    rings: bool
    shifts: tuple[Shift, ...]

    def shift(self, true: str, answer: str) -> Shift:
        """Raises KeyError for a pair that isn't there."""
        for found in self.shifts:
            if (found.true, found.answer) == (true, answer):
                return found
        raise KeyError((true, answer))


def audit_records(sample: str, matrix: ErrorMatrix, counts: SampleCounts) -> list[AuditRecord]:
    """What the audit cells of a sample say of the matrix: one record for each answer that has any, none if none has."""
    audited = np.array([[outcome.audited.get(name, 0) for name in matrix.classes] for outcome in counts.outcomes])
    if not audited.any():
        return []
    posterior = sample_posterior(matrix, counts.without_audit)
    chances = np.zeros(audited.shape)
    unread = posterior.unread.mean(axis=0)[:, : len(matrix.classes)]
    chances[posterior.outcomes] = unread / np.maximum(unread.sum(axis=1, keepdims=True), 1e-12)
    records = []
    for answer in matrix.classes:
        found = audited[matrix.answered(answer)]
        if found.any():
            expected = found.sum(axis=1) @ chances[matrix.answered(answer)] / found.sum()
            records.append(AuditRecord(sample, answer, tuple(map(float, expected)), tuple(map(int, found.sum(axis=0)))))
    return records


def audit_test(matrix: ErrorMatrix, records: Sequence[AuditRecord]) -> AuditTest:
    """Tests the matrix on the records of all samples of a laboratory, in the order in which they were read.

    For each class and each wrong answer: if that error is more or less frequent here than in the matrix, by a factor,
    the odds that a cell with the answer is of the class change by that factor. The test compares two priors of the
    error's frequency: that of the headline (Dirichlet on the matrix, down-weighted for differences between
    laboratories), and an even one. The ratio of the two likelihoods is a martingale if the first holds, and so is an
    average over the errors, of which those that hide normal sperm have half of the weight; by Ville's inequality it
    ever exceeds 1 / a with a probability of at most a. Shafer, G. (2021). Testing by betting. Journal of the Royal
    Statistical Society A 184, 407-431.
    """
    pairs = [(true, answer) for true in matrix.classes for answer in matrix.classes if true != answer]
    errors = [_Error.of(matrix, records, true, answer) for true, answer in pairs]
    hiding = np.array([true == matrix.normal_class for true, _ in pairs])
    weights = 0.5 * np.where(hiding, 1 / hiding.sum(), 1 / (~hiding).sum())
    bar = 1 / OVERALL_ERROR
    paths = [error.evidence_path() for error in errors]
    path = weights @ np.array(paths)
    shifts = tuple(
        Shift(
            true=error.true,
            answer=error.answer,
            expected=error.mean,
            detectable=error.detectable(bar / weight),
            evidence=float(own[-1]),
            audited=int(error.audited.sum()),
            seen=int(error.seen.sum()),
            predicted=float((error.audited * error.chances).sum()),
        )
        for error, own, weight in zip(errors, paths, weights.tolist(), strict=True)
    )
    cells = sum(sum(record.found) for record in records)
    return AuditTest(cells, float(path[-1]), bool((path >= bar).any()), shifts)


@dataclass(frozen=True, slots=True, eq=False)
class _Error:
    """Class `true` answered as `answer`, with R records of that answer and of others: `audited` (R,) cells with it, of
    which `seen` (R,) are of the class and each was with the probability `chances` (R,). `mean` is the error's frequency
    by the matrix; `frequencies` (G,) are others, each by `factors` (G,) as large as that, and `prior` (G,) how
    likely each is if the matrix holds, `even` (G,) how wide a part of 0 to 1 each is for.
    """

    true: str
    answer: str
    mean: float
    audited: Floats
    seen: Floats
    chances: Floats
    frequencies: Floats
    factors: Floats
    prior: Floats
    even: Floats

    @classmethod
    def of(cls, matrix: ErrorMatrix, records: Sequence[AuditRecord], true: str, answer: str) -> _Error:
        row, columns = matrix.classes.index(true), matrix.answered(answer)
        weighted = BETWEEN_LABORATORIES * np.array(matrix.counts[row]) + PRIOR
        inside = float(weighted[columns.start : columns.stop].sum())
        outside = float(weighted.sum()) - inside
        mean = inside / (inside + outside)
        # Finer towards 0, where most errors are.
        frequencies = ((np.arange(_GRID) + 0.5) / _GRID) ** 3
        width = np.diff((np.arange(_GRID + 1) / _GRID) ** 3)
        log_prior = (inside - 1) * np.log(frequencies) + (outside - 1) * np.log1p(-frequencies) + np.log(width)
        prior = np.exp(log_prior - log_prior.max())
        here = [record if record.answer == answer else None for record in records]
        return cls(
            true=true,
            answer=answer,
            mean=mean,
            audited=np.array([sum(record.found) if record else 0 for record in here], np.float64),
            seen=np.array([record.found[row] if record else 0 for record in here], np.float64),
            chances=np.array([record.expected[row] if record else 0 for record in here], np.float64),
            frequencies=frequencies,
            factors=frequencies / mean,
            prior=prior / prior.sum(),
            even=width,
        )

    def evidence_path(self) -> Floats:
        """After no record, after the first, and so on: (R + 1,)."""
        steps = self.seen[:, None] * np.log(self.factors) - self.audited[:, None] * self._log_total()
        path = np.concatenate([np.zeros((1, len(self.factors))), np.cumsum(steps, axis=0)])
        return self._evidence(path)

    def detectable(self, bar: float) -> float | None:
        """The lowest frequency above the matrix's that gives an evidence of `bar` with a probability of `POWER`."""
        totals = (self.audited[:, None] * self._log_total()).sum(axis=0)
        needed = np.arange(int(self.audited.sum()) + 1)
        enough = np.flatnonzero(
            (self._evidence(needed[:, None] * np.log(self.factors) - totals) >= bar)
            & (needed > (self.audited * self.chances).sum())
        )
        if not len(enough):
            return None
        shifted = self.factors * self.chances[:, None] / np.exp(self._log_total())
        # Poisson, which spreads more than the binomial, so that the power is rather understated.
        expected = (self.audited[:, None] * shifted).sum(axis=0)
        missed = term = np.exp(-expected)
        for count in range(1, int(enough[0])):
            term = term * expected / count
            missed = missed + term
        noticed = np.flatnonzero((1 - missed >= POWER) & (self.frequencies > self.mean))
        return float(self.frequencies[noticed[0]]) if len(noticed) else None

    def _log_total(self) -> Floats:
        """What the factors make of the sum of the chances, which was 1: (R, G)."""
        return np.asarray(np.log1p(self.chances[:, None] * (self.factors - 1)))

    def _evidence(self, log_likelihood: Floats) -> Floats:
        """Of log-likelihoods (N, G) by frequency: the even prior's average over that of the matrix's prior, (N,)."""
        highest = log_likelihood.max(axis=1, keepdims=True)
        likelihood = np.exp(log_likelihood - highest)
        return np.asarray((likelihood @ self.even) / np.maximum(likelihood @ self.prior, 1e-300))
