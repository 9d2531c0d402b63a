"""Damaged and crafted model folders score or are refused in words; a small run of `make torture PART=models`."""

from __future__ import annotations

from torture.bench import attack
from torture.models import MODELS

SEED = 4


def test_a_damaged_or_crafted_model_scores_or_is_refused() -> None:
    assert [outcome for outcome in attack(MODELS, SEED, 0, 4) if outcome.failed] == []
