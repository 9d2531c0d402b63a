"""The small map in a corner of a field: the whole image, its heads, and the part that is seen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from sperm_viewer.gui.field.head_shape import HeadShape
from sperm_viewer.gui.widgets.theme import Tones

_SIDE = 150.0
_MARGIN = 10.0
_DOT = 2.5


def map_rect(view: QRectF, image: QSizeF) -> QRectF:
    """Where the map is in a view: its lower right corner."""
    scale = _SIDE / max(image.width(), image.height())
    size = QSizeF(image.width() * scale, image.height() * scale)
    corner = QPointF(view.right() - _MARGIN - size.width(), view.bottom() - _MARGIN - size.height())
    return QRectF(corner, size)


def share_of(place: QRectF, point: QPointF) -> QPointF:
    """A point on the map as a share of the image, from (0, 0) to (1, 1)."""
    return QPointF((point.x() - place.left()) / place.width(), (point.y() - place.top()) / place.height())


def draw_map(
    painter: QPainter,
    place: QRectF,
    image: QImage,
    whole: QSizeF,
    shapes: Iterable[HeadShape],
    seen: QRectF,
    tones: Tones,
) -> None:
    """Draws the map in `place`; `image` is a copy of the image of `whole` px, `seen` the part in view, in shares."""
    painter.drawImage(place, image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for shape in shapes:
        middle = shape.box.center()
        painter.setPen(QPen(QColor(0, 0, 0, 120), 0.5))
        painter.setBrush(shape.colour)
        x = place.left() + middle.x() / whole.width() * place.width()
        y = place.top() + middle.y() / whole.height() * place.height()
        painter.drawEllipse(QPointF(x, y), _DOT, _DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(tones.line), 1))
    painter.drawRect(place)
    left, top = place.left() + seen.left() * place.width(), place.top() + seen.top() * place.height()
    part = QRectF(left, top, seen.width() * place.width(), seen.height() * place.height()).intersected(place)
    for colour, width in ((QColor(0, 0, 0, 140), 3.0), (QColor(Qt.GlobalColor.white), 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(part)
