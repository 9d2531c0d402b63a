"""Probabilities that mean something: a temperature, and a threshold below which a cell is referred.

For a test fold both come from the predictions of the other folds of its repeat, whose images are that fold's training
images, each predicted by a network that had not seen it. A shipped model's come from all folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.training.predictions import Predictions, softmax

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TARGET, _TARGET_WITH_NON_SPERM = 0.95, 0.97


@dataclass(frozen=True, slots=True)
class Calibration:
    """`temperature` divides the logits; a first choice with a probability under `refer_below` is referred."""

    temperature: float
    refer_below: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Predictions with each fold's own calibration: `probabilities` (N, classes), and which are `kept` (N,) bool."""

    probabilities: Floats
    kept: npt.NDArray[np.bool_]


def target_accuracy(classes: Sequence[str]) -> float:
    """What the cells that aren't referred have to reach: head shapes alone are harder than sperm or not."""
    return _TARGET_WITH_NON_SPERM if NON_SPERM in classes else _TARGET


def calibrate(predictions: Predictions, chosen: npt.NDArray[np.bool_] | None = None) -> Calibration:
    """The calibration by the predictions that are `chosen` (N,), or by all."""
    inside = np.ones(len(predictions.labels), bool) if chosen is None else chosen
    target = target_accuracy(predictions.classes)
    labels = predictions.labels[inside]
    temperature = fit_temperature(predictions.logits[inside], labels)
    probabilities = softmax(predictions.logits[inside] / temperature)
    return Calibration(temperature, refer_threshold(labels, probabilities, target))


def cross_calibrate(predictions: Predictions) -> Calibrated:
    """Each fold calibrated by the other folds of its repeat."""
    probabilities = np.zeros_like(predictions.logits)
    kept = np.zeros(len(predictions.labels), bool)
    for repeat, fold in sorted(set(zip(predictions.repeats.tolist(), predictions.folds.tolist(), strict=True))):
        here = (predictions.repeats == repeat) & (predictions.folds == fold)
        found = calibrate(predictions, (predictions.repeats == repeat) & (predictions.folds != fold))
        probabilities[here] = softmax(predictions.logits[here] / found.temperature)
        kept[here] = probabilities[here].max(axis=1) >= found.refer_below
    return Calibrated(probabilities, kept)


def fit_temperature(logits: Floats, labels: Ints) -> float:
    """The temperature with the smallest negative log-likelihood (Guo et al. 2017, arXiv:1706.04599)."""

    def loss(log_temperature: float) -> float:
        probabilities = softmax(logits / np.exp(log_temperature))
        return -float(np.log(probabilities[np.arange(len(labels)), labels] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def refer_threshold(labels: Ints, probabilities: Floats, target: float) -> float:
    """The lowest probability that can be asked of a first choice so that those which reach it are right often enough.

    How often is estimated by Laplace's rule of succession, (right + 1) / (kept + 2), so that a few lucky cells don't
    decide. 1 where no threshold does.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum((probabilities.argmax(axis=1) == labels)[order])
    kept = np.arange(1, len(labels) + 1)
    ranked = confidence[order]
    # Images of one confidence are kept or referred together.
    last_of_its_kind = np.append(ranked[1:] < ranked[:-1], True)
    enough = np.flatnonzero(((right + 1) / (kept + 2) >= target) & last_of_its_kind)
    return float(ranked[enough[-1]]) if len(enough) else 1.0
