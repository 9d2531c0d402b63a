"""Figures of a slide and of all: worked out by hand from the tallies of a session."""

from __future__ import annotations

import pytest

from sperm_viewer.domain.cell import NON_SPERM, REFER
from sperm_viewer.session.session import Tally
from sperm_viewer.session.slide_figures import slide_figures

CLASSES = ("normal", "abnormal", NON_SPERM)
TALLIES = [
    Tally("A", "normal", "scored", "normal", False, 30),
    Tally("A", "normal", "scored", "abnormal", True, 10),
    Tally("A", "abnormal", "scored", "abnormal", True, 20),
    Tally("A", "normal", "referred", REFER, False, 7),
    Tally("A", "abnormal", "referred", "normal", True, 3),
    Tally("A", NON_SPERM, "scored", NON_SPERM, False, 4),
    Tally("A", "", "failed", "", False, 2),
    Tally("B", "abnormal", "scored", "abnormal", False, 200),
    Tally("C", "", "failed", "", False, 1),
]


def test_final_classes_stand_beside_what_the_model_alone_said() -> None:
    figures = slide_figures(TALLIES, CLASSES, "A")
    assert {found.name: found.count for found in figures.final.classes} == {"normal": 33, "abnormal": 30}
    assert figures.final.of("normal").percent == pytest.approx(100 * 33 / 63)
    assert (figures.final.unresolved, figures.final.non_sperm, figures.final.failed) == (7, 4, 2)
    assert {found.name: found.count for found in figures.model.classes} == {"normal": 40, "abnormal": 20}
    assert figures.model.unresolved == 10


def test_failed_cells_are_not_among_those_to_review() -> None:
    figures = slide_figures(TALLIES, CLASSES, "A")
    assert (figures.cells, figures.reviewed) == (74, 33)
    assert figures.reviewed_percent == pytest.approx(44.59, abs=0.01)
    assert slide_figures(TALLIES, CLASSES, "C").reviewed_percent is None


def test_slides_are_pooled_and_those_with_too_few_sperm_named() -> None:
    figures = slide_figures(TALLIES, CLASSES)
    assert figures.final.sperm == 263
    assert figures.short == ("A",)
    assert slide_figures([], CLASSES).short == ()
