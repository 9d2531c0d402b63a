"""Objectives: a scale comes from a measured line, and can be told from one that nobody can have."""

from __future__ import annotations

import pytest

from sperm_viewer.domain.objective import Objective, measured_scale, objective_text, read_objective

_ONE = Objective("100x oil", 0.0645, (1280, 1024), "2026-11-29", "Ana")


def test_an_objective_comes_back_from_its_text() -> None:
    assert read_objective(objective_text(_ONE)) == _ONE


@pytest.mark.parametrize("text", ["", "100x | 0.06", "a | b | 1 x 1 | d | e", "a | 90 | 1 x 1 | d | e"])
def test_another_text_is_no_objective(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_objective(text)


def test_a_line_along_a_micrometer_gives_the_side_of_a_pixel() -> None:
    assert measured_scale(1550.0, 100.0) == pytest.approx(0.0645, rel=1e-3)


@pytest.mark.parametrize(("px", "um", "words"), [(0.0, 100.0, "Draw a line"), (10.0, 100.0, "Check the length")])
def test_a_line_that_gives_no_scale_is_refused_in_words(px: float, um: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        measured_scale(px, um)
