"""Temperature and threshold: right on made-up predictions, and never chosen on the fold they are used on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sperm_viewer.statistics.calibration import fit_temperature, refer_threshold
from sperm_viewer.training.calibrate import (
    calibrate,
    cross_calibrate,
    target_accuracy,
)
from sperm_viewer.training.predictions import Predictions, softmax

_CLASSES = ("normal", "abnormal")


def _drawn(count: int, temperature: float, seed: int = 0) -> Predictions:
    """Labels drawn with the probabilities of the logits, which are then made too sure by `temperature`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, 2)) * 2
    labels = (rng.random(count) < softmax(logits)[:, 1]).astype(np.int64)
    folds = np.arange(count) % 5
    names = tuple(str(i) for i in range(count))
    return Predictions(_CLASSES, labels, logits * temperature, np.zeros(count, np.int64), folds, names, names)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_spoilt_the_logits_is_found(temperature: float) -> None:
    drawn = _drawn(20000, temperature)
    assert fit_temperature(drawn.logits, drawn.labels) == pytest.approx(temperature, rel=0.05)


def test_a_fold_is_calibrated_by_the_other_folds_alone() -> None:
    drawn = _drawn(500, 2.0)
    before = cross_calibrate(drawn)
    here = drawn.folds == 3
    # Whatever the fold's own labels are, its probabilities and what it keeps stay the same; the others' change.
    other = cross_calibrate(replace(drawn, labels=np.where(here, 1 - drawn.labels, drawn.labels)))
    np.testing.assert_array_equal(before.probabilities[here], other.probabilities[here])
    np.testing.assert_array_equal(before.kept[here], other.kept[here])
    assert not np.array_equal(before.probabilities[~here], other.probabilities[~here])


def test_the_threshold_keeps_as_many_as_are_right_often_enough() -> None:
    """Sixty right ones, then an error, then thirty-nine right ones and two errors."""
    confidence = np.linspace(0.99, 0.6, 102)
    right = np.array([True] * 60 + [False] + [True] * 39 + [False] * 2)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = np.where(right, 0, 1)
    # (99 + 1) / (100 + 2) = 0.980 and (99 + 1) / (101 + 2) = 0.971 reach 97%; (99 + 1) / (102 + 2) = 0.962 does not.
    assert refer_threshold(labels, probabilities, 0.97) == pytest.approx(confidence[100])
    assert refer_threshold(labels, probabilities, 0.98) == pytest.approx(confidence[99])
    assert refer_threshold(labels, probabilities, 0.999) == 1.0


def test_kept_cells_reach_the_target_on_new_ones() -> None:
    old, new = _drawn(20000, 2.0, seed=1), _drawn(20000, 2.0, seed=2)
    found = calibrate(old)
    probabilities = softmax(new.logits / found.temperature)
    kept = probabilities.max(axis=1) >= found.refer_below
    right = probabilities.argmax(axis=1) == new.labels
    assert 0.2 < kept.mean() < 0.9
    assert right[kept].mean() == pytest.approx(target_accuracy(_CLASSES), abs=0.01)


def test_a_model_that_tells_sperm_from_other_things_is_held_to_more() -> None:
    assert target_accuracy(("normal", "abnormal", "non-sperm")) > target_accuracy(("normal", "tapered"))
