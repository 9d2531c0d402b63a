"""What more labels are worth, and which cells are asked for."""

from __future__ import annotations

from collections import Counter

import numpy as np

from sperm_viewer.domain.verdict import Why
from sperm_viewer.teaching.cells_to_label import Candidate, cells_to_label
from sperm_viewer.teaching.cross_validation import Lesson, hold_back, macro_f1
from sperm_viewer.teaching.learning_curve import MORE, worth_of_more


def _candidates() -> list[Candidate]:
    """300 cells on three slides; the ten least certain ones of each slide come first."""
    return [
        Candidate(100 * slide + n, slide, 0.4 if n < 10 else 0.9 + n / 2000) for slide in range(3) for n in range(100)
    ]


def test_half_of_the_cells_asked_for_are_uncertain_and_half_are_at_random() -> None:
    found = cells_to_label(_candidates(), 40, seed=1)
    assert len(found) == 40
    uncertain = [cell for cell, why in found.items() if why is Why.OWN_CHOICE]
    assert Counter(Counter(found.values()).values()) == {20: 2}
    assert all(cell % 100 < 10 for cell in uncertain)
    assert sum(cell % 100 < 10 for cell, why in found.items() if why is Why.RANDOM) < 10


def test_they_are_spread_over_the_slides_and_come_in_random_order() -> None:
    found = cells_to_label(_candidates(), 42, seed=1)
    assert set(Counter(cell // 100 for cell in found).values()) == {14}
    assert list(found) != sorted(found)
    assert list(found) == list(cells_to_label(_candidates(), 42, seed=1))


def test_no_more_are_asked_for_than_there_are() -> None:
    assert len(cells_to_label(_candidates()[:5], 40, seed=1)) == 5
    assert cells_to_label([], 40, seed=1) == {}


def test_more_labels_are_expected_to_help_where_more_did() -> None:
    rng = np.random.default_rng(4)
    labels = rng.permutation(np.arange(80) % 2)
    cells = rng.normal(size=(80, 30)) + 1.2 * labels[:, None] * (np.arange(30) < 4)
    views = (cells[:, None] + 0.1 * rng.normal(size=(80, 4, 30))).astype(np.float32)
    lesson = Lesson(views, labels, 2, np.arange(80) % 10)
    now = macro_f1(labels, hold_back(lesson).answers, 2)
    found = worth_of_more(lesson, now)
    assert found.fewer == 48
    assert found.low <= found.expected <= found.high
    assert found.expected >= now
    assert f"With {MORE} more labels" in found.words
    assert f"is {now:.2f} now" in found.words
