"""The true classes of a sample of which some cells were read and the others only answered by a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.statistics.intervals import Z_95
from sperm_viewer.statistics.outcomes import ErrorMatrix, SampleCounts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BETWEEN_LABORATORIES = 1 / 6
"""What a crop of the cross-validation counts for in another laboratory: the largest of 1, 1/2, 1/4, 1/6, 1/8, 1/12 with
which each simulated entry covers 93% (`tests/benchmarks/headline_coverage.py weight --samples 300`: 93.3% or more).
"""

PRIOR = 0.3
"""Added to each count of the error matrix: an error that was never seen isn't impossible."""
ROUNDS = 24
"""States of each chain that the interval of a sample rests on."""

_CHAINS, _BURN_IN, _ASCENTS = 64, 8, 10
_DRAWS_PER_STATE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """S equally likely states of a sample, K true classes.

    `cells` (S, K): cells of each class, read and unread. `unread` (S, L, K): of these, the unread ones of each of the
    L outcomes that have any, whose numbers are `outcomes` (L,). `classes`: the model's, then those that only readers
    gave; `normal`: the number of that class; `is_sperm` (K,). `shares` (D,): draws of normal / all sperm of the man's
    sperm, of which those of the sample are a random part.
    """

    classes: tuple[str, ...]
    normal: int
    is_sperm: npt.NDArray[np.bool_]
    outcomes: Ints
    cells: Ints
    unread: Ints
    shares: Floats

    @property
    def interval(self) -> tuple[float, float, float]:
        """The 2.5%, 50% and 97.5% points of the share, 0 to 1."""
        low, middle, high = np.quantile(self.shares, (0.025, 0.5, 0.975))
        return float(low), float(middle), float(high)

    @property
    def normal_cells(self) -> Ints:
        """(S,)"""
        return np.asarray(self.cells[:, self.normal])

    @property
    def sperm(self) -> Ints:
        """(S,)"""
        return np.asarray(self.cells[:, self.is_sperm].sum(axis=1))

    def if_all_were_read(self) -> tuple[float, float]:
        """The average ends of the Wilson intervals that reading every cell would give, 0 to 1."""
        sperm = np.maximum(self.sperm, 1)
        share, z2 = self.normal_cells / sperm, Z_95**2
        centre = (share + z2 / (2 * sperm)) / (1 + z2 / sperm)
        half = Z_95 * np.sqrt(share * (1 - share) / sperm + z2 / (4 * sperm**2)) / (1 + z2 / sperm)
        return float(np.maximum(centre - half, 0).mean()), float(np.minimum(centre + half, 1).mean())


