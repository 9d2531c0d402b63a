"""The share of normal sperm, corrected for the errors that a model is known to make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.statistics.confusion import Confusion
from sperm_viewer.statistics.intervals import Interval, wilson

Floats = npt.NDArray[np.float64]

ASSUMPTIONS = (
    "The correction holds for slides like those that the model was tested on, and where the cells left to the model "
    "were not picked by what it said of them."
)
_DOES_NOT_FIT = (
    "No corrected share: the model's answers on this slide are further out than its known errors and chance explain, "
    "so the slide is unlike those that the model was tested on."
)
_NO_SPERM = "No corrected share: no sperm was counted."
_TELLS_NOTHING = "No corrected share: on its test crops the model does not tell these classes apart."


@dataclass(frozen=True, slots=True)
class AdjustedProportion:
    """The share of normal sperm in percent of all sperm, with 95% intervals, 0 to 100.

    `percent`, `low`, `high` are corrected, their interval holding chance on the slide and the uncertainty of the
    model's error rates; `plain_percent` and its Wilson interval take each answer of the model as true. Each is None
    where it can't be told, and `caveats` (sentences) say why. `reviewed` sperm have a verdict, `unreviewed` cells only
    a prediction.
    """

    percent: float | None
    low: float | None
    high: float | None
    plain_percent: float | None
    plain_low: float | None
    plain_high: float | None
    reviewed: int
    unreviewed: int
    caveats: tuple[str, ...]


def adjusted_proportion(
    known: Confusion,
    normal: str,
    unreviewed: Mapping[str, int],
    reviewed: Mapping[str, int],
    *,
    draws: int = 20_000,
) -> AdjustedProportion:
    """The corrected share of `normal` among sperm, from what the model said and what people said.

    `known`: true class in rows, predicted in columns, from cross-validation, of crops that were not referred (those
    that are referred here are not in `unreviewed` either). `unreviewed`: cells that only the model classified, by
    predicted class. `reviewed`: cells with a verdict, by that. Non-sperm are no part of the share.

    Estimate: the true shares t behind the predicted shares q solve q = t R, R being `known` with rows adding up to 1;
    for two classes that is Rogan, W. J., Gladen, B. (1978). Estimating prevalence from the results of a screening
    test. American Journal of Epidemiology 107, 71-76. Cut off at 0 and 1.

    Interval: R and q are drawn `draws` times from Dirichlet distributions of their counts, and the equation is solved
    anew each time without forcing shares to be positive; the 2.5% and 97.5% points are cut off at 0 and 1, and widened
    to the estimate where they miss it. Monte Carlo propagation of classifier error as in Fox, M. P., Lash, T. L.,
    Greenland, S. (2005). A method to automate probabilistic sensitivity analyses of misclassified binary variables.
    International Journal of Epidemiology 34, 1370-1376. To the counts of each distribution of m outcomes 1 / m is
    added (Perks 1947; for two outcomes, Jeffreys' prior). The counts seed the draws, so the same counts give the same
    interval. Coverage by simulation: `tests/benchmarks/coverage.py`.

    Raises ValueError where `normal` or a predicted class is not in `known`, and where a class of `known` has no crop.
    """
    problem = _Counts.of(known, normal, unreviewed, reviewed)
    estimate, interval, why = _corrected(problem, draws)
    plain_normal, plain_sperm = problem.plain()
    plain = wilson(plain_normal, plain_sperm)
    return AdjustedProportion(
        percent=None if estimate is None else 100 * estimate,
        low=100 * interval.low if interval else None,
        high=100 * interval.high if interval else None,
        plain_percent=100 * plain_normal / plain_sperm if plain_sperm else None,
        plain_low=100 * plain.low if plain else None,
        plain_high=100 * plain.high if plain else None,
        reviewed=sum(problem.reviewed),
        unreviewed=int(problem.predicted.sum()),
        caveats=(why, ASSUMPTIONS) if why else (ASSUMPTIONS,),
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """What the correction works on, K classes: `known` (K, K) and `predicted` (K,), both counts; `is_sperm` (K,);
    `normal`, the number of that class; `reviewed`, sperm with a verdict: normal ones, others.
    """

    known: Floats
    predicted: Floats
    is_sperm: npt.NDArray[np.bool_]
    normal: int
    reviewed: tuple[int, int]

    @classmethod
    def of(cls, known: Confusion, normal: str, unreviewed: Mapping[str, int], reviewed: Mapping[str, int]) -> _Counts:
        unknown = sorted({normal, *unreviewed} - set(known.classes))
        if unknown:
            raise ValueError(f"the confusion matrix does not know {', '.join(unknown)}")
        matrix = np.array(known.counts, np.float64)
        if not matrix.sum(axis=1).all():
            raise ValueError("the confusion matrix has a class without a crop")
        others = sum(count for name, count in reviewed.items() if name not in (normal, NON_SPERM))
        return cls(
            known=matrix,
            predicted=np.array([unreviewed.get(name, 0) for name in known.classes], np.float64),
            is_sperm=np.array([name != NON_SPERM for name in known.classes]),
            normal=known.classes.index(normal),
            reviewed=(reviewed.get(normal, 0), others),
        )

    def plain(self) -> tuple[int, int]:
        """Normal sperm and all sperm, each answer of the model taken as true."""
        normal, others = self.reviewed
        return (
            normal + int(self.predicted[self.normal]),
            normal + others + int(self.predicted[self.is_sperm].sum()),
        )

    def shares(self, rates: Floats, predicted: Floats, reviewed: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Normal over all sperm for each of N sets of rates (N, K, K), predicted (N, K) and reviewed (N, 2) shares, and
        whether each can be told: the rates tell the classes apart, and there is sperm.
        """
        apart = np.linalg.det(rates) > 1e-9
        safe = np.where(apart[:, None, None], rates, np.eye(len(self.known)))
        true = np.linalg.solve(safe.transpose(0, 2, 1), predicted[..., None])[..., 0]
        normal = true[:, self.normal] + reviewed[:, 0]
        sperm = true[:, self.is_sperm].sum(axis=1) + reviewed.sum(axis=1)
        told = apart & (sperm > 1e-9)
        return normal / np.where(told, sperm, 1.0), told


def _corrected(counts: _Counts, draws: int) -> tuple[float | None, Interval | None, str]:
    """Estimate and 95% interval as shares, and why there is none."""
    if counts.plain()[1] == 0:
        return None, None, _NO_SPERM
    rates = counts.known / counts.known.sum(axis=1, keepdims=True)
    reviewed = np.array([counts.reviewed], np.float64)
    (found,), (told,) = counts.shares(rates[None], counts.predicted[None], reviewed)
    if not told:
        return None, None, _TELLS_NOTHING
    drawn, can_tell = counts.shares(*_draw(counts, draws))
    # A draw that tells nothing allows any share: it counts at both ends.
    low = float(np.quantile(np.where(can_tell, drawn, -np.inf), 0.025, method="inverted_cdf"))
    high = float(np.quantile(np.where(can_tell, drawn, np.inf), 0.975, method="inverted_cdf"))
    if high <= 0 or low >= 1:
        return None, None, _DOES_NOT_FIT
    estimate = min(max(float(found), 0.0), 1.0)
    return estimate, Interval(max(0.0, min(low, estimate)), min(1.0, max(high, estimate))), ""


def _draw(counts: _Counts, draws: int) -> tuple[Floats, Floats, Floats]:
    """Rates (N, K, K), and shares of the slide: predicted (N, K) and reviewed (N, 2); zeros where there are no such
    cells.
    """
    classes = len(counts.known)
    cells = np.concatenate([counts.predicted, counts.reviewed])
    # Seeded by the counts: one seed for all would push the intervals of all slides the same way.
    rng = np.random.default_rng(np.concatenate([counts.known.ravel(), cells]).view(np.uint32))
    rates = rng.standard_gamma(counts.known + 1 / classes, (draws, classes, classes))
    present = np.repeat([counts.predicted.any(), any(counts.reviewed)], [classes, 2])
    slide = rng.standard_gamma(np.where(present, cells + 1 / present.sum(), 0.0), (draws, classes + 2))
    # Shares of the slide cancel out of the ratio, so they need not be brought to a sum of 1.
    return rates / rates.sum(axis=2, keepdims=True), slide[:, :classes], slide[:, classes:]
