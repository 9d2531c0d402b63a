"""How often each outcome of a model met each true class, counted from the predictions of its cross-validation."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

import numpy as np

from sperm_viewer.statistics.outcomes import BANDS, ErrorMatrix
from sperm_viewer.training.calibrate import Calibrated, cross_calibrate
from sperm_viewer.training.predictions import Predictions


def error_matrix(predictions: Predictions, normal_class: str, out_of_distribution: Collection[str]) -> ErrorMatrix:
    """The matrix of a model, each crop counted once, however many repeats there are.

    Each fold is calibrated by the other folds. `out_of_distribution` are the names of the crops that are referred as
    such. The bands of a class part the crops that are answered with it into equal thirds; a class that is never
    answered has its bands at 1.
    """
    calibrated = cross_calibrate(predictions)
    unfamiliar = np.array([PurePosixPath(path).name in out_of_distribution for path in predictions.paths])
    answered = calibrated.kept & ~unfamiliar
    first, confidence = calibrated.probabilities.argmax(axis=1), calibrated.probabilities.max(axis=1)
    size = len(predictions.classes)
    bands = tuple(_bands(calibrated, answered & (first == number)) for number in range(size))
    empty = ErrorMatrix(predictions.classes, normal_class, bands, ((0.0,) * (len(BANDS) * size + 2),) * size)
    counts = np.zeros((size, len(empty.outcomes)), np.int64)
    for i, label in enumerate(predictions.labels.tolist()):
        outcome = empty.outcome(
            predictions.classes[first[i]],
            float(confidence[i]),
            referred=not calibrated.kept[i],
            out_of_distribution=bool(unfamiliar[i]),
        )
        counts[label, outcome] += 1
    repeats = len(np.unique(predictions.repeats))
    rows = tuple(tuple(float(count) / repeats for count in row) for row in counts)
    return ErrorMatrix(predictions.classes, normal_class, bands, rows)


def _bands(calibrated: Calibrated, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[float, float]:
    confidence = calibrated.probabilities[chosen].max(axis=1)
    if not len(confidence):
        return 1.0, 1.0
    middle, high = (round(float(edge), 4) for edge in np.quantile(confidence, (1 / 3, 2 / 3)))
    return middle, high
