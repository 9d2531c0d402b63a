"""Draws a slide in the list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from sperm_viewer.gui.widgets.class_qcolours import FAILED, REFERRED, class_colour
from sperm_viewer.gui.widgets.elided import elided
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.session.session import SlideCounts

COUNTS_ROLE = Qt.ItemDataRole.UserRole + 1
CLASSES_ROLE = Qt.ItemDataRole.UserRole + 2
PAD = 12
_BAR = 8
_LEAST = 100
"""Pixels; a row is as wide as the list, which the user can make narrow."""
_Index = QModelIndex | QPersistentModelIndex


class SlideDelegate(QStyledItemDelegate):
    """Draws name and progress, below them the classes as a bar, and below that the counts in words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        line = option.fontMetrics.height()
        return QSize(_LEAST, 3 * line + _BAR + 30)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        counts: SlideCounts = index.data(COUNTS_ROLE)
        classes: Sequence[str] = index.data(CLASSES_ROLE)
        tones, rect = self._theme.tones, option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tones.selected))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(tones.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tones.hover))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tones.accent), 1))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        line = painter.fontMetrics().height()
        inner = rect.adjusted(PAD, 9, -PAD, -9)
        first = QRect(inner.left(), inner.top(), inner.width(), line)
        progress = f"{counts.done:,}" if counts.done == counts.crops else f"{counts.done:,}/{counts.crops:,}"
        number = painter.fontMetrics().horizontalAdvance(progress)
        painter.setPen(QColor(tones.muted))
        painter.drawText(first, Qt.AlignmentFlag.AlignRight, progress)
        painter.setPen(QColor(tones.text))
        if index.row() == 0:
            bold = QFont(painter.font())
            bold.setWeight(QFont.Weight.DemiBold)
            painter.setFont(bold)
        name = elided(
            index.data(Qt.ItemDataRole.DisplayRole).replace("\n", " "),
            painter.fontMetrics(),
            first.width() - number - 10,
        )
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, name)
        bar = QRectF(inner.left(), first.bottom() + 6, inner.width(), _BAR)
        _paint_bar(painter, bar, counts, classes, QColor(tones.line))
        painter.setFont(option.font)
        painter.setPen(QColor(tones.muted))
        last = QRect(inner.left(), round(bar.bottom()) + 6, inner.width(), line)
        for words in two_lines(in_words(counts, classes) or "waiting", painter.fontMetrics(), inner.width()):
            painter.drawText(last, Qt.AlignmentFlag.AlignLeft, words)
            last.translate(0, line)
        painter.restore()


def in_words(counts: SlideCounts, classes: Sequence[str]) -> str:
    """`reviewed 40, referred 3 of 12, failed 1, normal 93`: 3 wait for a person; counts of 0 are left out."""
    parts = [("reviewed", counts.reviewed, ""), ("failed", counts.failed, "")]
    waiting = f"{counts.to_read:,} of " if counts.to_read < counts.referred else ""
    parts.insert(1, ("referred", counts.referred, waiting))
    parts.append(("not counted", counts.not_counted, ""))
    parts += [(name, counts.classes.get(name, 0), "") for name in classes]
    return ", ".join(f"{name} {of}{count:,}" for name, count, of in parts if count)


def two_lines(words: str, metrics: QFontMetrics, width: int) -> tuple[str, str]:
    """Breaks the text after a comma; class names may contain hyphens. The second line is elided if it is too long."""
    parts = words.split(", ")
    fits = 1
    while fits < len(parts) and metrics.horizontalAdvance(", ".join(parts[: fits + 1]) + ",") <= width:
        fits += 1
    first, second = ", ".join(parts[:fits]), ", ".join(parts[fits:])
    if second:
        first += ","
    right = Qt.TextElideMode.ElideRight
    return metrics.elidedText(first, right, width), metrics.elidedText(second, right, width)


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
