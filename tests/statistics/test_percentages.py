"""Percentages of sperm: what they are of, what is left out, what is said beside them."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from sperm_viewer.statistics.percentages import NOT_NORMAL_FORMS, percentages

CLASSES = ("normal", "abnormal", "non-sperm")


def test_non_sperm_referred_and_failed_cells_are_left_out_and_said() -> None:
    found = percentages({"normal": 50, "abnormal": 150, "non-sperm": 7, "refer": 3, "": 1}, CLASSES)
    assert (found.sperm, found.non_sperm, found.unresolved, found.failed) == (200, 7, 3, 1)
    assert [(one.name, one.count, one.percent) for one in found.classes] == [
        ("normal", 50, 25.0),
        ("abnormal", 150, 75.0),
    ]
    assert found.denominator == (
        "Percent of 200 sperm, over the classes normal, abnormal. "
        "Left out: 7 non-sperm, 3 referred and not reviewed, 1 failed."
    )
    assert found.caveats == (NOT_NORMAL_FORMS,)


def test_each_percentage_has_wilsons_interval() -> None:
    normal = percentages({"normal": 8, "abnormal": 192}, CLASSES).of("normal")
    expected = binomtest(8, 200).proportion_ci(0.95, "wilson")
    assert (normal.low, normal.high) == (pytest.approx(100 * expected.low), pytest.approx(100 * expected.high))


def test_fewer_than_200_sperm_are_said_whatever_else_was_counted() -> None:
    caveats = percentages({"normal": 50, "abnormal": 149, "non-sperm": 100}, CLASSES).caveats
    assert caveats == ("Only 199 sperm counted; the WHO asks for at least 200 a slide.", NOT_NORMAL_FORMS)


def test_a_class_that_only_a_person_gave_is_counted_after_the_models() -> None:
    found = percentages({"normal": 1, "round": 3}, ("normal", "tapered"))
    assert [(one.name, one.percent) for one in found.classes] == [("normal", 25.0), ("tapered", 0.0), ("round", 75.0)]


def test_without_sperm_there_is_no_percentage() -> None:
    found = percentages({"non-sperm": 4, "refer": 1}, CLASSES)
    assert found.sperm == 0
    assert all(one.percent is one.low is one.high is None for one in found.classes)
    with pytest.raises(KeyError):
        found.of("non-sperm")
