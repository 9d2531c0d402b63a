"""Damaged images are read or refused with a reason; a small run of `make torture-images`, and what the bench sees."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from torture import failing
from torture.images import READ, REFUSED, Limits, Reader, attack, table
from torture.mutations import mutation, sources

from sperm_viewer.imaging.reading.read import decode

SEED = 3


def test_a_thousand_damaged_images_are_read_or_refused() -> None:
    outcomes = list(attack(SEED, 0, 1000))
    assert [outcome for outcome in outcomes if outcome.failed] == []
    assert Counter(outcome.outcome for outcome in outcomes).keys() == {READ, REFUSED}
    assert "| all | 1000 |" in table(outcomes)


def test_every_source_is_read_before_it_is_damaged() -> None:
    chosen = sources()
    assert {source.format for source in chosen} == {"png", "jpeg", "bmp", "webp", "tiff"}
    for source in chosen:
        decode(source.content, 1)


def test_a_number_always_gives_the_same_damaged_file() -> None:
    first, second = ([mutation(chosen, SEED, number) for number in range(100)] for chosen in (sources(), sources()))
    assert first == second
    assert len({damaged.content for damaged in first}) > 90


@pytest.mark.parametrize(
    ("reader", "what"),
    [
        (failing.raising, "exception"),
        (failing.crashing, "crash"),
        (failing.hanging, "hang"),
        (failing.slow, "slow"),
        pytest.param(
            failing.greedy,
            "memory",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="memory is measured on Linux only"),
        ),
    ],
)
def test_a_failure_is_seen_and_the_next_file_is_tried(reader: Reader, what: str) -> None:
    outcomes = list(attack(SEED, 0, 3, reader, Limits(seconds=0.2, memory=50 * 2**20)))
    assert [outcome.outcome for outcome in outcomes] == [READ, what, READ]
    assert what in table(outcomes)
