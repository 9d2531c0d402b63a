"""The table's view: whole rows are hovered, current and moved between; the file's name gets the room that is left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from sperm_viewer.gui.background.thumbnails import SIDE
from sperm_viewer.gui.results.columns import COLUMNS, Col

_Select = QItemSelectionModel.SelectionFlag
_Move = QAbstractItemView.CursorAction
_ENDS = (_Move.MoveHome, _Move.MoveEnd)


class CellTable(QTableView):
    def __init__(self) -> None:
        super().__init__()
        self.hovered_row = -1
        self.setAccessibleName("Cells")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setIconSize(QSize(SIDE, SIDE))
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(SIDE + 10)

    def set_up_columns(self) -> None:
        """Widths for the model's columns, which have to be there."""
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(Col.FILE, QHeaderView.ResizeMode.Fixed)
        for number, column in enumerate(COLUMNS):
            header.resizeSection(number, column.width)
        header.sectionResized.connect(lambda section: self.fit_file_column() if section != Col.FILE else None)

    def fit_file_column(self) -> None:
        """Names of files are the longest texts: they get all that the other columns leave."""
        header = self.horizontalHeader()
        others = header.length() - header.sectionSize(Col.FILE)
        header.resizeSection(Col.FILE, max(COLUMNS[Col.FILE].width, self.viewport().width() - others))

    def make_current(self, row: int) -> None:
        """The only selected row, whatever keys are held down; in the first column, so that nothing scrolls sideways."""
        index = self.model().index(row, Col.CROP)
        self.selectionModel().setCurrentIndex(index, _Select.ClearAndSelect | _Select.Rows)

    def show_row(self, row: int) -> None:
        """Scrolls no further than it has to, and never sideways."""
        self.scrollTo(self.model().index(row, Col.CROP))

    def anchor(self) -> int:
        """The row that has to stay where it is when rows move: the current one where it is seen, else the uppermost."""
        row = self.currentIndex().row()
        seen = row >= 0 and 0 <= self.rowViewportPosition(row) < self.viewport().height()
        return row if seen else self.rowAt(0)

    def hold(self, row: int, top: int) -> None:
        """Scrolls so that a row's upper edge is `top` pixels below the table's."""
        self.executeDelayedItemsLayout()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.rowViewportPosition(row) - top)

    # Qt's side

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and last row: within a row there is nowhere to go."""
        if action in _ENDS and self.model().rowCount():
            row = 0 if action is _Move.MoveHome else self.model().rowCount() - 1
            return self.model().index(row, max(self.currentIndex().column(), Col.CROP))
        return super().moveCursor(action, modifiers)

    def currentChanged(
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            # Qt repaints one cell of each row, but the current row is marked in all of them.
            for row in (previous.row(), current.row()):
                self.viewport().update(0, self.rowViewportPosition(row), self.viewport().width(), self.rowHeight(row))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        # The row under the pointer is another one now; which, the next move says.
        self._hover(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.model():
            self.fit_file_column()

    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()
