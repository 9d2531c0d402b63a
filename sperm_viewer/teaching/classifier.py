"""Multinomial logistic regression with a ridge penalty, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.teaching.folds import fold_of_each
from sperm_viewer.teaching.projection import Projection

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PENALTIES = (0.3, 1.0, 3.0, 10.0)
COMPONENTS = (16, 32)
_STEPS = 60
_CLOSE = 1e-3
_INNER_FOLDS = 3


@dataclass(frozen=True, slots=True)
class Linear:
    """`logits = coordinates @ weights + bias`: `weights` (k, classes), `bias` (classes,)."""

    weights: Floats
    bias: Floats

    def logits(self, coordinates: Floats) -> Floats:
        """(N, classes), of coordinates (N, k or more); those beyond the first k are not used."""
        return coordinates[:, : len(self.weights)] @ self.weights + self.bias

    def behind(self, projection: Projection) -> Linear:
        """The same as one layer on the pooled features: `weights` (channels, classes)."""
        matrix, shift = projection.matrix[:, : len(self.weights)], projection.shift[: len(self.weights)]
        return Linear(matrix @ self.weights, shift @ self.weights + self.bias)


@dataclass(frozen=True, slots=True)
class Choice:
    """How much a classifier may bend: `components` coordinates, ridge `penalty`."""

    components: int
    penalty: float


def softmax(logits: Floats) -> Floats:
    """Probabilities, along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def fit(coordinates: Floats, labels: Ints, classes: int, penalties: Sequence[float]) -> list[Linear]:
    """One classifier for each penalty: the least of sum(-log p) + penalty / 2 * |weights|^2; the bias isn't penalised.

    `coordinates` (N, k), `labels` (N,) from 0. Accelerated gradient steps with restarts (O'Donoghue and Candes 2015) in
    the axes of the coordinates' covariance, each as long as Boehning's bound of the curvature (1992) allows.
    """
    centre = coordinates.mean(axis=0)
    values, axes = np.linalg.eigh((coordinates - centre).T @ (coordinates - centre))
    turned = (coordinates - centre) @ axes
    truth = np.eye(classes)[labels]
    ridge = np.asarray(penalties, np.float64)[:, None, None]
    step = 1 / (ridge + 0.5 * np.maximum(values, 0)[None, :, None])
    bias_step = 2.0 / len(labels)
    weights = ahead = np.zeros((len(penalties), turned.shape[1], classes))
    # Where the bias ends without any feature, so that a class that is rare here isn't one that was not reached yet.
    bias = bias_ahead = np.tile(np.log(_shares(labels, classes)), (len(penalties), 1, 1))
    momentum = 1.0
    for _ in range(_STEPS):
        wrong = softmax(turned @ ahead + bias_ahead) - truth
        slope, bias_slope = turned.T @ wrong + ridge * ahead, wrong.sum(axis=1, keepdims=True)
        found, bias_found = ahead - step * slope, bias_ahead - bias_step * bias_slope
        if (slope * (found - weights)).sum() + (bias_slope * (bias_found - bias)).sum() > 0:
            momentum = 1.0
        grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        share = (momentum - 1) / grown
        moved = max(float(np.abs(found - weights).max()), float(np.abs(bias_found - bias).max()))
        ahead, bias_ahead = found + share * (found - weights), bias_found + share * (bias_found - bias)
        weights, bias, momentum = found, bias_found, grown
        if moved < _CLOSE:
            break
    back = axes @ weights
    return [Linear(w, b[0] - centre @ w) for w, b in zip(back, bias, strict=True)]


def level(labels: Ints, known: Bools, classes: int) -> Floats:
    """What to add to the logits (classes,) of a classifier that learnt from the `known` (N,) of these labels (N,), so
    that it expects each class as often as it is among all labels: holding back slides of one class leaves fewer of it.
    """
    return np.asarray(np.log(_shares(labels, classes) / _shares(labels[known], classes)))


def _shares(labels: Ints, classes: int) -> Floats:
    """The share of each class (classes,); one that isn't there counts as half a cell."""
    return np.asarray(np.maximum(np.bincount(labels, minlength=classes), 0.5) / len(labels))


def choose(coordinates: Floats, labels: Ints, classes: int, units: Ints) -> Choice:
    """The choice whose answers on cells held back are the likeliest, by cross-validation over `units` (N,).

    Cells of one unit (a slide, or a sample) are held back together.
    """
    folds = fold_of_each(labels, units, _INNER_FOLDS)
    loss = np.zeros((len(COMPONENTS), len(PENALTIES)))
    for fold in np.unique(folds):
        known, held = folds != fold, folds == fold
        levelled = level(labels, known, classes)
        for row, count in enumerate(COMPONENTS):
            found = fit(coordinates[known, :count], labels[known], classes, PENALTIES)
            for column, linear in enumerate(found):
                logits = linear.logits(coordinates[held]) + levelled
                likely = softmax(logits)[np.arange(held.sum()), labels[held]]
                loss[row, column] -= np.log(likely + 1e-12).sum()
    best = divmod(int(loss.argmin()), len(PENALTIES))
    return Choice(COMPONENTS[best[0]], PENALTIES[best[1]])


def learn(coordinates: Floats, labels: Ints, classes: int, units: Ints) -> tuple[Linear, Choice]:
    """The classifier of cells with these coordinates (N, k), labels and units (N,)."""
    choice = choose(coordinates, labels, classes, units)
    return fit(coordinates[:, : choice.components], labels, classes, [choice.penalty])[0], choice
