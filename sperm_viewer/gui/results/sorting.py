"""Keeps the order of the table's rows and the arrow in its header consistent."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from sperm_viewer.gui.results.columns import COLUMNS
from sperm_viewer.gui.results.table import CellTable
from sperm_viewer.gui.results.table_model import CellTableModel

NATURAL = -1
"""Instead of a column: by slide and file."""


class Sorting(QObject):
    changed = Signal(int, Qt.SortOrder)
    sorted_rows = Signal()
    """The user sorted the rows; the current row should become visible."""

    def __init__(self, table: CellTable, model: CellTableModel) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._header = table.horizontalHeader()
        self._header.setSectionsClickable(True)
        self._header.setSortIndicatorShown(True)
        self._header.setSortIndicatorClearable(True)
        self.column = NATURAL
        self.direction = Qt.SortOrder.AscendingOrder
        self._show_arrow()
        self._header.sortIndicatorChanged.connect(self.by)

    def by(self, column: int, direction: Qt.SortOrder) -> None:
        """Sorts by a column, and shows the current cell or the top of the table."""
        if column != NATURAL and COLUMNS[column].order is None:
            self._show_arrow()
            return
        self._set(column, direction)
        self._model.sort(column, direction)
        self._table.executeDelayedItemsLayout()
        self.sorted_rows.emit()

    def again(self) -> None:
        """Sorts again with the rows that were added below; the visible rows keep their positions."""
        if self.column == NATURAL or not self._model.rowCount():
            return
        row = self._table.anchor()
        cell, top = self._model.id_at(row), self._table.rowViewportPosition(row)
        self._model.sort(self.column, self.direction)
        self._table.hold(self._model.row_of(cell) or 0, top)

    def forget(self) -> None:
        """Resets to natural order without sorting: the caller reads the rows again."""
        self._set(NATURAL, Qt.SortOrder.AscendingOrder)

    def _set(self, column: int, direction: Qt.SortOrder) -> None:
        self.column, self.direction = column, direction
        self._show_arrow()
        self.changed.emit(column, direction)

    def _show_arrow(self) -> None:
        self._header.blockSignals(True)
        self._header.setSortIndicator(self.column, self.direction)
        self._header.blockSignals(False)
