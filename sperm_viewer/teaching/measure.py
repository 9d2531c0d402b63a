"""What the cells that were held back say of a site model: temperature, limits, known errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.inference.model_spec import KnownOutcomes
from sperm_viewer.inference.out_of_distribution import ReferenceAppearance, fit_reference_appearance
from sperm_viewer.statistics.calibration import fit_temperature, refer_threshold
from sperm_viewer.statistics.outcomes import band_of, number_of_outcomes
from sperm_viewer.teaching.classifier import softmax
from sperm_viewer.teaching.cross_validation import HeldBack, Lesson
from sperm_viewer.teaching.folds import fold_of_each

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_RIGHT, _RIGHT_WITH_NON_SPERM = 0.95, 0.97
"""What the kept cells have to reach, as for the shipped models."""
_FALSE_ALARMS = 0.04
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Calibrated:
    """`probabilities` (n, classes) of the cells that were held back, and which are `kept` (n,)."""

    temperature: float
    refer_below: float
    probabilities: Floats
    kept: Bools


@dataclass(frozen=True, slots=True)
class Familiar:
    """What the site's images look like, the distance above which one is unfamiliar, and the distance (N,) of each of
    its own cells from the others.
    """

    reference: ReferenceAppearance
    unlike_above: float
    distances: Floats


def calibrate(held: HeldBack, lesson: Lesson, classes: Sequence[str]) -> Calibrated:
    """Temperature and limit of confidence by the labelled cells."""
    temperature = fit_temperature(held.logits, lesson.labels)
    probabilities = softmax(held.logits / temperature)
    target = _RIGHT_WITH_NON_SPERM if NON_SPERM in classes else _RIGHT
    refer_below = refer_threshold(lesson.labels, probabilities, target)
    if refer_below >= 1:
        refer_below = _by_confidence(probabilities.max(axis=1), target)
    return Calibrated(temperature, refer_below, probabilities, probabilities.max(axis=1) >= refer_below)


def _by_confidence(confidence: Floats, target: float) -> float:
    """The lowest confidence from which on the mean confidence reaches `target`: for labels so few that one wrong among
    the surest cells hides how often the sure ones are right. 1 where no limit does.
    """
    ranked = np.sort(confidence)[::-1]
    enough = np.flatnonzero(np.cumsum(ranked) / np.arange(1, len(ranked) + 1) >= target)
    return float(ranked[enough[-1]]) if len(enough) else 1.0


def familiar(looks: FloatArray, units: npt.NDArray[np.int64]) -> Familiar:
    """The reference of a site's images (N, n), each unit's distance measured from the others."""
    folds = fold_of_each(np.zeros(len(units), np.int64), units, _FOLDS)
    distances = np.zeros(len(looks))
    for fold in np.unique(folds):
        distances[folds == fold] = fit_reference_appearance(looks[folds != fold]).distances(looks[folds == fold])
    return Familiar(fit_reference_appearance(looks), float(np.quantile(distances, 1 - _FALSE_ALARMS)), distances)


def known_outcomes(found: Calibrated, lesson: Lesson, unfamiliar: Bools) -> KnownOutcomes:
    """How often each outcome met each true class; `unfamiliar` (n,) are the cells referred as out of distribution.

    The bands of a class part the cells that are answered with it into equal thirds.
    """
    first, confidence = found.probabilities.argmax(axis=1), found.probabilities.max(axis=1)
    answered = found.kept & ~unfamiliar
    bands = tuple(_bands(confidence[answered & (first == number)]) for number in range(lesson.classes))
    columns = number_of_outcomes(lesson.classes)
    counts = np.zeros((lesson.classes, columns), np.int64)
    for cell, label in enumerate(lesson.labels.tolist()):
        if unfamiliar[cell]:
            outcome = columns - 1
        elif not found.kept[cell]:
            outcome = columns - 2
        else:
            outcome = band_of(int(first[cell]), float(confidence[cell]), bands)
        counts[label, outcome] += 1
    return KnownOutcomes(1, bands, tuple(tuple(int(n) for n in row) for row in counts))


def _bands(confidence: Floats) -> tuple[float, float]:
    if not len(confidence):
        return 1.0, 1.0
    middle, high = (round(float(edge), 4) for edge in np.quantile(confidence, (1 / 3, 2 / 3)))
    return middle, high
