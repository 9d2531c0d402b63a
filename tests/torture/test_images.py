"""Damaged images and bombs are read or refused with a reason, and the bench sees what fails."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from torture import bombs, failing
from torture.bench import Case, Limits, Part, attack, run_part, table
from torture.images import IMAGES, READ, REFUSED, read_as_the_app
from torture.mutations import mutation, sources

from sperm_viewer.imaging.reading.read import decode

SEED = 3


def test_hundreds_of_damaged_images_are_read_or_refused() -> None:
    outcomes = list(attack(IMAGES, SEED, 0, 250))
    assert [outcome for outcome in outcomes if outcome.failed] == []
    assert Counter(outcome.ending for outcome in outcomes).keys() == {READ, REFUSED}
    assert "| images | tiff |" in table(outcomes)


_SMALL_BOMBS = (
    "bmp: 20,000,000 empty runs",
    "jpeg: 1,500 scans behind an end in a comment",
    "png: 8 MP of 16 bits with alpha",
    "png: 16 bits, a filter that doesn't exist",
    "png: a text of a gigabyte",
    "tiff: overlapping directories",
    "tiff: 30,000 strips that share a block",
    "tiff: 8 MP of 16 bits with alpha",
    "tiff: tiles of 2**31 pixels",
)


def _small_bomb(seed: int, number: int, folder: Path) -> Case:
    return bombs.make(seed, list(bombs.BOMBS).index(_SMALL_BOMBS[number]), folder)


def test_bombs_take_little_memory_and_time() -> None:
    # Of 8 million pixels with 16 bits and alpha the samples alone take 61 MB, and the image that they become 23 MB.
    limits = Limits(seconds=2.5, memory=170 * 2**20)
    part = Part("bombs", len(_SMALL_BOMBS), _small_bomb, read_as_the_app, (READ, REFUSED), limits)
    assert [outcome for outcome in attack(part, SEED, 0, part.full) if outcome.failed] == []


def test_every_source_is_read_before_it_is_damaged() -> None:
    chosen = sources()
    assert {source.format for source in chosen} == {"png", "jpeg", "bmp", "webp", "tiff"}
    for source in chosen:
        decode(source.content, 1)


def test_a_number_always_gives_the_same_damaged_file() -> None:
    first, second = ([mutation(chosen, SEED, number) for number in range(100)] for chosen in (sources(), sources()))
    assert first == second
    assert len({damaged.content for damaged in first}) > 90


_FAILING = Part("failing", 3, failing.nothing, failing.raising, (READ,))


@pytest.mark.parametrize(
    ("attempt", "what"),
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
def test_a_failure_is_seen_and_the_next_case_is_tried(attempt: Callable[[Case], tuple[str, str]], what: str) -> None:
    # Only what is meant to be slow has a short limit: touching 100 MB takes its time on a busy machine.
    seconds = 0.2 if what in ("hang", "slow") else 10.0
    part = replace(_FAILING, attempt=attempt, limits=Limits(seconds=seconds, memory=50 * 2**20))
    outcomes = list(attack(part, SEED, 0, 3))
    assert [outcome.ending for outcome in outcomes] == [READ, what, READ]
    assert what in table(outcomes)


def test_a_part_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    part = replace(_FAILING, attempt=failing.crashing)
    assert [outcome.ending for outcome in run_part(part, SEED, 1, file)] == [READ]
    assert [outcome.number for outcome in run_part(part, SEED, 2, file)] == [0, 1]
    assert len({json.loads(line)["number"] for line in file.read_text().splitlines()}) == 2
