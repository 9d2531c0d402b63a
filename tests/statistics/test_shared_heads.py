"""Fields that overlap share heads at the same distances; fields that don't share none, whatever chance does."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.statistics.shared_heads import PlacedHeads, shared_heads

_SIZE = (1280, 1024)


def placed(middles: np.ndarray, areas: np.ndarray) -> PlacedHeads:
    inside = ((middles >= 0) & (middles < _SIZE)).all(axis=1)
    return PlacedHeads(_SIZE, middles[inside], areas[inside], np.full(int(inside.sum()), 80.0))


def smear(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Heads of a smear much larger than a field, about ten to a field."""
    dice = np.random.default_rng(seed)
    return dice.uniform(-2000, 4000, (270, 2)), dice.normal(3500, 500, 270)


def field(seed: int, left: float, top: float) -> PlacedHeads:
    """A field of a smear, whose outlines differ a little from photograph to photograph."""
    middles, areas = smear(seed)
    dice = np.random.default_rng(int(seed * 1000 + left + top))
    found = middles - (left, top) + dice.normal(0, 1.5, middles.shape)
    return placed(found, areas * dice.normal(1, 0.02, len(areas)))


@pytest.mark.parametrize("shift", [(640, 0), (-500, 300), (0, 512), (20, -10)])
def test_fields_that_overlap_share_the_heads_of_their_common_part(shift: tuple[int, int]) -> None:
    first, second = field(3, 0, 0), field(3, *shift)
    common = (first.middles >= shift) & (first.middles < np.add(_SIZE, shift))
    expected = int(common.all(axis=1).sum())
    assert expected >= 3
    assert abs(shared_heads(first, second) - expected) <= 1


def test_fields_of_different_smears_share_nothing() -> None:
    fields = [field(seed, 0, 0) for seed in range(40)]
    pairs = [(one, other) for number, one in enumerate(fields) for other in fields[number + 1 :]]
    assert sum(shared_heads(one, other) > 0 for one, other in pairs) == 0


def test_two_common_heads_are_no_proof() -> None:
    middles, areas = np.array([[100.0, 100], [400, 300], [900, 700]]), np.full(3, 3000.0)
    other = np.array([[200.0, 100], [500, 300], [60, 900]])
    assert shared_heads(placed(middles, areas), placed(other, areas)) == 0
