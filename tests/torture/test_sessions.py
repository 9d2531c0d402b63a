"""Damaged and crafted session files are opened or refused in words; a small run of `make torture PART=sessions`."""

from __future__ import annotations

from pathlib import Path

from torture.bench import Case, Limits, Part, attack
from torture.sessions import CRAFTED, MUTATED, OPENED, REFUSED, give_to_every_command, make_crafted

SEED = 5
_SOME = (
    "an endless view in the place of counted",
    "an endless view in the place of audit",
    "a trigger that deletes",
    "a head that is none",
    "a model that is no number",
    "two tables on one page",
    "results.status = 'wish', everywhere and in the trail",
    "results.probabilities = '[0.5, 0.5, N', everywhere and in the trail",
    "models.classes = '[]', everywhere and in the trail",
    "a pipe",
)


def _make_some(seed: int, number: int, folder: Path) -> Case:
    return make_crafted(seed, list(CRAFTED).index(_SOME[number]), folder)


def test_a_crafted_session_is_opened_or_refused_by_every_command() -> None:
    part = Part("crafted", len(_SOME), _make_some, give_to_every_command, (OPENED, REFUSED), Limits(seconds=10.0))
    assert [outcome for outcome in attack(part, SEED, 0, part.full) if outcome.failed] == []


def test_a_damaged_session_is_opened_or_refused_by_every_command() -> None:
    assert [outcome for outcome in attack(MUTATED, SEED, 0, 12) if outcome.failed] == []
