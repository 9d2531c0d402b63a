"""Limits and known errors of a site model, from the cells that were held back."""

from __future__ import annotations

import numpy as np

from sperm_viewer.teaching.cross_validation import HeldBack, Lesson
from sperm_viewer.teaching.measure import calibrate, familiar, known_outcomes

_CLASSES = ("normal", "tapered")


def _held(logits: np.ndarray, labels: np.ndarray) -> tuple[HeldBack, Lesson]:
    count = len(labels)
    lesson = Lesson(np.zeros((count, 1, 1), np.float32), labels, 2, np.arange(count))
    return HeldBack(np.stack([-logits / 2, logits / 2], axis=1), np.zeros(count, np.int64)), lesson


def test_kept_cells_are_right_often_enough() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 4, 400)
    labels = (rng.random(400) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    found = calibrate(*_held(logits, labels), _CLASSES)
    right = found.probabilities.argmax(axis=1) == labels
    assert right[found.kept].mean() >= 0.95
    assert 0.4 < found.kept.mean() < 0.95


def test_one_wrong_label_among_the_surest_of_few_cells_does_not_refer_all() -> None:
    logits = np.concatenate([np.linspace(3, 6, 15), np.linspace(-6, -3, 15)])
    labels = (logits > 0).astype(np.int64)
    labels[14] = 0
    found = calibrate(*_held(logits, labels), _CLASSES)
    assert found.kept.any()
    assert found.refer_below < 1


def test_a_model_that_is_never_sure_refers_all() -> None:
    rng = np.random.default_rng(2)
    found = calibrate(*_held(rng.normal(0, 1, 60), rng.integers(0, 2, 60)), _CLASSES)
    assert not found.kept.any()


def test_every_label_is_in_the_known_errors_once() -> None:
    logits = np.linspace(-6, 6, 40)
    labels = (logits > 0).astype(np.int64)
    held, lesson = _held(logits, labels)
    unfamiliar = np.arange(40) % 10 == 0
    found = known_outcomes(calibrate(held, lesson, _CLASSES), lesson, unfamiliar)
    counts = np.array(found.counts)
    assert counts.sum(axis=1).tolist() == [20, 20]
    assert counts[:, -1].sum() == 4


def test_few_of_the_sites_own_images_are_unfamiliar_and_others_are() -> None:
    rng = np.random.default_rng(3)
    looks = rng.normal(size=(200, 32)).astype(np.float32)
    found = familiar(looks, np.arange(200) % 8)
    assert np.mean(found.distances > found.unlike_above) < 0.06
    assert (found.reference.distances(looks + 6) > found.unlike_above).all()
