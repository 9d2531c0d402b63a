"""What a system gets right on images it has not seen: every figure of a card, worked out from predictions.

The metrics are scikit-learn's; what it has not (calibration error, risk and coverage, the exact McNemar test) says
where its formula is from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, norm
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from sperm_viewer.statistics.intervals import wilson
from sperm_viewer.training.calibrate import cross_calibrate
from sperm_viewer.training.predictions import Predictions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BINS = 15
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of one class, pooled over repeats; `support` counts predictions, an image once a repeat."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one system. `confusion` has a row a true class and a column a predicted one.

    `interval` is the 95% bootstrap interval of the pooled macro-F1, groups being drawn, not images. ECE,
    Brier score, AURC and what follows are of probabilities calibrated by the other folds, `ece_raw` of those that were
    not; `ece_corrected` is the ECE less what chance alone puts into it. `coverage_95` is the share of images, the
    surest first, that can be kept at 95% accuracy; `kept` the share that the refer threshold chosen on the other folds
    does keep, `kept_accuracy` how many of those are right, and `kept_low` the lower end of that share's 95% score
    interval.
    """

    images: int
    repeats: int
    accuracy: float
    macro_f1: float
    macro_f1_mean: float
    macro_f1_sd: float
    interval: tuple[float, float]
    kappa: float
    mcc: float
    ece_raw: float
    ece: float
    ece_corrected: float
    brier: float
    aurc: float
    coverage_95: float
    coverage_97: float
    kept: float
    kept_accuracy: float
    kept_low: float
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]


def compute_metrics(predictions: Predictions) -> Figures:
    """Every figure of a system from its predictions, pooled over repeats unless its name says otherwise."""
    labels = predictions.labels
    calibrated = cross_calibrate(predictions)
    probabilities = calibrated.probabilities
    said = probabilities.argmax(axis=1)
    numbers = list(range(len(predictions.classes)))
    a_repeat = [
        _macro_f1(labels[inside], said[inside], len(numbers))
        for repeat in np.unique(predictions.repeats)
        for inside in (predictions.repeats == repeat,)
    ]
    precision, recall, f1, support = precision_recall_fscore_support(labels, said, labels=numbers, zero_division=0)
    coverage, risk = risk_coverage(labels, probabilities)
    return Figures(
        images=len(set(predictions.paths)),
        repeats=len(a_repeat),
        accuracy=float(accuracy_score(labels, said)),
        macro_f1=_macro_f1(labels, said, len(numbers)),
        macro_f1_mean=float(np.mean(a_repeat)),
        macro_f1_sd=float(np.std(a_repeat, ddof=1)) if len(a_repeat) > 1 else 0.0,
        interval=bootstrap_interval(labels, said, predictions.groups, len(numbers)),
        kappa=float(cohen_kappa_score(labels, said)),
        mcc=float(matthews_corrcoef(labels, said)),
        ece_raw=calibration_error(labels, predictions.probabilities()),
        ece=calibration_error(labels, probabilities),
        ece_corrected=corrected_calibration_error(labels, probabilities),
        brier=float(np.mean(((probabilities - np.eye(len(numbers))[labels]) ** 2).sum(axis=1))),
        aurc=float(np.mean(risk)),
        coverage_95=_kept_at(coverage, risk, 0.95),
        coverage_97=_kept_at(coverage, risk, 0.97),
        kept=float(calibrated.kept.mean()),
        kept_accuracy=float((said == labels)[calibrated.kept].mean()) if calibrated.kept.any() else 0.0,
        kept_low=_lower_bound((said == labels)[calibrated.kept]),
        classes=tuple(
            ClassFigures(name, float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
            for i, name in enumerate(predictions.classes)
        ),
        confusion=tuple(
            tuple(int(n) for n in row) for row in np.asarray(confusion_matrix(labels, said, labels=numbers))
        ),
    )


def bootstrap_interval(labels: Ints, said: Ints, groups: tuple[str, ...], classes: int) -> tuple[float, float]:
    """The 95% percentile interval of macro-F1 over 2,000 resamples of whole groups (the same every time)."""
    rng = np.random.default_rng(0)
    names, of_image = np.unique(np.array(groups), return_inverse=True)
    # A group's images enter together, so each resample is a sum of the groups' confusion matrices.
    matrices = np.zeros((len(names), classes, classes))
    np.add.at(matrices, (of_image, labels, said), 1)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=_RESAMPLES)
    drawn = np.tensordot(draws, matrices, axes=1)
    right = np.diagonal(drawn, axis1=1, axis2=2)
    total = drawn.sum(axis=1) + drawn.sum(axis=2)
    scores = np.divide(2 * right, total, out=np.zeros_like(right), where=total > 0).mean(axis=1)
    low, high = np.percentile(scores, [2.5, 97.5])
    return float(low), float(high)


