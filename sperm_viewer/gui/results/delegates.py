"""Draws the table's cells: images, classes with their colours, confidence as number and bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.gui.background.thumbnails import SIDE
from sperm_viewer.gui.results.columns import COLUMNS, Col, anomaly_words, disagrees, flag_words
from sperm_viewer.gui.results.table import CellTable
from sperm_viewer.gui.results.table_model import CELL_ROLE, THUMBNAILS_ROLE
from sperm_viewer.gui.widgets.class_qcolours import class_colour
from sperm_viewer.gui.widgets.elided import elided
from sperm_viewer.gui.widgets.theme import Theme

_PAD = 8
_Index = QModelIndex | QPersistentModelIndex
_Paint = Callable[[QPainter, QRect, Cell, bool], None]


class CellDelegate(QStyledItemDelegate):
    """Draws every column, so that all cells of a row share background, focus and padding."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._painters: dict[int, _Paint] = {
            Col.CLASS: self._class,
            Col.VERDICT: self._verdict,
            Col.ANOMALIES: lambda painter, rect, cell, _: self._lines(painter, rect, anomaly_words(cell)),
            Col.CONFIDENCE: self._confidence,
            Col.FLAGS: lambda painter, rect, cell, _: self._lines(painter, rect, flag_words(cell)),
            Col.STATUS: self._status,
        }

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(COLUMNS[index.column()].width, _side(option) + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        cell = index.data(CELL_ROLE)
        painter.save()
        self._background(painter, option, index)
        if cell is not None:
            rect: QRect = option.rect
            inner = rect.adjusted(_PAD, 0, -_PAD, 0)
            painter.setPen(option.palette.color(QPalette.ColorRole.Text))
            if index.column() in (Col.CROP, Col.HEAT):
                self._picture(painter, rect, index, _side(option))
            elif cell.status is Status.FAILED and Col.CLASS <= index.column() <= Col.STATUS:
                self._failure(painter, option, cell)
            elif index.column() in self._painters:
                self._painters[index.column()](painter, inner, cell, _is_selected(option))
            else:
                self._name(painter, inner, COLUMNS[index.column()].text(cell))
        painter.restore()

    def _background(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        tones, rect, view = self._theme.tones, option.rect, option.widget
        if not isinstance(view, CellTable):
            return
        if _is_selected(option):
            painter.fillRect(rect, tones.selected)
        elif view.hovered_row == index.row():
            painter.fillRect(rect, tones.hover)
        if view.currentIndex().row() == index.row():
            if index.column() == Col.CROP:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), tones.accent)
            if view.hasFocus():
                painter.setPen(QPen(QColor(tones.accent), 1))
                painter.drawLine(rect.topLeft(), rect.topRight())
                painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _picture(self, painter: QPainter, rect: QRect, index: _Index, side: int) -> None:
        pair = index.data(THUMBNAILS_ROLE)
        frame = QRect(0, 0, side, side)
        frame.moveCenter(rect.center())
        image: QImage | None = None
        if pair is not None:
            image = pair.crop if index.column() == Col.CROP else pair.heat
        if image is None:
            painter.fillRect(frame, self._theme.tones.image_background)
            if pair is not None and index.column() == Col.CROP:
                painter.setPen(QPen(QColor(self._theme.tones.faint), 1.5))
                inset = frame.adjusted(19, 19, -19, -19)
                painter.drawLine(inset.topLeft(), inset.bottomRight())
                painter.drawLine(inset.topRight(), inset.bottomLeft())
            return
        scale = side / max(image.width(), image.height())
        target = QRectF(0, 0, image.width() * scale, image.height() * scale)
        target.moveCenter(QRectF(frame).center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, image)

    def _class(self, painter: QPainter, rect: QRect, cell: Cell, selected: bool) -> None:
        if cell.prediction is None:
            return
        # Hollow, since the model declined: the first choice is not its answer.
        self._marked(painter, rect, cell.prediction.first, cell, hollow=cell.status is Status.REFERRED)

    def _verdict(self, painter: QPainter, rect: QRect, cell: Cell, selected: bool) -> None:
        if cell.set_aside and cell.verdict:
            self._text(painter, rect, cell.verdict.class_name)
        elif cell.prediction is not None and cell.reviewed:
            if disagrees(cell):
                self._text(painter, rect, "≠")
                rect = rect.adjusted(painter.fontMetrics().horizontalAdvance("≠ "), 0, 0, 0)
            self._marked(painter, rect, cell.final_class, cell)

    def _marked(self, painter: QPainter, rect: QRect, name: str, cell: Cell, hollow: bool = False) -> None:
        """A class name behind its colour."""
        mark = QRect(rect.left(), 0, 10, 10)
        mark.moveTop(rect.center().y() - 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = class_colour(name, cell.prediction.classes if cell.prediction else ())
        pen = painter.pen()
        if hollow:
            painter.setPen(QPen(colour, 2))
            painter.drawRoundedRect(QRectF(mark).adjusted(1, 1, -1, -1), 2, 2)
            painter.setPen(pen)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(mark, 3, 3)
            painter.setPen(pen)
        self._text(painter, rect.adjusted(18, 0, 0, 0), name)

    def _confidence(self, painter: QPainter, rect: QRect, cell: Cell, selected: bool) -> None:
        if cell.prediction is None:
            return
        number = 36
        self._text(painter, QRect(rect.left(), rect.top(), number, rect.height()), COLUMNS[Col.CONFIDENCE].text(cell))
        track = QRectF(rect.left() + number + 4, rect.center().y() - 2, max(0, rect.width() - number - 4), 5)
        tones = self._theme.tones
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tones.faint if selected else tones.line))
        painter.drawRoundedRect(track, 2.5, 2.5)
        painter.setBrush(QColor(tones.muted))
        painter.drawRoundedRect(
            QRectF(track.left(), track.top(), track.width() * cell.prediction.confidence, track.height()), 2.5, 2.5
        )

    def _lines(self, painter: QPainter, rect: QRect, words: Sequence[str]) -> None:
        metrics = painter.fontMetrics()
        lines = as_lines(words, rect.height() // metrics.lineSpacing())
        shown = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, rect.width()) for line in lines]
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "\n".join(shown))

    def _status(self, painter: QPainter, rect: QRect, cell: Cell, selected: bool) -> None:
        if cell.status is Status.SCORED:
            painter.setPen(QColor(self._theme.tones.muted))
        self._text(painter, rect, COLUMNS[Col.STATUS].text(cell))

    def _failure(self, painter: QPainter, option: QStyleOptionViewItem, cell: Cell) -> None:
        """The reason, across all columns that are empty in a failed row; each column draws its part."""
        view = option.widget
        if isinstance(view, CellTable):
            left = view.columnViewportPosition(Col.CLASS)
            right = view.columnViewportPosition(Col.STATUS) + view.columnWidth(Col.STATUS)
            painter.setClipRect(option.rect)
            whole = QRect(left + _PAD, option.rect.top(), right - left - 2 * _PAD, option.rect.height())
            self._text(painter, whole, COLUMNS[Col.STATUS].text(cell))

    def _text(self, painter: QPainter, rect: QRect, text: str) -> None:
        line = text.replace("\n", " ").replace("\r", " ")
        shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _name(self, painter: QPainter, rect: QRect, name: str) -> None:
        line = name.replace("\n", " ").replace("\r", " ")
        shown = elided(line, painter.fontMetrics(), rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _side(option: QStyleOptionViewItem) -> int:
    return option.widget.side if isinstance(option.widget, CellTable) else SIDE


def as_lines(words: Sequence[str], room: int) -> list[str]:
    """One line per word; if there are more than `room`, the first ones and `3 more`."""
    if len(words) <= room:
        return list(words)
    return [*words[: room - 1], f"{len(words) - room + 1} more"]


def _is_selected(option: QStyleOptionViewItem) -> bool:
    return bool(option.state & QStyle.StateFlag.State_Selected)
