"""The table's view: hovers, marks and moves by whole rows; the file column takes the remaining width."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from sperm_viewer.gui.background.thumbnails import SIDE
from sperm_viewer.gui.results.columns import COLUMNS, Col

_Select = QItemSelectionModel.SelectionFlag
_Move = QAbstractItemView.CursorAction
_ROWS_AROUND = 2
_GROW_FROM, _LARGEST, _STEP = 800, 104, 4
"""The width of the table, in pixels, from which its pictures grow with it; the largest; and the steps of growth."""
_ENDS = (_Move.MoveHome, _Move.MoveEnd)


class CellTable(QTableView):
    side_changed = Signal()
    """The pictures are larger or smaller from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.hovered_row = -1
        self.side = SIDE
        """The side of a picture in logical pixels."""
        self.setAccessibleName("Cells")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(SIDE + 10)

    def set_up_columns(self) -> None:
        """Sets the widths of the model's columns; the model must be set before."""
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(Col.FILE, QHeaderView.ResizeMode.Fixed)
        for number, column in enumerate(COLUMNS):
            header.resizeSection(number, column.width)
        self.show_pictures()
        header.sectionResized.connect(lambda section: self.fit_file_column() if section != Col.FILE else None)

    def fit_pictures(self) -> None:
        """Gives the pictures more room in a wide table."""
        grown = SIDE * self.viewport().width() // _GROW_FROM // _STEP * _STEP
        side = min(max(SIDE, grown), _LARGEST)
        if side != self.side:
            self.side = side
            self.show_pictures()
            self.side_changed.emit()

    def show_pictures(self) -> None:
        """Gives rows and columns the room that the pictures need; the row in view stays where it is."""
        anchor = self.anchor()
        top = self.rowViewportPosition(anchor)
        self.verticalHeader().setDefaultSectionSize(self.side + 10)
        for column in (Col.CROP, Col.HEAT):
            self.setColumnWidth(column, self.side + 6)
        if anchor >= 0:
            self.hold(anchor, top)

    def fit_file_column(self) -> None:
        """Gives the file column, which has the longest texts, the width that the others leave."""
        header = self.horizontalHeader()
        others = header.length() - header.sectionSize(Col.FILE)
        header.resizeSection(Col.FILE, max(COLUMNS[Col.FILE].width, self.viewport().width() - others))

    def make_current(self, row: int) -> None:
        """Selects this row alone, whatever keys are held down. The first column avoids horizontal scrolling."""
        index = self.model().index(row, Col.CROP)
        self.selectionModel().setCurrentIndex(index, _Select.ClearAndSelect | _Select.Rows)

    def show_row(self, row: int) -> None:
        """Scrolls no further than necessary, never horizontally; two rows stay in sight before and after it."""
        self.scrollTo(self.model().index(row, Col.CROP))
        top, height, room = self.rowViewportPosition(row), self.rowHeight(row), self.viewport().height()
        margin = min(_ROWS_AROUND * height, max(0, (room - height) // 2))
        bar = self.verticalScrollBar()
        if top < margin:
            bar.setValue(bar.value() + top - margin)
        elif top + height > room - margin:
            bar.setValue(bar.value() + top + height + margin - room)

    def anchor(self) -> int:
        """The row to keep in position when rows move: the current row if it is visible, else the top row."""
        row = self.currentIndex().row()
        seen = row >= 0 and 0 <= self.rowViewportPosition(row) < self.viewport().height()
        return row if seen else self.rowAt(0)

    def hold(self, row: int, top: int) -> None:
        """Scrolls so that a row's upper edge is `top` pixels below the table's."""
        self.executeDelayedItemsLayout()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.rowViewportPosition(row) - top)

    # Qt overrides

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and last row."""
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if self.currentIndex().isValid():
            self.show_row(self.currentIndex().row())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        # The next move of the pointer tells which row is under it.
        self._hover(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.model():
            self.fit_pictures()
            self.fit_file_column()

    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()
