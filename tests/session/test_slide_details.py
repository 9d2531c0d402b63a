"""What is typed about slides is checked in words and stored without spaces around it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cells import session_with

from sperm_viewer.session.session import SlideDetails
from sperm_viewer.session.slide_details import TypedDetails, as_typed, problems, read_details

TODAY = date(2025, 3, 31)


def found(**typed: TypedDetails) -> list[tuple[str, str]]:
    return [(problem.slide, problem.field) for problem in problems(typed, TODAY)]


@pytest.mark.parametrize("typed", ["31.3.2025", "2025-02-30", "20250331", "2025-W14-1", "yesterday", "2025-04-01"])
def test_a_date_is_year_month_day_and_not_in_the_future(typed: str) -> None:
    assert found(A=TypedDetails(date=typed)) == [("A", "date")]


@pytest.mark.parametrize("typed", ["0", "-0.1", "65", "abc", "nan", "inf", "0.065 µm"])
def test_a_scale_is_a_number_that_a_microscope_can_have(typed: str) -> None:
    assert found(A=TypedDetails(um_per_px=typed)) == [("A", "um_per_px")]


def test_what_is_right_or_empty_is_taken_and_a_comma_is_a_point() -> None:
    typed = TypedDetails(" P-17 ", " 2025-03-31 ", "Diff-Quik", "100×", " 0,065 ", "B")
    assert found(A=typed, B=TypedDetails()) == []
    assert read_details(typed) == SlideDetails("P-17", "2025-03-31", "Diff-Quik", "100×", 0.065, "B")
    assert read_details(TypedDetails()) == SlideDetails()


def test_a_replicate_of_a_replicate_is_refused_and_so_are_two_of_each_other() -> None:
    chain = {"A": TypedDetails(), "B": TypedDetails(replicate_of="A"), "C": TypedDetails(replicate_of="B")}
    assert found(**chain) == [("C", "replicate_of")]
    assert found(A=TypedDetails(replicate_of="B"), B=TypedDetails(replicate_of="A")) == [
        ("A", "replicate_of"),
        ("B", "replicate_of"),
    ]
    assert found(A=TypedDetails(), B=TypedDetails(replicate_of="A"), C=TypedDetails(replicate_of="A")) == []


def test_stored_details_come_back_as_they_were_typed(tmp_path: Path) -> None:
    session, _ = session_with(tmp_path, ["a.png"])
    with session:
        typed = TypedDetails("P-17", "2025-03-31", "Diff-Quik", "100×", "0.065")
        session.set_slide_details("A-017", read_details(typed), "Ada")
        assert as_typed(session.slide_details()["A-017"]) == typed
