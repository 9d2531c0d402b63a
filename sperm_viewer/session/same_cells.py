"""Which heads of an image are cells that it has already: those whose boxes overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Row = tuple[float | None, ...]
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
    if first == second:
        return 1.0
    x, y, width, height = first[:4]
    left, top, across, down = second[:4]
    if None in (x, y, width, height, left, top, across, down):
        return 0.0
    assert x is not None and y is not None and width is not None and height is not None
    assert left is not None and top is not None and across is not None and down is not None
    common = max(0.0, min(x + width, left + across) - max(x, left)) * max(
        0.0, min(y + height, top + down) - max(y, top)
    )
    whole = width * height + across * down - common
    return common / whole if whole > 0 else 0.0
