"""Whether two fields show the same heads: photographed with an overlap, they have heads at the same distances.

A microscope's stage shifts and doesn't turn, so all shared heads are apart by one and the same shift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_NEAR = 0.12
"""How far a shared head may be from where the shift puts it, in head lengths."""
_AREA = 1.25
"""By how much the areas of a shared head may differ."""
_FEWEST = 3
"""Two heads at the same distance are found by chance; a third one at the same place hardly ever is."""
_SHARE = 0.7
"""Share of the heads in the common part of both fields that are found in the other."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlacedHeads:
    """The whole heads of a field of `size` (width, height) px: middles (n, 2) of x, y, areas (n,) and lengths (n,)."""

    size: tuple[int, int]
    middles: Numbers
    areas: Numbers
    lengths: Numbers


def shared_heads(first: PlacedHeads, second: PlacedHeads) -> int:
    """How many heads of two fields are the same; 0 where that may be chance."""
    if min(len(first.areas), len(second.areas)) < _FEWEST or first.size != second.size:
        return 0
    alike = np.abs(np.log(first.areas[:, None] / second.areas[None, :])) < np.log(_AREA)
    shifts = (second.middles[None, :] - first.middles[:, None])[alike]
    near = _NEAR * float(np.median(np.concatenate([first.lengths, second.lengths])))
    best = 0
    for shift in shifts:
        away = np.linalg.norm(first.middles[:, None] + shift - second.middles[None, :], axis=2)
        met = (away < near) & alike
        found = min(int(met.any(axis=1).sum()), int(met.any(axis=0).sum()))
        if found > best and found >= _FEWEST and found >= _SHARE * _in_both(first, second, shift):
            best = found
    return best


def _in_both(first: PlacedHeads, second: PlacedHeads, shift: Numbers) -> int:
    """The heads in the common part of two fields, in the one that has more of them there."""
    size = np.array(first.size, np.float64)
    there = [first.middles + shift, second.middles - shift]
    return max(int(((each >= 0) & (each < size)).all(axis=1).sum()) for each in there)
