"""A grid of the table's cells under headings: geometry, scrolling, movement and selection. It draws nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame

from sperm_viewer.gui.gallery.arrangement import Arrangement
from sperm_viewer.gui.gallery.groups import ScreenOrder, as_in_table
from sperm_viewer.gui.gallery.tile import tile_size
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.selection import rows_as_selection
from sperm_viewer.gui.results.table_model import CellTableModel
from sperm_viewer.gui.widgets.theme import heading_font

_MARGIN = 8
_HEADING_AIR = 14
_MANY = 100
"""Rows that are painted with the whole viewport instead of one by one."""
_Index = QModelIndex | QPersistentModelIndex
_Move = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint


class GridView(QAbstractItemView):
    """Shares model, selection and current cell with the table. Places count cells on screen, rows in the table."""

    def __init__(self, model: CellTableModel, selection: QItemSelectionModel) -> None:
        super().__init__()
        self._cells = model
        self._side = 112
        self._order = as_in_table(0)
        self._arrangement = Arrangement([], 100, tile_size(self._side, self.fontMetrics()), 0, _MARGIN)
        self._stale = True
        self._held: tuple[int, int] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setTabKeyNavigation(False)
        self.setModel(model)
        self.setSelectionModel(selection)
        model.layoutAboutToBeChanged.connect(self._remember)
        model.layoutChanged.connect(self._reorder)

    # For the view that draws

    def _new_order(self) -> ScreenOrder:
        """The order in which the model's cells are shown from now on."""
        return as_in_table(self._cells.rowCount())

    def _on_layout(self, visible_cells: int) -> None:
        """The size of the grid has changed; about so many cells fit on screen."""

    def _on_moved(self) -> None:
        """Another cell may be under the pointer now."""

    # Layout

    def ids(self) -> Sequence[int]:
        """All cells in the order on screen."""
        count, ids = self._arrange().count, self._cells.ids()
        return [ids[row] for row in self._order.rows(range(count))] if self._has_headings() else ids

    def show_row(self, row: int) -> None:
        """Scrolls no further than necessary."""
        self.scrollTo(self._cells.index(row, Col.CROP))

    def _set_side(self, side: int) -> None:
        """The side of an image in logical pixels."""
        if side != self._side:
            held = self._anchor(self.viewport().height())
            self._side = side
            self._lay_out()
            self._hold(held)

    def _has_headings(self) -> bool:
        return any(group.title for group in self._order.groups)

    def _arrange(self) -> Arrangement:
        """The geometry of the cells that the model holds now."""
        if self._stale:
            self._stale = False
            self._order = self._new_order()
            self._lay_out()
        return self._arrangement

    def _lay_out(self) -> None:
        groups = [len(group.rows) for group in self._order.groups]
        heading = QFontMetrics(heading_font(self.font())).height() + _HEADING_AIR if self._has_headings() else 0
        size = tile_size(self._side, self.fontMetrics())
        self._arrangement = Arrangement(groups, self.viewport().width(), size, heading, _MARGIN)
        lines = self.viewport().height() // size.height() + 2
        self._on_layout(lines * self._arrangement.columns)
        self._set_range()

    def _set_range(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep(max(1, self._side // 3))
        bar.setRange(0, max(0, self._arrangement.height - height))

    # Keeping a cell at its position on screen

    def _anchor(self, height: int) -> tuple[int, int] | None:
        """The id of the cell to keep in position and its top: the current cell if it is visible, else the first one."""
        arranged, top = self._arrange(), self.verticalOffset()
        if not arranged.count:
            return None
        visible = arranged.between(top, top + height - 1)
        row = self.currentIndex().row()
        place = self._order.place(row) if row >= 0 else visible.start
        place = place if place in visible else visible.start
        return self._cells.id_at(self._order.row(place)), arranged.rect(place).top() - top

    def _hold(self, held: tuple[int, int] | None) -> None:
        """Scrolls so that a cell is at its earlier position; the current cell stays visible."""
        arranged = self._arrange()
        row = self._cells.row_of(held[0]) if held else None
        if held and row is not None:
            self.verticalScrollBar().setValue(arranged.rect(self._order.place(row)).top() - held[1])
            if row == self.currentIndex().row():
                self.show_row(row)
        self._on_moved()
        self.viewport().update()

    def _remember(self) -> None:
        self._held = self._anchor(self.viewport().height())

    def _reorder(self) -> None:
        self._stale = True
        self._hold(self._held)

    # Qt overrides: geometry and movement

    def visualRect(self, index: _Index) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def _rect(self, row: int) -> QRect:
        arranged = self._arrange()
        return arranged.rect(self._order.place(row)).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        place = self._arrange().place_at(self._in_grid(point))
        return QModelIndex() if place is None else self._cells.index(self._order.row(place), Col.CROP)

    def _in_grid(self, point: QPoint) -> QPoint:
        return point + QPoint(0, self.verticalOffset())

    def scrollTo(self, index: _Index, hint: QAbstractItemView.ScrollHint = _Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        rect, bar, height = self.visualRect(index), self.verticalScrollBar(), self.viewport().height()
        if hint == _Hint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - height // 2)
        elif rect.top() < 0 or hint == _Hint.PositionAtTop:
            place = self._order.place(index.row())
            first_line = place < self._arrange().columns
            bar.setValue(0 if first_line else bar.value() + rect.top())
        elif rect.bottom() >= height or hint == _Hint.PositionAtBottom:
            bar.setValue(bar.value() + rect.bottom() - height + 1)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: _Index) -> bool:
        return False

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Reading order: after the last cell of a line comes the first one of the next line."""
        arranged, row = self._arrange(), self.currentIndex().row()
        if not arranged.count:
            return QModelIndex()
        place = self._order.place(row) if row >= 0 else 0
        page = max(1, self.viewport().height() // tile_size(self._side, self.fontMetrics()).height())
        lines = {_Move.MoveUp: -1, _Move.MoveDown: 1, _Move.MovePageUp: -page, _Move.MovePageDown: page}
        steps = {_Move.MoveLeft: -1, _Move.MovePrevious: -1, _Move.MoveRight: 1, _Move.MoveNext: 1}
        if action in lines:
            place = arranged.lines_away(place, lines[action])
        elif action in steps:
            place = min(max(place + steps[action], 0), arranged.count - 1)
        else:
            place = 0 if action == _Move.MoveHome else arranged.count - 1
        return self._cells.index(self._order.row(place), Col.CROP)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Selects all cells between the two corners, where the selection began and ended in either order."""
        arranged = self._arrange()
        ends = [arranged.nearest(self._in_grid(point)) for point in (rect.topLeft(), rect.bottomRight())]
        if ends[0] is None or ends[1] is None:
            return
        first, last = sorted((ends[0], ends[1]))
        rows = sorted(self._order.rows(range(first, last + 1)))
        self.selectionModel().select(rows_as_selection(self._cells, rows), command)

    def visualRegionForSelection(self, selection: object) -> QRegion:
        """Everything: repainting the visible cells is faster than finding the selected ones."""
        return QRegion(self.viewport().rect())

    def keyboardSearch(self, search: str) -> None:
        """Does nothing: Qt's search would read every cell."""

    # Qt overrides: changes

    def reset(self) -> None:
        super().reset()
        self._stale = True
        self._held = None
        self._on_moved()
        if self.isVisible():
            self._arrange()

    def rowsInserted(self, parent: _Index, start: int, end: int) -> None:
        if not self._stale:
            self._order.add(range(start, end + 1))
            self._lay_out()
        super().rowsInserted(parent, start, end)
        self.viewport().update()

    def dataChanged(self, first: _Index, last: _Index, roles: Sequence[int] = ()) -> None:
        if self._stale or not self.isVisible():
            return
        if last.row() - first.row() > _MANY:
            self.viewport().update()
            return
        for row in range(first.row(), last.row() + 1):
            self.viewport().update(self._rect(row))

    def updateGeometries(self) -> None:
        super().updateGeometries()
        self._arrange()
        self._set_range()

    def resizeEvent(self, event: QResizeEvent) -> None:
        held = None if self._stale else self._anchor(event.oldSize().height())
        super().resizeEvent(event)
        self._arrange()
        self._lay_out()
        self._hold(held)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometries()
        self.scrollTo(self.currentIndex())

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._on_moved()
        self.viewport().scroll(dx, dy)
