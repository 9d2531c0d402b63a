"""What is typed about samples and slides is checked in words and stored without spaces around it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cells import session_with

from sperm_viewer.domain.sample import SampleDetails, SlideDetails
from sperm_viewer.session.typed_details import TypedSlide, as_typed, read_slide, sample_problems, slide_problems

TODAY = date(2025, 3, 31)


def found(typed: TypedSlide) -> list[tuple[int, str]]:
    return [(problem.of, problem.field) for problem in slide_problems({1: typed}, {1: "A"})]


@pytest.mark.parametrize("typed", ["31.3.2025", "2025-02-30", "20250331", "2025-W14-1", "yesterday", "2025-04-01"])
def test_a_date_is_year_month_day_and_not_in_the_future(typed: str) -> None:
    assert [field for field, _ in sample_problems(SampleDetails(collected=typed), TODAY)] == ["collected"]


def test_a_sample_is_not_received_before_it_is_collected() -> None:
    assert list(sample_problems(SampleDetails("2025-03-30", "2025-03-31"), TODAY)) == []
    ((field, words),) = sample_problems(SampleDetails("2025-03-31", "2025-03-30"), TODAY)
    assert (field, words) == ("received", "2025-03-30 is before 2025-03-31, when it was collected. Check both.")


@pytest.mark.parametrize("typed", ["0", "-0.1", "65", "abc", "nan", "inf", "0.065 µm"])
def test_a_scale_is_a_number_that_a_microscope_can_have(typed: str) -> None:
    assert found(TypedSlide(um_per_px=typed)) == [(1, "um_per_px")]


def test_what_is_right_or_empty_is_taken_and_a_comma_is_a_point() -> None:
    typed = TypedSlide(" Diff-Quik", "air ", "1000×", "100× oil", " 0,065 ", "WHO 2021")
    assert found(typed) == []
    assert read_slide(typed) == SlideDetails("Diff-Quik", "air", "1000×", "100× oil", 0.065, "WHO 2021")
    assert read_slide(TypedSlide()) == SlideDetails()


def test_stored_details_come_back_as_they_were_typed(tmp_path: Path) -> None:
    session, _ = session_with(tmp_path, ["a.png"])
    with session:
        typed = TypedSlide("Diff-Quik", "air", "1000×", "100× oil", "0.065", "WHO 2021")
        session.set_slide_details(1, read_slide(typed), "Ada")
        session.set_sample_details(1, SampleDetails("2025-03-30", "2025-03-31", "Dr Bo"), "Ada")
        (sample,) = session.samples()
    assert as_typed(sample.slides[0].details) == typed
    assert sample.details == SampleDetails("2025-03-30", "2025-03-31", "Dr Bo")
