"""Replicate slides against the WHO's table."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sperm_viewer.statistics.percentages import SpermPercentages, percentages
from sperm_viewer.statistics.replicates import compare_replicates, largest_difference


def slide(normal: int, others: int) -> SpermPercentages:
    return percentages({"normal": normal, "abnormal": others}, ("normal", "abnormal"))


WHO = """0:1 1:2 2:3 3-4:4 5-7:5 8-11:6 12-16:7 17-23:8 24-34:9 35-65:10 66-76:9 77-83:8 84-88:7 89-92:6 93-95:5
96-97:4 98:3 99:2 100:1"""


def test_the_limit_at_every_whole_percentage_is_that_of_the_whos_table() -> None:
    expected = {}
    for row in WHO.split():
        averages, limit = row.split(":")
        first, _, last = averages.partition("-")
        expected |= dict.fromkeys(range(int(first), int(last or first) + 1), int(limit))
    assert {average: largest_difference(Fraction(average)) for average in range(101)} == expected


def test_an_average_between_two_whole_percentages_is_rounded_half_up() -> None:
    # The manual's example, section 2.17.5: 21% and 18% average 19.5%, "rounded up to 20%".
    found = compare_replicates(slide(42, 158), slide(36, 164), "normal")
    assert found
    assert "at an average of 20% the WHO accepts up to 8" in found.words
    assert compare_replicates(slide(40, 160), slide(42, 158), "normal").words.count("at an average of 21%") == 1  # type: ignore[union-attr]
    # 2.5 is rounded to 3, 3.5 to 4, 4.5 to 5.
    assert [largest_difference(Fraction(half, 2)) for half in (5, 7, 9)] == [4, 4, 5]


def test_a_difference_of_just_the_limit_agrees_and_one_cell_more_asks_for_a_recount() -> None:
    close = compare_replicates(slide(8, 192), slide(18, 182), "normal")
    assert close
    assert (close.average, close.difference, close.limit, close.agrees) == (6.5, 5.0, 5, True)
    assert close.words == (
        "normal: 4.0% and 9.0% differ by 5.0; at an average of 7% the WHO accepts up to 5: the slides agree."
    )
    apart = compare_replicates(slide(8, 192), slide(19, 181), "normal")
    assert apart
    assert not apart.agrees
    assert apart.words.endswith("the WHO accepts up to 5: too far apart, count both slides again.")
    assert close.caveats == apart.caveats == ()


@pytest.mark.parametrize(("other", "said"), [(199, "Fewer than 200"), (201, "More than 200")])
def test_slides_that_the_table_is_not_made_for_are_said(other: int, said: str) -> None:
    found = compare_replicates(slide(20, 180), slide(20, other - 20), "normal")
    assert found
    assert len(found.caveats) == 1
    assert found.caveats[0].startswith(f"{said} sperm were counted on a slide (200 and {other})")


def test_a_slide_without_sperm_is_not_compared() -> None:
    assert compare_replicates(slide(0, 0), slide(10, 190), "normal") is None
    with pytest.raises(ValueError, match="not a percentage"):
        largest_difference(Fraction(101))
