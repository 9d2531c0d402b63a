"""Reference ranges belong to a stain and a source."""

from __future__ import annotations

import pytest

from sperm_viewer.domain.reference_range import PUBLISHED_RANGES, range_text, ranges_of_stain, read_range


def test_published_ranges_come_back_from_their_text_and_name_their_source() -> None:
    assert [read_range(range_text(one)) for one in PUBLISHED_RANGES] == list(PUBLISHED_RANGES)
    assert {one.short_source for one in PUBLISHED_RANGES} == {"WHO 2010", "Bellastella 2010"}


def test_a_slide_gets_the_ranges_of_its_own_stain_alone() -> None:
    assert ranges_of_stain("PAPANICOLAOU (modified)", PUBLISHED_RANGES) == list(PUBLISHED_RANGES)
    assert ranges_of_stain("Diff-Quik", PUBLISHED_RANGES) == []
    assert ranges_of_stain("", PUBLISHED_RANGES) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Papanicolaou | length", "six parts"),
        (" | length | 4.1 | | | us", "stain and source"),
        ("Diff-Quik | tail | 4.1 | | | us", "'tail' is not measured"),
        ("Diff-Quik | length | four | | | us", "'four' can't be a measurement"),
        ("Diff-Quik | length | 4,1 | -3 | | us", "'-3' can't be a measurement"),
    ],
)
def test_a_line_that_is_no_range_is_refused_in_words(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_range(line)
