"""Which cells to label next: half of them uncertain, half at random, spread over the slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sperm_viewer.domain.verdict import Why


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cell without a label: `confidence` of the model in use, 0 to 1."""

    id: int
    slide: int
    confidence: float


def cells_to_label(candidates: Sequence[Candidate], count: int, seed: int) -> dict[int, Why]:
    """At most `count` cells, by id, in random order, with why each is read; the slides take turns."""
    rng = np.random.default_rng(seed)
    shuffled = [candidates[int(place)] for place in rng.permutation(len(candidates))]
    by_doubt = _in_turn(sorted(shuffled, key=lambda one: one.confidence))
    uncertain = {one.id: Why.OWN_CHOICE for one in by_doubt[: (count + 1) // 2]}
    at_random = [one for one in _in_turn(shuffled) if one.id not in uncertain][: count // 2]
    chosen = uncertain | {one.id: Why.RANDOM for one in at_random}
    ids = list(chosen)
    return {ids[int(place)]: chosen[ids[int(place)]] for place in rng.permutation(len(ids))}


def _in_turn(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first cell of each slide, then the second of each, and so on."""
    seen: dict[int, int] = {}
    turns = []
    for place, one in enumerate(candidates):
        turn = seen.get(one.slide, 0)
        seen[one.slide] = turn + 1
        turns.append((turn, place))
    return [candidates[place] for _, place in sorted(turns)]
