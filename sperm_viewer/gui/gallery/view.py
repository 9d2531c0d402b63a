"""The gallery's view: a grid of the table's own cells, with its selection and its current cell.

It draws the cells that are in sight and asks the model for no other; where they are is in `arrangement`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QToolTip

from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.gallery.arrangement import Arrangement
from sperm_viewer.gui.gallery.groups import as_in_table, by_final_class
from sperm_viewer.gui.gallery.tile import TilePainter, tile_size, tip
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.selection import rows_as_selection
from sperm_viewer.gui.results.table_model import CellTableModel
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.widgets.theme import Theme, heading_font

_MARGIN = 8
_HEADING_AIR = 14
_Index = QModelIndex | QPersistentModelIndex
_Move = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint


class GalleryView(QAbstractItemView):
    size_wanted = Signal(int)
    """The user turned the wheel with Ctrl: so many steps larger, smaller where negative."""

    def __init__(
        self, model: CellTableModel, selection: QItemSelectionModel, thumbnails: Thumbnails, theme: Theme
    ) -> None:
        super().__init__()
        self._cells = model
        self._thumbnails = thumbnails
        self._theme = theme
        self._side = 112
        self._colour_map = ""
        self._heat = False
        self._blind = False
        self._finals: Callable[[], Mapping[int, str]] | None = None
        self._classes: Sequence[str] = ()
        self._order = as_in_table(0)
        self._arrangement = Arrangement([], 100, tile_size(self._side, self.fontMetrics()), 0, _MARGIN)
        self._stale = True
        self._held: tuple[int, int] | None = None
        self._hovered = -1
        self.empty_text = ""
        self.setAccessibleName("Cells, as pictures")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setModel(model)
        self.setSelectionModel(selection)
        model.layoutAboutToBeChanged.connect(self._remember)
        model.layoutChanged.connect(self._reorder)
        thumbnails.ready.connect(self._redraw)

    # What is shown

    def set_look(self, side: int, colour_map: str, heat: bool) -> None:
        """The pictures' side in logical pixels, the heat's colours, and whether the heat is over all of them."""
        self._colour_map, self._heat = colour_map, heat
        if side != self._side:
            held = self._anchor(self.viewport().height())
            self._side = side
            self._lay_out()
            self._hold(held)
        self.viewport().update()

    def set_groups(self, finals: Callable[[], Mapping[int, str]] | None, classes: Sequence[str]) -> None:
        """Groups cells by what `finals` says then; None for no groups."""
        self._finals, self._classes = finals, classes
        held = self._anchor(self.viewport().height())
        self._stale = True
        self._hold(held)

    def set_blind(self, blind: bool) -> None:
        """Shows nothing that the model or a reader said: neither class, sign, heat nor groups."""
        self._blind = blind
        self._stale = True
        self.updateGeometries()

    @property
    def grouped(self) -> bool:
        return self._finals is not None

    def ids(self) -> Sequence[int]:
        """All cells in the order on screen."""
        count, ids = self._arrange().count, self._cells.ids()
        headed = any(group.title for group in self._order.groups)
        return [ids[row] for row in self._order.rows(range(count))] if headed else ids

    def show_row(self, row: int) -> None:
        """Scrolls no further than it has to."""
        self.scrollTo(self._cells.index(row, Col.CROP))

    def _arrange(self) -> Arrangement:
        """Where the cells are that the model holds now."""
        if self._stale:
            self._stale = False
            if self._finals and not self._blind:
                self._order = by_final_class(self._cells.ids(), self._finals(), self._classes)
            else:
                self._order = as_in_table(self._cells.rowCount())
            self._lay_out()
        return self._arrangement

    def _lay_out(self) -> None:
        groups = [len(group.rows) for group in self._order.groups]
        headed = any(group.title for group in self._order.groups)
        heading = QFontMetrics(heading_font(self.font())).height() + _HEADING_AIR if headed else 0
        size = tile_size(self._side, self.fontMetrics())
        self._arrangement = Arrangement(groups, self.viewport().width(), size, heading, _MARGIN)
        lines = self.viewport().height() // size.height() + 2
        self._thumbnails.set_on_screen(lines * self._arrangement.columns)
        self._set_range()

    def _set_range(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep(max(1, self._side // 3))
        bar.setRange(0, max(0, self._arrangement.height - height))

    # Staying where it is

    def _anchor(self, height: int) -> tuple[int, int] | None:
        """The cell that has to stay where it is, and where that is: the current one if it is seen, else the first."""
        placed, top = self._arrange(), self.verticalOffset()
        if not placed.count:
            return None
        seen = placed.between(top, top + height - 1)
        row = self.currentIndex().row()
        place = self._order.place(row) if row >= 0 else seen.start
        place = place if place in seen else seen.start
        return self._cells.id_at(self._order.row(place)), placed.rect(place).top() - top

    def _hold(self, held: tuple[int, int] | None) -> None:
        """Scrolls so that a cell is where it was; the current cell stays in sight."""
        placed = self._arrange()
        row = self._cells.row_of(held[0]) if held else None
        if held and row is not None:
            self.verticalScrollBar().setValue(placed.rect(self._order.place(row)).top() - held[1])
            if row == self.currentIndex().row():
                self.show_row(row)
        self._set_hovered(-1)
        self.viewport().update()

    def _remember(self) -> None:
        self._held = self._anchor(self.viewport().height())

    def _reorder(self) -> None:
        self._stale = True
        self._hold(self._held)

    # Qt's side: places

    def visualRect(self, index: _Index) -> QRect:
        if not index.isValid():
            return QRect()
        return self._rect(index.row())

    def _rect(self, row: int) -> QRect:
        placed = self._arrange()
        return placed.rect(self._order.place(row)).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        place = self._arrange().place_at(self._inside(point))
        return QModelIndex() if place is None else self._cells.index(self._order.row(place), Col.CROP)

    def _inside(self, point: QPoint) -> QPoint:
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
        """As one reads: after the last cell of a line comes the first of the next."""
        placed, row = self._arrange(), self.currentIndex().row()
        if not placed.count:
            return QModelIndex()
        place = self._order.place(row) if row >= 0 else 0
        page = max(1, self.viewport().height() // tile_size(self._side, self.fontMetrics()).height())
        lines = {_Move.MoveUp: -1, _Move.MoveDown: 1, _Move.MovePageUp: -page, _Move.MovePageDown: page}
        steps = {_Move.MoveLeft: -1, _Move.MovePrevious: -1, _Move.MoveRight: 1, _Move.MoveNext: 1}
        if action in lines:
            place = placed.lines_away(place, lines[action])
        elif action in steps:
            place = min(max(place + steps[action], 0), placed.count - 1)
        else:
            place = 0 if action == _Move.MoveHome else placed.count - 1
        return self._cells.index(self._order.row(place), Col.CROP)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Qt gives the corners where the selection began and ends, in either order: all cells between are meant."""
        placed = self._arrange()
        ends = [placed.nearest(self._inside(point)) for point in (rect.topLeft(), rect.bottomRight())]
        if ends[0] is None or ends[1] is None:
            return
        first, last = sorted((ends[0], ends[1]))
        rows = sorted(self._order.rows(range(first, last + 1)))
        self.selectionModel().select(rows_as_selection(self._cells, rows), command)

    def visualRegionForSelection(self, selection: object) -> QRegion:
        """All of it: what is in sight is drawn anew faster than it is looked for."""
        return QRegion(self.viewport().rect())

    # Qt's side: changes

    def reset(self) -> None:
        super().reset()
        self._stale = True
        self._held = None
        self._hovered = -1
        if self.isVisible():
            self._arrange()

    def rowsInserted(self, parent: _Index, start: int, end: int) -> None:
        if not self._stale:
            self._order.add(range(start, end + 1))
            self._lay_out()
        super().rowsInserted(parent, start, end)
        self.viewport().update()

    def dataChanged(self, first: _Index, last: _Index, roles: Sequence[int] = ()) -> None:
        if not self._stale and self.isVisible():
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
        # The cell under the pointer is another one now; which, the next move says.
        self._set_hovered(-1)
        self.viewport().scroll(dx, dy)

    def keyboardSearch(self, search: str) -> None:
        """Qt would read every cell to find the text."""

    # Pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._set_hovered(self.indexAt(event.position().toPoint()).row())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.size_wanted.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._set_hovered(-1)
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            cell = self._cells.cell_at(index.row()) if index.isValid() else None
            QToolTip.showText(event.globalPos(), plain_tip(tip(cell, self._blind)) if cell else "", self)
            return True
        return super().viewportEvent(event)

    def _set_hovered(self, row: int) -> None:
        for one in {self._hovered, row} - {-1} if row != self._hovered else ():
            if one < self._cells.rowCount():
                self.viewport().update(self._rect(one))
        self._hovered = row

    # Drawing

    def _redraw(self, cell: int) -> None:
        row = self._cells.row_of(cell)
        if row is not None and self.isVisible():
            self.viewport().update(self._rect(row))

    def paintEvent(self, event: QPaintEvent) -> None:
        placed, offset = self._arrange(), self.verticalOffset()
        self._thumbnails.set_look(self.devicePixelRatioF(), self._colour_map, self._side)
        painter = QPainter(self.viewport())
        if not placed.count:
            painter.setPen(QColor(self._theme.tones.text))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.empty_text)
        top, bottom = offset + event.rect().top(), offset + event.rect().bottom()
        painter.translate(0, -offset)
        self._draw_headings(painter, placed.headings_between(top, bottom))
        seen = placed.between(top, bottom)
        height = self.viewport().height()
        around = placed.between(top - height, bottom + height)
        self._cells.read(self._order.rows(seen), self._order.rows(around))
        tiles = TilePainter(painter, self._theme.tones, self._side, self.devicePixelRatioF(), self._blind)
        current = self.currentIndex().row()
        for place in seen:
            self._draw_tile(tiles, placed.rect(place), self._order.row(place), current)
        painter.end()

    def _draw_tile(self, tiles: TilePainter, rect: QRect, row: int, current: int) -> None:
        hovered = row == self._hovered
        tiles.ground(rect, self.selectionModel().isSelected(self._cells.index(row, Col.CROP)), hovered)
        cell = self._cells.cell_at(row)
        if cell is not None:
            # On a hovered cell it is the other way round, so that one can always be compared with the other.
            heat = not self._blind and self._heat != hovered
            tiles.draw(rect, cell, self._thumbnails.of(cell), heat)
        if row == current:
            tiles.outline(rect)

    def _draw_headings(self, painter: QPainter, groups: range) -> None:
        plain, heading = painter.font(), heading_font(self.font())
        for number in groups:
            group = self._order.groups[number]
            if not group.title:
                continue
            rect = self._arrange().heading(number).adjusted(6, 0, -6, -2)
            painter.setFont(heading)
            painter.setPen(QColor(self._theme.tones.text))
            words = painter.fontMetrics().elidedText(group.title, Qt.TextElideMode.ElideRight, rect.width() - 60)
            bottom = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
            painter.drawText(rect, bottom, words)
            beside = rect.adjusted(painter.fontMetrics().horizontalAdvance(words) + 10, 0, 0, 0)
            painter.setFont(plain)
            painter.setPen(QColor(self._theme.tones.muted))
            painter.drawText(beside, bottom, f"{len(group.rows):,}")
