"""The gallery: draws the cells of a grid as tiles under headings, and shows what is under the pointer.

It draws the visible cells and asks the model for no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QRect, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.gallery.grid_view import GridView
from sperm_viewer.gui.gallery.groups import ScreenOrder, by_final_class
from sperm_viewer.gui.gallery.tile import TilePainter, tip
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.table_model import CellTableModel
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.widgets.theme import Theme, heading_font
from sperm_viewer.imaging.equal_scale import EqualScale


class GalleryView(GridView):
    size_wanted = Signal(int)
    """Ctrl+wheel: how many steps larger, or smaller if negative."""
    # Qt calls overrides that need it while the base class is set up.
    _hovered = -1

    def __init__(
        self, model: CellTableModel, selection: QItemSelectionModel, thumbnails: Thumbnails, theme: Theme
    ) -> None:
        super().__init__(model, selection)
        self._thumbnails = thumbnails
        self._theme = theme
        self._heat = False
        self._equal: EqualScale | None = None
        self._finals: Callable[[], Mapping[int, str]] | None = None
        self._classes: Sequence[str] = ()
        self.empty_text = ""
        self.setAccessibleName("Cells, as images")
        self.setMouseTracking(True)
        thumbnails.ready.connect(self._redraw)

    def set_look(self, side: int, heat: bool) -> None:
        """The images' side in logical pixels, the heatmaps' colours, and whether all cells show their heatmap."""
        self._heat = heat
        self._set_side(side)
        self.viewport().update()

    def set_scale(self, equal: EqualScale | None) -> None:
        """The scale that all pictures share; None for each as large as its frame."""
        self._equal = equal
        self.viewport().update()

    def set_groups(self, finals: Callable[[], Mapping[int, str]] | None, classes: Sequence[str]) -> None:
        """Groups cells by the classes that `finals` returns, id by id; None for no groups."""
        self._finals, self._classes = finals, classes
        held = self._anchor(self.viewport().height())
        self._stale = True
        self._hold(held)

    @property
    def grouped(self) -> bool:
        return self._finals is not None

    def _new_order(self) -> ScreenOrder:
        if self._finals:
            return by_final_class(self._cells.ids(), self._finals(), self._classes)
        return super()._new_order()

    def _on_layout(self, visible_cells: int) -> None:
        self._thumbnails.set_on_screen(visible_cells)

    # Pointer

    def _on_moved(self) -> None:
        # The next move of the pointer tells which cell is under it.
        self._set_hovered(-1)

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
            QToolTip.showText(event.globalPos(), plain_tip(tip(cell)) if cell else "", self)
            return True
        return super().viewportEvent(event)

    def _set_hovered(self, row: int) -> None:
        for changed in {self._hovered, row} - {-1} if row != self._hovered else ():
            if changed < self._cells.rowCount():
                self.viewport().update(self._rect(changed))
        self._hovered = row

    # Drawing

    def _redraw(self, cell: int) -> None:
        row = self._cells.row_of(cell)
        if row is not None and self.isVisible():
            self.viewport().update(self._rect(row))

    def paintEvent(self, event: QPaintEvent) -> None:
        arranged, offset = self._arrange(), self.verticalOffset()
        self._thumbnails.set_look(self.devicePixelRatioF(), self._side)
        painter = QPainter(self.viewport())
        if not arranged.count:
            painter.setPen(QColor(self._theme.tones.text))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.empty_text)
        top, bottom = offset + event.rect().top(), offset + event.rect().bottom()
        painter.translate(0, -offset)
        self._draw_headings(painter, arranged.headings_between(top, bottom))
        visible = arranged.between(top, bottom)
        height = self.viewport().height()
        around = arranged.between(top - height, bottom + height)
        self._cells.read(self._order.rows(visible), self._order.rows(around))
        tiles = TilePainter(painter, self._theme.tones, self._side, self.devicePixelRatioF())
        current = self.currentIndex().row()
        for place in visible:
            self._draw_tile(tiles, arranged.rect(place), self._order.row(place), current)
        painter.end()

    def _draw_tile(self, tiles: TilePainter, rect: QRect, row: int, current: int) -> None:
        hovered = row == self._hovered
        tiles.background(rect, self.selectionModel().isSelected(self._cells.index(row, Col.CROP)), hovered)
        cell = self._cells.cell_at(row)
        if cell is not None:
            # A hovered cell is shown the other way round, so that crop and heatmap can always be compared.
            share = self._equal.share(cell) if self._equal else None
            tiles.draw(rect, cell, self._thumbnails.of(cell), self._heat != hovered, share or 1.0)
        if row == current:
            tiles.outline(rect)

    def _draw_headings(self, painter: QPainter, groups: range) -> None:
        plain, heading = painter.font(), heading_font(self.font())
        bottom = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        for number in groups:
            group = self._order.groups[number]
            if not group.title:
                continue
            rect = self._arrange().heading(number).adjusted(6, 0, -6, -2)
            painter.setFont(heading)
            painter.setPen(QColor(self._theme.tones.text))
            title = painter.fontMetrics().elidedText(group.title, Qt.TextElideMode.ElideRight, rect.width() - 60)
            painter.drawText(rect, bottom, title)
            beside = rect.adjusted(painter.fontMetrics().horizontalAdvance(title) + 10, 0, 0, 0)
            painter.setFont(plain)
            painter.setPen(QColor(self._theme.tones.muted))
            painter.drawText(beside, bottom, f"{len(group.rows):,}")
