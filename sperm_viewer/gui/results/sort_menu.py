"""Sort By: sorts the cells from a menu, as a click on the table's header does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.sorting import NATURAL

_COLUMNS = (
    ("&Natural Order", NATURAL),
    ("&Slide", Col.SLIDE),
    ("&File", Col.FILE),
    ("&Class", Col.CLASS),
    ("&Verdict", Col.VERDICT),
    ("Ano&malies", Col.ANOMALIES),
    ("C&onfidence", Col.CONFIDENCE),
    ("F&lags", Col.FLAGS),
    ("S&tatus", Col.STATUS),
    ("&Reviewer", Col.REVIEWER),
)
_DIRECTIONS = (
    ("&Ascending", Qt.SortOrder.AscendingOrder),
    ("&Descending", Qt.SortOrder.DescendingOrder),
)


class SortMenu(QMenu):
    chosen = Signal(int, Qt.SortOrder)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("&Sort By", parent)
        self._columns = {column: _entry(text) for text, column in _COLUMNS}
        self._directions = {direction: _entry(text) for text, direction in _DIRECTIONS}
        for entries in (self._columns, self._directions):
            group = QActionGroup(self)
            for entry in entries.values():
                entry.setParent(self)
                group.addAction(entry)
                self.addAction(entry)
                entry.triggered.connect(self._choose)
            if entries is self._columns:
                self.addSeparator()
        self.show_order(NATURAL, Qt.SortOrder.AscendingOrder)

    def show_order(self, column: int, direction: Qt.SortOrder) -> None:
        """Checks the current order. Natural order has one direction only."""
        self._columns[column].setChecked(True)
        self._directions[direction].setChecked(True)
        for entry in self._directions.values():
            entry.setEnabled(column != NATURAL)

    def _choose(self) -> None:
        column = next(column for column, entry in self._columns.items() if entry.isChecked())
        direction = next(direction for direction, entry in self._directions.items() if entry.isChecked())
        self.chosen.emit(column, direction)


def _entry(text: str) -> QAction:
    entry = QAction(text)
    entry.setCheckable(True)
    return entry
