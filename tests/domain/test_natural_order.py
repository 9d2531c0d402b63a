"""Names sort as people expect."""

from __future__ import annotations

import random

from sperm_viewer.domain.natural_order import natural_key


def test_numbers_in_names_count_as_numbers() -> None:
    expected = ["a1", "a2", "A10", "a010b", "a11", "b1", "b2x3", "b2x20", "ß1"]
    shuffled = expected.copy()
    random.Random(0).shuffle(shuffled)
    assert sorted(shuffled, key=natural_key) == expected


def test_names_that_differ_only_in_case_or_zeros_have_one_order() -> None:
    names = ["a1", "A1", "a01", "a001"]
    turned = names[::-1]
    assert sorted(names, key=natural_key) == sorted(turned, key=natural_key)
    assert len({natural_key(name) for name in names}) == len(names)


def test_a_number_of_any_length_is_a_number() -> None:
    assert natural_key("x" + "9" * 60) < natural_key("x1" + "0" * 60)
