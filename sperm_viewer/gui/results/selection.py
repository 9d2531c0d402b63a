"""Rows as Qt's selections."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QItemSelection


def rows_as_selection(model: QAbstractItemModel, rows: Sequence[int]) -> QItemSelection:
    """Ascending rows, neighbours as one range, so that even a hundred thousand are selected at once."""
    selection = QItemSelection()
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end] != rows[end - 1] + 1:
            last = model.index(rows[end - 1], model.columnCount() - 1)
            selection.select(model.index(rows[start], 0), last)
            start = end
    return selection
