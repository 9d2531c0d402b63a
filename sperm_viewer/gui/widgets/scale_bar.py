"""The scale bar of a view, light with a dark edge, so that it is seen on any stain."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from sperm_viewer.imaging.scale_bar import bar_length, bar_text

_MARGIN, _THICK = 8, 4
_DARK, _LIGHT = QColor(20, 20, 20), QColor(255, 255, 255)


def draw_scale_bar(painter: QPainter, area: QRect, um_per_px: float) -> None:
    """Draws the bar into the lower left corner of `area`; `um_per_px` is the side of a screen pixel in µm."""
    um = bar_length(um_per_px, area.width())
    bar = QRectF(area.left() + _MARGIN, area.bottom() - _MARGIN - _THICK, um / um_per_px, _THICK)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(_DARK, 1))
    painter.setBrush(_LIGHT)
    painter.drawRect(bar)
    words = QPainterPath()
    words.addText(QPointF(bar.left(), bar.top() - 5), painter.font(), bar_text(um))
    painter.strokePath(words, QPen(_DARK, 3))
    painter.fillPath(words, _LIGHT)
    painter.restore()
