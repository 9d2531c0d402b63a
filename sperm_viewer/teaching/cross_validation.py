"""How good a site model would be, from cells that it didn't learn from: nested cross-validation over slides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.statistics.intervals import Z_95
from sperm_viewer.teaching.classifier import learn, level
from sperm_viewer.teaching.folds import fold_of_each
from sperm_viewer.teaching.projection import fit_projection

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OUTER_FOLDS = 6
NEW_CELLS = 40
"""The size of a check on other slides that the interval allows for."""
_RESAMPLES = 1000
_SHUFFLES = 4000
_SEED = 1606


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a site model is taught from: N cells, the first of which have labels.

    `views` float32 (N, views, channels) are the pooled features of the turned copies of each cell; `labels` (n,) and
    `units` (n,) are of the first n cells, as numbers from 0; `unit_of_all` (N,) says for every cell what it belongs to.
    """

    views: FloatArray
    labels: Ints
    classes: int
    unit_of_all: Ints

    @property
    def units(self) -> Ints:
        return self.unit_of_all[: len(self.labels)]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The logits (n, classes) of each labelled cell by a classifier that never saw its unit, and its fold (n,)."""

    logits: Floats
    folds: Ints

    @property
    def answers(self) -> Ints:
        """The likeliest class (n,); among equally likely ones the first, whatever the last digits are."""
        return np.asarray(np.round(self.logits, 6).argmax(axis=1))


@dataclass(frozen=True, slots=True)
class Figure:
    """A macro-F1 and its limits."""

    value: float
    low: float
    high: float


def hold_back(lesson: Lesson) -> HeldBack:
    """Each fold's labelled cells, answered by what the other folds teach: projection, choice and classifier alike."""
    folds = fold_of_each(lesson.labels, lesson.units, OUTER_FOLDS)
    logits = np.zeros((len(lesson.labels), lesson.classes))
    count = len(lesson.labels)
    for fold in np.unique(folds):
        held = folds == fold
        gone = np.unique(lesson.units[held])
        projection = fit_projection(lesson.views[~np.isin(lesson.unit_of_all, gone)])
        coordinates = projection.of(lesson.views[:count].mean(axis=1, dtype=np.float64))
        known = ~held
        linear, _ = learn(coordinates[known], lesson.labels[known], lesson.classes, lesson.units[known])
        logits[held] = linear.logits(coordinates[held]) + level(lesson.labels, known, lesson.classes)
    return HeldBack(logits, folds)


def macro_f1(truth: Ints, answers: Ints, classes: int) -> float:
    """The mean over classes of 2 TP / (2 TP + FP + FN); a class that neither occurs nor is answered counts as 0."""
    return float(_macro_f1s(truth[None], answers[None], classes)[0])


def _macro_f1s(truth: Ints, answers: Ints, classes: int) -> Floats:
    """As `macro_f1`, of each row (rows, N)."""
    total = np.zeros(len(truth))
    for number in range(classes):
        is_class, said = truth == number, answers == number
        hits = 2.0 * (is_class & said).sum(axis=1)
        total += hits / np.maximum(is_class.sum(axis=1) + said.sum(axis=1), 1)
    return total / classes


def figure(truth: Ints, answers: Ints, classes: int, units: Ints) -> Figure:
    """The macro-F1, and the limits within which a check on `NEW_CELLS` cells of other slides finds it, 19 times of 20.

    Two errors are added up: that of this figure, by drawing whole units (N,) again, and that of the check, by drawing
    as many cells as it has, enlarged as much as drawing units rather than cells enlarges the first.
    """
    draw = np.random.default_rng(_SEED)
    value = macro_f1(truth, answers, classes)
    count = len(truth)
    cells = draw.integers(0, count, (_RESAMPLES, count))
    alone = float(_macro_f1s(truth[cells], answers[cells], classes).std())
    together = max(_spread_by_unit(truth, answers, classes, units, draw), alone)
    few = draw.integers(0, count, (_RESAMPLES, NEW_CELLS))
    check = float(_macro_f1s(truth[few], answers[few], classes).std()) * together / max(alone, 1e-9)
    half = Z_95 * float(np.hypot(together, check))
    return Figure(value, max(value - half, 0.0), min(value + half, 1.0))


def _spread_by_unit(truth: Ints, answers: Ints, classes: int, units: Ints, draw: np.random.Generator) -> float:
    """The standard deviation of macro-F1 when whole units are drawn again."""
    members = [np.flatnonzero(units == unit) for unit in np.unique(units)]
    found = []
    for _ in range(_RESAMPLES // 4):
        rows = np.concatenate([members[i] for i in draw.integers(0, len(members), len(members))])
        found.append(macro_f1(truth[rows], answers[rows], classes))
    return float(np.std(found))


def chance(truth: Ints, answers: Ints, classes: int) -> Floats:
    """The macro-F1 of the same answers to labels that were shuffled, many times over, in ascending order."""
    draw = np.random.default_rng(_SEED)
    shuffled = draw.permuted(np.broadcast_to(truth, (_SHUFFLES, len(truth))), axis=1)
    return np.sort(_macro_f1s(shuffled, np.broadcast_to(answers, shuffled.shape), classes))
