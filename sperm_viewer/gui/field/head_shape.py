"""How a head is drawn in its field: its outline in the class's colour, dashed while it needs a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.gui.widgets.class_qcolours import FAILED, class_colour
from sperm_viewer.session.field_heads import FieldHead

_CASING = QColor(0, 0, 0, 110)
"""Under each line, so that it is seen on any stain."""
_BETWEEN = QColor(255, 255, 255, 220)
"""Between dashes and dots."""
_MARK = 12.0
"""Radius of the mark where a head is being looked for, in px of the screen."""
_PATTERNS = {Qt.PenStyle.DashLine: [3.0, 2.0], Qt.PenStyle.DotLine: [1.0, 2.0]}
_NEAR = 0.6
"""A click counts as on a head up to so many of its box's diagonals from its middle."""


@dataclass(frozen=True, slots=True)
class HeadShape:
    """A head in px of its image. `style` is dashed while the cell needs a person, dotted if it isn't counted."""

    cell: int
    path: QPainterPath
    box: QRectF
    colour: QColor
    style: Qt.PenStyle


def shapes_of(heads: Iterable[FieldHead], classes: Sequence[str]) -> list[HeadShape]:
    """The heads that have a place in their image."""
    return [shape for head in heads if (shape := _shape(head, classes))]


def _shape(head: FieldHead, classes: Sequence[str]) -> HeadShape | None:
    place = head.cell.place
    if place is None:
        return None
    box = QRectF(place.x, place.y, place.width, place.height)
    path = QPainterPath()
    if head.outline is None:
        path.addRect(box)
    else:
        path.addPolygon(polygon(head.outline))
        path.closeSubpath()
    return HeadShape(head.cell.id, path, box, _colour(head.cell, classes), _style(head.cell))


def polygon(outline: FloatArray) -> QPolygonF:
    """An outline (n, 2), in which a pixel's centre is a whole number, with the image's corner at (0, 0) instead."""
    return QPolygonF([QPointF(float(x) + 0.5, float(y) + 0.5) for x, y in outline])


def shown_class(cell: Cell) -> str:
    """The verdict, else the model's first choice; empty if the cell isn't counted."""
    if not cell.countable:
        return ""
    return (cell.verdict.class_name if cell.verdict else "") or (cell.prediction.first if cell.prediction else "")


def needs_person(cell: Cell) -> bool:
    return cell.status is Status.REFERRED and not cell.reviewed


def _colour(cell: Cell, classes: Sequence[str]) -> QColor:
    name = shown_class(cell)
    return class_colour(name, classes) if name else FAILED


def _style(cell: Cell) -> Qt.PenStyle:
    if not cell.countable:
        return Qt.PenStyle.DotLine
    return Qt.PenStyle.DashLine if needs_person(cell) else Qt.PenStyle.SolidLine


def head_under(shapes: Iterable[HeadShape], point: QPointF) -> HeadShape | None:
    """The head at a point of the image: the smallest one around it, else one whose middle is near."""
    around = [shape for shape in shapes if shape.path.contains(point)]
    if around:
        return min(around, key=lambda shape: shape.box.width() * shape.box.height())
    near = [(_away(shape, point), shape) for shape in shapes]
    distance, nearest = min(near, key=lambda found: found[0], default=(1.0, None))
    return nearest if distance < _NEAR else None


def head_beyond(shapes: Sequence[HeadShape], start: HeadShape, right: int, down: int) -> HeadShape | None:
    """The nearest head to the right, to the left, below or above another one; None if there is none."""
    best: tuple[float, HeadShape] | None = None
    for shape in shapes:
        away = shape.box.center() - start.box.center()
        ahead = away.x() * right + away.y() * down
        aside = abs(away.x() * down) + abs(away.y() * right)
        if ahead > aside and shape.cell != start.cell and (best is None or ahead + aside < best[0]):
            best = (ahead + aside, shape)
    return best[1] if best else None


def draw_shape(painter: QPainter, shape: HeadShape, current: bool, selected: bool) -> None:
    """Draws an outline; the painter maps px of the image, and lines keep their width at any zoom."""
    width = 3.5 if current else 2.0
    painter.setBrush(Qt.BrushStyle.NoBrush)
    solid = Qt.PenStyle.SolidLine
    lines = [(_CASING, 2.0, solid), (_BETWEEN, 0.0, solid), (shape.colour, 0.0, shape.style)]
    for colour, more, style in lines if shape.style in _PATTERNS else (lines[0], lines[2]):
        pen = QPen(colour, width + more, solid, Qt.PenCapStyle.FlatCap)
        if style in _PATTERNS:
            pen.setDashPattern(_PATTERNS[style])
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(shape.path)
    if current or selected:
        _draw_frame(painter, shape.box, current)


def draw_stroke(painter: QPainter, stroke: Sequence[QPointF], closed: bool) -> None:
    """Draws the line that is being drawn; the painter maps px of the image."""
    if not stroke:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_CASING, 4.0), (QColor(Qt.GlobalColor.white), 2.0)):
        pen = QPen(colour, width)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([*stroke, stroke[0]] if closed else list(stroke)))


def draw_mark(painter: QPainter, point: QPointF) -> None:
    """Draws a circle where a head is being looked for, in px of the screen."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width, style in ((_CASING, 5.0, Qt.PenStyle.SolidLine), (_BETWEEN, 2.5, Qt.PenStyle.DotLine)):
        painter.setPen(QPen(colour, width, style))
        painter.drawEllipse(point, _MARK, _MARK)


def _draw_frame(painter: QPainter, box: QRectF, current: bool) -> None:
    around = box.adjusted(-0.25 * box.width(), -0.25 * box.height(), 0.25 * box.width(), 0.25 * box.height())
    for colour, width in ((_CASING, 3.0), (QColor(Qt.GlobalColor.white), 1.0 if not current else 1.5)):
        pen = QPen(colour, width)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawRoundedRect(around, 4, 4)


def _away(shape: HeadShape, point: QPointF) -> float:
    """From the middle of a head, in diagonals of its box."""
    away = shape.box.center() - point
    diagonal = (shape.box.width() ** 2 + shape.box.height() ** 2) ** 0.5
    return float((away.x() ** 2 + away.y() ** 2) ** 0.5 / max(diagonal, 1))
