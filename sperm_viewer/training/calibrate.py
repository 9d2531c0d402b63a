"""Probabilities that mean something: a temperature, and a threshold below which a cell is referred.

For a test fold both come from the predictions of the other folds of its repeat, whose images are that fold's training
images, each predicted by a network that had not seen it. A shipped model's come from all folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.statistics.calibration import fit_temperature, refer_threshold
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
