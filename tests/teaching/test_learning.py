"""Projection, classifier, folds and cross-validation: what they learn, and what they refuse to have learnt."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.teaching.classifier import fit, level, softmax
from sperm_viewer.teaching.cross_validation import Lesson, chance, figure, hold_back, macro_f1
from sperm_viewer.teaching.folds import fold_of_each
from sperm_viewer.teaching.judgement import doubts
from sperm_viewer.teaching.projection import fit_projection


def _cells(count: int = 96, classes: int = 3, seed: int = 0, apart: float = 4.0) -> Lesson:
    """Cells of classes that differ in a few channels, and of 12 slides that differ a little in all of them."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % classes)
    slides = rng.permutation(np.arange(count) % 12)
    means = np.zeros((classes, 40))
    means[np.arange(classes), np.arange(classes)] = apart
    cells = means[labels] + 0.3 * rng.normal(size=(12, 40))[slides] + rng.normal(size=(count, 40))
    views = cells[:, None] + 0.5 * rng.normal(size=(count, 4, 40))
    return Lesson(views.astype(np.float32), labels, classes, slides)


def test_the_classifier_is_that_of_scikit_learn() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(3)
    coordinates, labels = rng.normal(size=(80, 5)), np.arange(80) % 3
    coordinates[np.arange(80), labels] += 1
    for penalty, found in zip((0.5, 5.0), fit(coordinates, labels, 3, (0.5, 5.0)), strict=True):
        other = linear_model.LogisticRegression(C=1 / penalty, tol=1e-8).fit(coordinates, labels)
        expected = other.predict_proba(coordinates)
        np.testing.assert_allclose(softmax(found.logits(coordinates)), expected, atol=5e-3)


def test_the_classifier_behind_the_projection_is_one_layer_on_the_features() -> None:
    lesson = _cells()
    projection = fit_projection(lesson.views)
    pooled = lesson.views.mean(axis=1, dtype=np.float64)
    linear = fit(projection.of(pooled)[:, :8], lesson.labels, 3, [1.0])[0]
    expected = linear.logits(projection.of(pooled))
    np.testing.assert_allclose(linear.behind(projection).logits(pooled), expected, atol=1e-9)


def test_coordinates_are_centred_on_the_site_and_most_telling_first() -> None:
    lesson = _cells()
    found = fit_projection(lesson.views).of(lesson.views.mean(axis=1, dtype=np.float64))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-9)
    assert np.all(np.diff(found.var(axis=0)) < 1e-9)


def test_directions_in_which_copies_of_a_cell_differ_count_less() -> None:
    rng = np.random.default_rng(5)
    cells = rng.normal(size=(60, 1, 6))
    noise = rng.normal(size=(60, 8, 6)) * np.array([5.0, 0, 0, 0, 0, 0])
    views = (cells + noise - noise.mean(axis=1, keepdims=True)).astype(np.float32)
    matrix = fit_projection(views).matrix
    assert np.abs(matrix[0]).max() < 0.5 * np.abs(matrix[1:]).max(axis=1).min()


def test_cells_of_one_slide_are_held_back_together_and_classes_are_spread() -> None:
    lesson = _cells()
    folds = fold_of_each(lesson.labels, lesson.units, 4)
    for unit in np.unique(lesson.units):
        assert len(set(folds[lesson.units == unit].tolist())) == 1
    for fold in range(4):
        counts = np.bincount(lesson.labels[folds == fold], minlength=3)
        assert counts.min() >= 4


def test_there_are_no_more_folds_than_slides() -> None:
    folds = fold_of_each(np.arange(30) % 2, np.arange(30) % 3, 8)
    assert set(folds.tolist()) == {0, 1, 2}


def test_levelled_logits_expect_each_class_as_often_as_it_is() -> None:
    labels = np.array([0] * 30 + [1] * 30)
    known = np.arange(60) >= 20
    # Of the known ones a quarter are of class 0: no feature tells anything, so only the shares count.
    found = fit(np.zeros((40, 2)), labels[known], 2, [1.0])[0].bias + level(labels, known, 2)
    np.testing.assert_allclose(softmax(found), [0.5, 0.5], atol=0.01)


def test_macro_f1_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(2)
    truth, answers = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    assert macro_f1(truth, answers, 4) == pytest.approx(metrics.f1_score(truth, answers, average="macro"))


def test_what_can_be_learnt_is_learnt_and_not_doubted() -> None:
    lesson = _cells()
    answers = hold_back(lesson).answers
    found = figure(lesson.labels, answers, 3, lesson.units)
    assert found.value > 0.85
    assert found.low < found.value <= found.high <= 1
    assert doubts(found, chance(lesson.labels, answers, 3)) == []


@pytest.mark.parametrize("seed", range(8))
def test_labels_at_random_are_refused(seed: int) -> None:
    lesson = _cells(count=60)
    labels = np.random.default_rng(seed).permutation(lesson.labels)
    random = Lesson(lesson.views, labels, 3, lesson.unit_of_all)
    answers = hold_back(random).answers
    found = figure(labels, answers, 3, random.units)
    assert "no better than chance" in " ".join(doubts(found, chance(labels, answers, 3)))


def test_a_class_that_only_shows_which_slide_it_is_of_is_refused() -> None:
    """Each slide has one class and a look of its own: cells of other slides are not told apart."""
    rng = np.random.default_rng(7)
    slides = np.arange(96) % 12
    labels = slides % 2
    cells = 3 * rng.normal(size=(12, 40))[slides] + 0.1 * rng.normal(size=(96, 40))
    views = (cells[:, None] + 0.05 * rng.normal(size=(96, 4, 40))).astype(np.float32)
    by_slide, by_cell = Lesson(views, labels, 2, slides), Lesson(views, labels, 2, np.arange(96))
    found = {}
    for name, lesson in (("slide", by_slide), ("cell", by_cell)):
        answers = hold_back(lesson).answers
        found[name] = doubts(figure(labels, answers, 2, lesson.units), chance(labels, answers, 2))
    assert found["slide"] != []
    assert found["cell"] == []


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_images_without_information_are_refused_also_where_each_slide_has_one_class(noise: float) -> None:
    views = (1 + noise * np.random.default_rng(11).normal(size=(60, 4, 40))).astype(np.float32)
    lesson = Lesson(views, np.arange(60) % 3, 3, np.arange(60) % 6)
    answers = hold_back(lesson).answers
    assert doubts(figure(lesson.labels, answers, 3, lesson.units), chance(lesson.labels, answers, 3)) != []
