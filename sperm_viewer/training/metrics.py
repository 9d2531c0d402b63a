"""What a system gets right on images it has not seen: every figure of a card, worked out from predictions.

The metrics are scikit-learn's; what it has not says where its formula is from.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from sperm_viewer.training.calibrate import cross_calibrate
from sperm_viewer.training.calibration_error import CalibrationError, calibration_error, calibration_error_by_group
from sperm_viewer.training.kept import Kept, kept_crops
from sperm_viewer.training.predictions import Predictions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

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
    not. `coverage_95` is the share of images, the surest first, that can be kept at 95% accuracy; `kept` is what the
    refer threshold chosen on the other folds does keep.
    """

    images: int
    groups: int
    repeats: int
    accuracy: float
    macro_f1: float
    macro_f1_mean: float
    macro_f1_sd: float
    interval: tuple[float, float]
    kappa: float
    mcc: float
    ece_raw: float
    ece: CalibrationError
    brier: float
    aurc: float
    coverage_95: float
    coverage_97: float
    kept: Kept
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]


def compute_metrics(predictions: Predictions, out_of_distribution: Collection[str] | None) -> Figures:
    """Every figure of a system from its predictions, pooled over repeats unless its name says otherwise.

    `out_of_distribution` are the names of the crops that are referred as such, None where that was not measured.
    """
    labels = predictions.labels
    calibrated = cross_calibrate(predictions)
    probabilities = calibrated.probabilities
    said = probabilities.argmax(axis=1)
    numbers = list(range(len(predictions.classes)))
    a_repeat = [
        macro_f1(labels[inside], said[inside], len(numbers))
        for repeat in np.unique(predictions.repeats)
        for inside in (predictions.repeats == repeat,)
    ]
    precision, recall, f1, support = precision_recall_fscore_support(labels, said, labels=numbers, zero_division=0)
    coverage, risk = risk_coverage(labels, probabilities)
    return Figures(
        images=len(set(predictions.paths)),
        groups=len(set(predictions.groups)),
        repeats=len(a_repeat),
        accuracy=float(accuracy_score(labels, said)),
        macro_f1=macro_f1(labels, said, len(numbers)),
        macro_f1_mean=float(np.mean(a_repeat)),
        macro_f1_sd=float(np.std(a_repeat, ddof=1)) if len(a_repeat) > 1 else 0.0,
        interval=bootstrap_interval(labels, said, predictions.groups, len(numbers)),
        kappa=float(cohen_kappa_score(labels, said)),
        mcc=float(matthews_corrcoef(labels, said)),
        ece_raw=calibration_error(labels, predictions.probabilities()),
        ece=calibration_error_by_group(labels, probabilities, predictions.groups),
        brier=float(np.mean(((probabilities - np.eye(len(numbers))[labels]) ** 2).sum(axis=1))),
        aurc=float(np.mean(risk)),
        coverage_95=_kept_at(coverage, risk, 0.95),
        coverage_97=_kept_at(coverage, risk, 0.97),
        kept=kept_crops(predictions, calibrated, out_of_distribution),
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


def risk_coverage(labels: Ints, probabilities: Floats) -> tuple[Floats, Floats]:
    """Share of images kept, surest first, and the share of errors among them (Geifman and El-Yaniv 2017)."""
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    wrong = (probabilities.argmax(axis=1) != labels)[order]
    kept = np.arange(1, len(labels) + 1)
    return kept / len(labels), np.cumsum(wrong) / kept


def macro_f1(labels: Ints, said: Ints, classes: int) -> float:
    """Of N true classes and N answers, both numbers under `classes`."""
    return float(f1_score(labels, said, average="macro", labels=list(range(classes)), zero_division=0))


def _kept_at(coverage: Floats, risk: Floats, accuracy: float) -> float:
    enough = coverage[risk <= 1 - accuracy + 1e-12]
    return float(enough.max()) if len(enough) else 0.0