def sample_posterior(
    matrix: ErrorMatrix,
    counts: SampleCounts,
    *,
    rounds: int = ROUNDS,
    weight: float = BETWEEN_LABORATORIES,
) -> Posterior:
    """The states that explain what a model answered and what readers found, `rounds` from each of 64 chains.

    Partially verified classification: Begg, C. B., Greenes, R. A. (1983). Assessment of diagnostic tests when disease
    verification is subject to selection bias. Biometrics 39, 207-215. Which cells were read may depend on their outcome
    and on nothing else. If none was read it is the Bayesian form of Rogan, W. J., Gladen, B. (1978). Estimating
    prevalence from the results of a screening test. American Journal of Epidemiology 107, 71-76.

    Drawn by Gibbs sampling: the true classes of the unread cells of each outcome (multinomial), the shares of the
    classes, and for each class the probabilities of the outcomes, whose prior is Dirichlet on `weight` times the counts
    of `matrix` plus 0.3. A class that only readers gave has the flat prior alone. The prior of the share of normal
    sperm is uniform, so that the interval of a sample of which all is read is close to Wilson's. The counts seed the
    draws, so the same counts give the same interval.

    Raises ValueError where the counts are of another number of outcomes than the matrix.
    """
    problem = _Problem.of(matrix, counts.verified, weight)
    # One seed for all would push the intervals of all samples the same way.
    seeds = np.concatenate([problem.prior.ravel(), problem.read.ravel(), problem.unread]).astype(np.float64)
    rng = np.random.default_rng(seeds.view(np.uint32))
    outcomes = np.flatnonzero(problem.unread)
    if len(outcomes):
        unread = _gibbs(problem, outcomes, rounds, rng)
    else:
        unread = np.zeros((rounds * _CHAINS, 0, len(problem.read)), np.int64)
    cells = problem.read.sum(axis=1) + unread.sum(axis=1)
    normal = np.repeat(cells[:, problem.normal], _DRAWS_PER_STATE)
    sperm = np.repeat(cells[:, problem.is_sperm].sum(axis=1), _DRAWS_PER_STATE)
    shares = rng.beta(1 + normal, 1 + sperm - normal)
    return Posterior(problem.classes, problem.normal, problem.is_sperm, outcomes, cells, unread, shares)


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """K true classes, M outcomes: `prior` (K, M) of the matrix, `shares` (K,) the prior of the classes, `read` (K, M)
    and `unread` (M,) the cells of the sample.
    """

    classes: tuple[str, ...]
    normal: int
    is_sperm: npt.NDArray[np.bool_]
    prior: Floats
    shares: Floats
    read: Ints
    unread: Ints

    @classmethod
    def of(cls, matrix: ErrorMatrix, counts: SampleCounts, weight: float) -> _Problem:
        known = np.array(matrix.counts, np.float64)
        if len(counts.outcomes) != known.shape[1]:
            raise ValueError(f"{len(counts.outcomes)} outcomes were counted, but the model has {known.shape[1]}")
        classes = (*matrix.classes, *sorted(set(counts.found) - set(matrix.classes)))
        further = np.zeros((len(classes) - len(known), known.shape[1]))
        is_sperm = np.array([name != NON_SPERM for name in classes])
        normal = classes.index(matrix.normal_class)
        others = max(int(is_sperm.sum()) - 1, 1)
        return cls(
            classes=classes,
            normal=normal,
            is_sperm=is_sperm,
            prior=np.concatenate([weight * known, further]) + PRIOR,
            # The sperm that aren't normal weigh as much as one class, however many classes they are.
            shares=np.where(is_sperm & (np.arange(len(classes)) != normal), 1 / others, 1.0),
            read=np.array([[outcome.read.get(name, 0) for outcome in counts.outcomes] for name in classes]),
            unread=np.array([outcome.unread for outcome in counts.outcomes]),
        )


def _gibbs(problem: _Problem, outcomes: Ints, rounds: int, rng: np.random.Generator) -> Ints:
    """The true classes of the unread cells of `outcomes` (L,) in each state: (S, L, K)."""
    unread, known = problem.unread[outcomes], problem.prior + problem.read
    # Outcomes without an unread cell enter through their sum alone.
    rest = known.sum(axis=1) - known[:, outcomes].sum(axis=1)
    known = np.concatenate([known[:, outcomes], np.where(rest > 1e-9, rest, 0)[:, None]], axis=1).T
    prior, read = known[None], problem.read.sum(axis=1)
    size, classes = len(outcomes), len(read)
    rates = _normalised(rng.standard_gamma(prior, (_CHAINS, size + 1, classes)), axis=1)[:, :size]
    shares = np.full((_CHAINS, 1, classes), 1 / classes)
    for _ in range(_ASCENTS):
        expected = unread @ _normalised(shares * rates, axis=2)
        shares = _normalised(problem.shares + read + expected, axis=1)[:, None]
    states = np.empty((rounds, _CHAINS, size, classes), np.int64)
    shape = np.repeat(prior, _CHAINS, axis=0)
    for turn in range(-_BURN_IN, rounds):
        found = rng.multinomial(unread, _normalised(shares * rates, axis=2))
        shares = rng.standard_gamma(problem.shares + read + found.sum(axis=1))[:, None]
        np.add(prior[:, :size], found, out=shape[:, :size])
        rates = _normalised(rng.standard_gamma(shape), axis=1)[:, :size]
        if turn >= 0:
            states[turn] = found
    return states.reshape(-1, size, classes)


def _normalised(values: Floats, axis: int) -> Floats:
    return np.asarray(values / values.sum(axis=axis, keepdims=True))
