"""Which heads of an image are cells that it has already: those whose boxes overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = tuple[Any, ...]
"""A cell's place: x, y, width and height of its box, all None if it has none, and more that makes no difference."""
_SAME = 0.5
"""Overlap over union of two boxes from which on they are of one head."""


def same_cells(places: Sequence[Row], stored: Mapping[int, Row]) -> list[int | None]:
    """For each place the cell of `stored`, by its id, that has it; None for a new one. No cell is given twice.

    A cell without a place takes any place, and a place without a box takes the first cell that is left.
    """
    free = dict(stored)
    found: list[int | None] = []
    for place in places:
        cell = max(free, key=lambda cell: _overlap(place, free[cell]), default=None)
        if cell is not None and _overlap(place, free[cell]) < _SAME:
            cell = next((cell for cell, known in free.items() if None in (place[0], known[0])), None)
        if cell is not None:
            del free[cell]
        found.append(cell)
    return found


def _overlap(first: Row, second: Row) -> float:
    one, other = _box(first), _box(second)
    if one is None or other is None:
        return float(first == second)
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (one, other)]
    return across * down / (sum(areas) - across * down)


def _box(row: Row) -> tuple[float, float, float, float] | None:
    """Left, top, right, bottom."""
    x, y, width, height = row[:4]
    return None if x is None else (x, y, x + width, y + height)
