"""The geometry of cells in a grid under headings, computed so that 100,000 cells cost no more than ten."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize


@dataclass(frozen=True, slots=True)
class _Block:
    """A group: the place of its first cell, and the tops of its heading and of its cells."""

    first: int
    count: int
    top: int
    grid: int


class Arrangement:
    """Cells in lines from left to right, group after group. Places count cells from 0 over all groups."""

    def __init__(self, groups: Sequence[int], width: int, cell: QSize, heading: int, margin: int) -> None:
        """`groups` are the numbers of cells per group, each above 0; sizes in logical pixels."""
        self._cell = cell
        self._margin = margin
        self.columns = max(1, (width - 2 * margin) // cell.width())
        room = max(cell.width(), width - 2 * margin)
        # The remaining width is shared between the columns.
        self._lefts = [margin + round(room * n / self.columns) for n in range(self.columns)]
        self._blocks: list[_Block] = []
        first, top = 0, margin
        for count in groups:
            self._blocks.append(_Block(first, count, top, top + heading))
            first += count
            top += heading + self._lines(count) * cell.height()
        self.count = first
        self.height = top + margin
        self._firsts = [block.first for block in self._blocks]
        self._tops = [block.top for block in self._blocks]
        self._width = width

    def rect(self, place: int) -> QRect:
        """The rectangle of a cell."""
        block = self._blocks[self._block_of(place)]
        line, column = divmod(place - block.first, self.columns)
        return QRect(QPoint(self._lefts[column], block.grid + line * self._cell.height()), self._cell)

    def heading(self, group: int) -> QRect:
        block = self._blocks[group]
        return QRect(self._margin, block.top, self._width - 2 * self._margin, block.grid - block.top)

    def place_at(self, point: QPoint) -> int | None:
        """The cell at a point; None for a heading or a gap."""
        place = self.nearest(point)
        return place if place is not None and self.rect(place).contains(point) else None

    def nearest(self, point: QPoint) -> int | None:
        """The cell at a point or nearest to it in its line; None if there are no cells."""
        if not self.count:
            return None
        block = self._blocks[max(0, bisect_right(self._tops, point.y()) - 1)]
        line = min(max(0, (point.y() - block.grid) // self._cell.height()), self._lines(block.count) - 1)
        column = max(0, bisect_right(self._lefts, point.x()) - 1)
        return block.first + min(line * self.columns + column, block.count - 1)

    def between(self, top: int, bottom: int) -> range:
        """The cells between `top` and `bottom`."""
        if not self.count:
            return range(0)
        first, last = self.nearest(QPoint(0, top)), self.nearest(QPoint(self._width, bottom))
        return range(first or 0, (last or 0) + 1)

    def headings_between(self, top: int, bottom: int) -> range:
        """The groups whose headings may be between `top` and `bottom`."""
        return range(max(0, bisect_right(self._tops, top) - 1), bisect_right(self._tops, bottom))

    def lines_away(self, place: int, lines: int) -> int:
        """The cell this many lines below, or above if negative, in the same column if possible."""
        number = self._block_of(place)
        block = self._blocks[number]
        line, column = divmod(place - block.first, self.columns)
        line += lines
        while line < 0 and number > 0:
            number -= 1
            line += self._lines(self._blocks[number].count)
        while line >= self._lines(self._blocks[number].count) and number < len(self._blocks) - 1:
            line -= self._lines(self._blocks[number].count)
            number += 1
        block = self._blocks[number]
        line = min(max(line, 0), self._lines(block.count) - 1)
        return block.first + min(line * self.columns + column, block.count - 1)

    def _block_of(self, place: int) -> int:
        return bisect_right(self._firsts, place) - 1

    def _lines(self, count: int) -> int:
        return -(-count // self.columns)
