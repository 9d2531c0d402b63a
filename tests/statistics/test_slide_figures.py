"""Figures of a slide and of all: worked out by hand from the tallies of a session."""

from __future__ import annotations

import pytest

from sperm_viewer.domain.cell import NON_SPERM, REFER
from sperm_viewer.domain.verdict import How
from sperm_viewer.statistics.slide_figures import Tally, slide_figures

CLASSES = ("normal", "abnormal", NON_SPERM)
TALLIES = [
    Tally(1, 1, "A", "normal", "scored", "normal", None, 30),
    Tally(1, 1, "A", "normal", "scored", "abnormal", How.SINGLE, 10),
    Tally(1, 1, "A", "abnormal", "scored", "abnormal", How.BULK, 20),
    Tally(1, 1, "A", "normal", "referred", REFER, None, 7),
    Tally(1, 1, "A", "abnormal", "referred", "normal", How.BLIND, 3),
    Tally(1, 1, "A", NON_SPERM, "scored", NON_SPERM, None, 4),
    Tally(1, 1, "A", "", "failed", "", None, 2),
    Tally(1, 2, "B", "abnormal", "scored", "abnormal", None, 200),
    Tally(1, 3, "C", "", "failed", "", None, 1),
]


def test_final_classes_stand_beside_what_the_model_alone_said() -> None:
    figures = slide_figures(TALLIES, CLASSES, 1)
    assert {found.name: found.count for found in figures.final.classes} == {"normal": 33, "abnormal": 30}
    assert figures.final.of("normal").percent == pytest.approx(100 * 33 / 63)
    assert (figures.final.unresolved, figures.final.non_sperm, figures.final.failed) == (7, 4, 2)
    assert {found.name: found.count for found in figures.model.classes} == {"normal": 40, "abnormal": 20}
    assert figures.model.unresolved == 10


def test_failed_cells_are_not_among_those_to_review() -> None:
    figures = slide_figures(TALLIES, CLASSES, 1)
    assert figures.cells == 74
    assert (figures.read, figures.singly, figures.blind, figures.in_bulk) == (13, 10, 3, 20)
    assert figures.read_percent == pytest.approx(17.57, abs=0.01)
    assert slide_figures(TALLIES, CLASSES, 3).read_percent is None


def test_slides_are_pooled_and_those_with_too_few_sperm_named() -> None:
    figures = slide_figures(TALLIES, CLASSES)
    assert figures.final.sperm == 263
    assert figures.short == ("A",)
    assert slide_figures([], CLASSES).short == ()
