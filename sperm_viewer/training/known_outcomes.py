"""How often each outcome of a model met each true class, counted from the predictions of its cross-validation."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from sperm_viewer.inference.model_spec import KnownOutcomes
from sperm_viewer.statistics.outcomes import band_of, number_of_outcomes
from sperm_viewer.training.calibrate import cross_calibrate
from sperm_viewer.training.predictions import Predictions


def known_outcomes(predictions: Predictions, out_of_distribution: Collection[str]) -> KnownOutcomes:
    """The outcomes of every crop in every repeat. Each fold is calibrated by the other folds.

    `out_of_distribution` are the names of the crops that are referred as such. The bands of a class part the crops that
    are answered with it into equal thirds; a class that is never answered has its bands at 1.
    """
    calibrated, size = cross_calibrate(predictions), len(predictions.classes)
    first, confidence = calibrated.probabilities.argmax(axis=1), calibrated.probabilities.max(axis=1)
    unfamiliar = np.array([PurePosixPath(path).name in out_of_distribution for path in predictions.paths])
    answered = calibrated.kept & ~unfamiliar
    bands = tuple(_bands(confidence[answered & (first == number)]) for number in range(size))
    counts = np.zeros((size, number_of_outcomes(size)), np.int64)
    for i, label in enumerate(predictions.labels.tolist()):
        if unfamiliar[i]:
            outcome = counts.shape[1] - 1
        elif not calibrated.kept[i]:
            outcome = counts.shape[1] - 2
        else:
            outcome = band_of(int(first[i]), float(confidence[i]), bands)
        counts[label, outcome] += 1
    repeats = len(np.unique(predictions.repeats))
    return KnownOutcomes(repeats, bands, tuple(tuple(int(count) for count in row) for row in counts))


def _bands(confidence: npt.NDArray[np.float64]) -> tuple[float, float]:
    if not len(confidence):
        return 1.0, 1.0
    middle, high = (round(float(edge), 4) for edge in np.quantile(confidence, (1 / 3, 2 / 3)))
    return middle, high