def calibration_error(labels: Ints, probabilities: Floats) -> float:
    """Expected calibration error with 15 bins of equal width (Guo et al. 2017, arXiv:1706.04599)."""
    return float(sum(share * abs(gap) for share, gap, _ in _bins(labels, probabilities)))


def corrected_calibration_error(labels: Ints, probabilities: Floats) -> float:
    """The same without what chance puts into it, 0 at least.

    A bin's accuracy scatters around its expectation, which makes the mean absolute gap too large; by how much follows
    from the normal approximation (Kumar et al. 2019, arXiv:1909.10155, section 5, here for absolute gaps, whose
    expectation is that of a folded normal distribution).
    """
    total = 0.0
    for share, gap, spread in _bins(labels, probabilities):
        expected = abs(gap)
        if spread > 0:
            away = gap / spread
            expected = spread * np.sqrt(2 / np.pi) * np.exp(-(away**2) / 2) + gap * (1 - 2 * norm.cdf(-away))
        total += share * (2 * abs(gap) - expected)
    return float(max(total, 0.0))


def _bins(labels: Ints, probabilities: Floats) -> list[tuple[float, float, float]]:
    """Of each bin that isn't empty: share of images, accuracy less mean confidence, standard error of the accuracy."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    found = []
    for number in np.unique(bins):
        inside = bins == number
        accuracy = float(right[inside].mean())
        spread = float(np.sqrt(accuracy * (1 - accuracy) / inside.sum()))
        found.append((float(inside.mean()), accuracy - float(confidence[inside].mean()), spread))
    return found


def _lower_bound(right: npt.NDArray[np.bool_]) -> float:
    """0 where there is nothing to be right about."""
    found = wilson(int(right.sum()), len(right))
    return found.low if found else 0.0


def risk_coverage(labels: Ints, probabilities: Floats) -> tuple[Floats, Floats]:
    """Share of images kept, surest first, and the share of errors among them (Geifman and El-Yaniv 2017)."""
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    wrong = (probabilities.argmax(axis=1) != labels)[order]
    kept = np.arange(1, len(labels) + 1)
    return kept / len(labels), np.cumsum(wrong) / kept


def mcnemar(one: Predictions, other: Predictions) -> tuple[int, int, float]:
    """Images that only the first system gets right, that only the other does, and the exact two-sided p (McNemar 1947).

    Both must have predicted the same images in the same repeats and folds. Raises ValueError otherwise.
    """
    if not on_same_folds(one, other):
        raise ValueError("the two systems did not predict the same images on the same folds")
    first, second = (p.logits.argmax(axis=1) == p.labels for p in (one, other))
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differing = only_first + only_second
    return only_first, only_second, float(binomtest(only_first, differing).pvalue) if differing else 1.0


def chosen_by_other_folds(systems: Sequence[Predictions]) -> float:
    """Pooled macro-F1 where each fold is predicted by the system that was best on the other folds of its repeat.

    What choosing among the systems is worth when no fold takes part in the choice that is made for it. All systems must
    have predicted the same images on the same folds.
    """
    first = systems[0]
    classes = len(first.classes)
    said = np.zeros_like(first.labels)
    for repeat, fold in sorted(set(zip(first.repeats.tolist(), first.folds.tolist(), strict=True))):
        here = (first.repeats == repeat) & (first.folds == fold)
        others = (first.repeats == repeat) & (first.folds != fold)
        answers = [system.logits.argmax(axis=1) for system in systems]
        best = max(answers, key=lambda answer: _macro_f1(first.labels[others], answer[others], classes))
        said[here] = best[here]
    return _macro_f1(first.labels, said, classes)


def on_same_folds(one: Predictions, other: Predictions) -> bool:
    return one.paths == other.paths and all(
        np.array_equal(a, b) for a, b in ((one.repeats, other.repeats), (one.folds, other.folds))
    )


def _macro_f1(labels: Ints, said: Ints, classes: int) -> float:
    return float(f1_score(labels, said, average="macro", labels=list(range(classes)), zero_division=0))


def _kept_at(coverage: Floats, risk: Floats, accuracy: float) -> float:
    enough = coverage[risk <= 1 - accuracy + 1e-12]
    return float(enough.max()) if len(enough) else 0.0
