"""The order of the table's rows, and the arrow in its header that says so: never one without the other."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from sperm_viewer.gui.results.columns import COLUMNS
from sperm_viewer.gui.results.table import CellTable
from sperm_viewer.gui.results.table_model import CellTableModel

NATURAL = -1
"""In place of a column: by slide and file, as the results came."""


class Sorting(QObject):
    changed = Signal(int, Qt.SortOrder)
    sorted_rows = Signal()
    """The user had the rows sorted, and wants to see the current one."""

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
        """Sorts for the user, who sees the current cell afterwards, or the top of the table."""
        if column != NATURAL and COLUMNS[column].order is None:
            self._show_arrow()
            return
        self._note(column, direction)
        self._model.sort(column, direction)
        self._table.executeDelayedItemsLayout()
        self.sorted_rows.emit()

    def again(self) -> None:
        """Takes in the rows that were added below; what the user is looking at stays where it is."""
        if self.column == NATURAL or not self._model.rowCount():
            return
        row = self._table.anchor()
        cell, top = self._model.id_at(row), self._table.rowViewportPosition(row)
        self._model.sort(self.column, self.direction)
        self._table.hold(self._model.row_of(cell) or 0, top)

    def forget(self) -> None:
        """Another session begins in natural order; its rows are read by who calls this."""
        self._note(NATURAL, Qt.SortOrder.AscendingOrder)

    def _note(self, column: int, direction: Qt.SortOrder) -> None:
        self.column, self.direction = column, direction
        self._show_arrow()
        self.changed.emit(column, direction)

    def _show_arrow(self) -> None:
        self._header.blockSignals(True)
        self._header.setSortIndicator(self.column, self.direction)
        self._header.blockSignals(False)
