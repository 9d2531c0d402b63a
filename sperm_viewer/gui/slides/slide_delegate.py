"""Draws a row of the list of slides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from sperm_viewer.gui.widgets.class_qcolours import FAILED, REFERRED, class_colour
from sperm_viewer.gui.widgets.elided import elided
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.session.session import SlideCounts

COUNTS_ROLE = Qt.ItemDataRole.UserRole + 1
CLASSES_ROLE = Qt.ItemDataRole.UserRole + 2
INDENTED_ROLE = Qt.ItemDataRole.UserRole + 3
"""Whether the slide is under the heading of its sample."""
AIM_ROLE = Qt.ItemDataRole.UserRole + 4
"""How many sperm are to be counted on a slide."""
PAD = 12
_BAR = 8
_INDENT = 10
_GAP = 10
_LEAST = 100
"""Pixels; a row is as wide as the list, which the user can make narrow."""
_Index = QModelIndex | QPersistentModelIndex


class SlideDelegate(QStyledItemDelegate):
    """Draws name and progress, below them the classes as a bar, and below that what waits for a person.

    A sample's heading is its identifier alone.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        line = option.fontMetrics.height()
        return QSize(_LEAST, 2 * line + _BAR + 28 if index.data(COUNTS_ROLE) else line + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        counts: SlideCounts | None = index.data(COUNTS_ROLE)
        painter.save()
        self._background(painter, option)
        if counts is None:
            self._heading(painter, option.rect, index.data(Qt.ItemDataRole.DisplayRole))
        else:
            indent = _INDENT if index.data(INDENTED_ROLE) else 0
            self._slide(painter, option.rect.adjusted(PAD + indent, 8, -PAD, -8), index, counts)
        painter.restore()

    def _heading(self, painter: QPainter, rect: QRect, identifier: str) -> None:
        painter.setFont(_bold(painter.font()))
        painter.setPen(QColor(self._theme.tones.text))
        inner = rect.adjusted(PAD, 0, -PAD, -3)
        name = elided(identifier.replace("\n", " "), painter.fontMetrics(), inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, name)

    def _background(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        tones, rect, state = self._theme.tones, option.rect, option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tones.selected))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(tones.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tones.hover))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tones.accent), 1))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _slide(self, painter: QPainter, inner: QRect, index: _Index, counts: SlideCounts) -> None:
        classes: Sequence[str] = index.data(CLASSES_ROLE)
        tones, plain, line = self._theme.tones, painter.font(), painter.fontMetrics().height()
        first = QRect(inner.left(), inner.top(), inner.width(), line)
        progress = f"{counts.done:,}" if counts.done == counts.crops else f"{counts.done:,}/{counts.crops:,}"
        number = painter.fontMetrics().horizontalAdvance(progress)
        painter.setPen(QColor(tones.muted))
        painter.drawText(first, Qt.AlignmentFlag.AlignRight, progress)
        painter.setPen(QColor(tones.text))
        if index.row() == 0:
            painter.setFont(_bold(plain))
        name = index.data(Qt.ItemDataRole.DisplayRole).replace("\n", " ")
        room = first.width() - number - _GAP
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, elided(name, painter.fontMetrics(), room))
        bar = QRectF(inner.left(), first.bottom() + 5, inner.width(), _BAR)
        _paint_bar(painter, bar, counts, classes, QColor(tones.line))
        painter.setFont(plain)
        painter.setPen(QColor(tones.muted))
        last = QRect(inner.left(), round(bar.bottom()) + 5, inner.width(), line)
        words, metrics = state_in_words(counts), painter.fontMetrics()
        if index.row() and counts.sperm:
            count = sperm_in_words(counts, index.data(AIM_ROLE))
            if metrics.horizontalAdvance(words) + _GAP + metrics.horizontalAdvance(count) > last.width():
                count = count.removesuffix(" sperm")
            painter.drawText(last, Qt.AlignmentFlag.AlignRight, count)
            last.setRight(last.right() - metrics.horizontalAdvance(count) - _GAP)
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, last.width())
        painter.drawText(last, Qt.AlignmentFlag.AlignLeft, words)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def state_in_words(counts: SlideCounts) -> str:
    """`referred 3 of 12, failed 1, reviewed 40`: 3 wait for a person; `waiting` before the first result."""
    if not counts.done:
        return "waiting"
    return ", ".join(_state(counts)) or "nothing referred"


def sperm_in_words(counts: SlideCounts, aim: int) -> str:
    """`143 of 200 sperm`."""
    return f"{counts.sperm:,} of {aim:,} sperm"


def in_words(counts: SlideCounts, classes: Sequence[str]) -> str:
    """The same, and `not counted 2, normal 93`; counts of 0 are left out."""
    more = [("not counted", counts.not_counted), *((name, counts.classes.get(name, 0)) for name in classes)]
    return ", ".join([*_state(counts), *(f"{name} {count:,}" for name, count in more if count)])


def _state(counts: SlideCounts) -> Iterator[str]:
    if counts.referred:
        waiting = f"{counts.to_read:,} of " if counts.to_read < counts.referred else ""
        yield f"referred {waiting}{counts.referred:,}"
    for name, count in (("failed", counts.failed), ("reviewed", counts.reviewed)):
        if count:
            yield f"{name} {count:,}"


def _paint_bar(painter: QPainter, rect: QRectF, counts: SlideCounts, classes: Sequence[str], waiting: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = QPainterPath()
    outline.addRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.save()
    painter.setClipPath(outline)
    painter.fillRect(rect, waiting)
    left = rect.left()
    parts = [(class_colour(name, classes), counts.classes.get(name, 0)) for name in classes]
    for colour, count in (*parts, (REFERRED, counts.referred), (FAILED, counts.failed)):
        width = rect.width() * count / counts.expected if counts.expected else 0
        if width > 0:
            part = QRectF(left, rect.top(), max(width - 1, 1), rect.height())
            painter.fillRect(part, colour)
            if colour is REFERRED:
                # Striped, so that it differs from a class by more than its grey.
                painter.fillRect(part, QBrush(FAILED, Qt.BrushStyle.BDiagPattern))
        left += width
    painter.restore()
