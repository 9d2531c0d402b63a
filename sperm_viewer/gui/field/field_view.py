"""A whole image with the outlines of its heads: pan, zoom, and one click to select a head."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.field.head_shape import HeadShape, draw_mark, draw_shape, draw_stroke, head_beyond, head_under
from sperm_viewer.gui.field.mini_map import draw_map, map_rect, share_of
from sperm_viewer.gui.field.tool import FieldTool
from sperm_viewer.gui.review.image_view import Zoom
from sperm_viewer.gui.widgets.scale_bar import draw_scale_bar
from sperm_viewer.gui.widgets.theme import Theme

_DRAG = 4
"""Pixels that the pointer moves before a press is a drag and no click."""
_AROUND = 0.12
"""Share of the view that is kept free around a head that is brought into view."""
_NO_IDS: Collection[int] = frozenset()
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class FieldView(QWidget):
    """Paints an image and the heads over it. Points are px of the image; its upper left corner is (0, 0)."""

    head_chosen = Signal(int)
    """The id of a cell."""
    pointed = Signal(QPointF)
    """A click with the tool that adds heads."""
    drawn = Signal(object)
    """A list of points: the line that was drawn with a tool that draws."""
    left = Signal()
    """The tool is put down."""

    def __init__(self, zoom: Zoom, theme: Theme) -> None:
        super().__init__()
        self._zoom = zoom
        self._theme = theme
        self._copies: Sequence[QImage] = ()
        self._shapes: Sequence[HeadShape] = ()
        self._current: int | None = None
        self._selected = _NO_IDS
        self._message = ""
        self._pressed: QPointF | None = None
        self._dragging = False
        self._on_map = False
        self.um_per_px: float | None = None
        """The side of an image pixel, for the scale bar; None for none."""
        self._tool = FieldTool.SELECT
        self._stroke: list[QPointF] = []
        self._marks: list[QPointF] = []
        self.setAccessibleName("Field with the outlines of its heads")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 160)
        zoom.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(640, 512)

    # What is shown

    def show_image(self, copies: Sequence[QImage], message: str = "") -> None:
        """An image with copies of it, each half as large as the one before; or a message in its place."""
        self._copies, self._message = copies, message
        self.update()

    def show_shapes(self, shapes: Sequence[HeadShape], current: int | None, selected: Collection[int]) -> None:
        self._shapes, self._current, self._selected = shapes, current, selected
        self.update()

    def take_tool(self, tool: FieldTool) -> None:
        self._tool, self._stroke = tool, []
        if tool is FieldTool.SELECT:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()

    def show_marks(self, marks: Sequence[QPointF]) -> None:
        """Marks points at which a head is being looked for."""
        self._marks = list(marks)
        self.update()

    def bring_into_view(self, cell: int) -> None:
        """Moves the image no further than a head needs to be seen whole."""
        shape, size = self._shape(cell), self._size()
        if shape is None or size.isEmpty():
            return
        seen = self._seen()
        margin_x, margin_y = _AROUND * seen.width(), _AROUND * seen.height()
        kept = seen.adjusted(margin_x, margin_y, -margin_x, -margin_y)
        box = QTransform.fromScale(1 / size.width(), 1 / size.height()).mapRect(shape.box)
        if not kept.contains(box):
            self._zoom.look(self._zoom.factor, box.center())

    def point_on_screen(self, point: QPointF) -> QPointF:
        """A point of the image in the widget's coordinates."""
        return self._to_widget().map(point)

    @property
    def current(self) -> int | None:
        return self._current

    # Geometry

    def _size(self) -> QSizeF:
        return QSizeF(self._copies[0].size()) if self._copies else QSizeF()

    def _scale(self) -> float:
        """Widget pixels per px of the image."""
        size = self._size()
        return min(self.width() / size.width(), self.height() / size.height()) * self._zoom.factor

    def _to_widget(self) -> QTransform:
        size, scale = self._size(), self._scale()
        left = self.width() / 2 - self._zoom.centre.x() * size.width() * scale
        top = self.height() / 2 - self._zoom.centre.y() * size.height() * scale
        return QTransform(scale, 0, 0, scale, left, top)

    def _seen(self) -> QRectF:
        """The part of the image that the widget shows, in shares of its sides; it may reach beyond them."""
        size, scale = self._size(), self._scale()
        across, down = self.width() / (size.width() * scale), self.height() / (size.height() * scale)
        return QRectF(self._zoom.centre.x() - across / 2, self._zoom.centre.y() - down / 2, across, down)

    def _image_point(self, position: QPointF) -> QPointF:
        return self._to_widget().inverted()[0].map(position)

    def _map(self) -> QRectF:
        """Where the small map is; empty if the whole image is seen."""
        if not self._copies or self._zoom.factor <= 1:
            return QRectF()
        return map_rect(QRectF(self.rect()), self._size())

    def _shape(self, cell: int | None) -> HeadShape | None:
        return next((shape for shape in self._shapes if shape.cell == cell), None)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        tones = self._theme.tones
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tones.image_background))
        if self._copies:
            painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
            self._draw_image(painter)
            painter.setTransform(self._to_widget())
            for shape in sorted(self._shapes, key=lambda shape: shape.cell == self._current):
                draw_shape(painter, shape, shape.cell == self._current, shape.cell in self._selected)
            draw_stroke(painter, self._stroke, self._tool is FieldTool.REDRAW)
            painter.resetTransform()
            if self.um_per_px:
                draw_scale_bar(painter, self.rect(), self.um_per_px / self._scale())
            for mark in self._marks:
                draw_mark(painter, self.point_on_screen(mark))
            if not self._map().isEmpty():
                small = self._copies[-1]
                draw_map(painter, self._map(), small, self._size(), self._shapes, self._seen(), tones)
        if self._message:
            painter.setPen(QColor(tones.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(12, 12, -12, -12), flags, self._message)
        painter.end()

    def _draw_image(self, painter: QPainter) -> None:
        """Draws the part that is seen, from the smallest copy that has enough pixels."""
        wanted = self._scale() * self.devicePixelRatioF()
        fitting = [copy for number, copy in enumerate(self._copies) if 0.5**number >= wanted]
        copy = fitting[-1] if fitting else self._copies[0]
        seen = self._seen().intersected(QRectF(0, 0, 1, 1))
        size = self._size()
        part = QTransform.fromScale(copy.width(), copy.height()).mapRect(seen)
        target = self._to_widget().mapRect(QTransform.fromScale(size.width(), size.height()).mapRect(seen))
        painter.drawImage(target, copy, part)

    # Pointer and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if steps and self._copies:
            point, size = self._image_point(event.position()), self._size()
            self._zoom.by(steps, QPointF(point.x() / size.width(), point.y() / size.height()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._copies:
            self._pressed, self._dragging = event.position(), False
            self._on_map = self._map().contains(event.position())
            if self._on_map:
                self._zoom.look(self._zoom.factor, share_of(self._map(), event.position()))
            elif self._tool.draws:
                self._stroke = [self._image_point(event.position())]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        moved = event.position() - self._pressed
        self._dragging = self._dragging or moved.manhattanLength() > _DRAG
        if self._on_map:
            self._zoom.look(self._zoom.factor, share_of(self._map(), event.position()))
        elif self._stroke:
            self._stroke.append(self._image_point(event.position()))
            self.update()
        elif self._dragging:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pressed = event.position()
            size, scale = self._size(), self._scale()
            shift = QPointF(moved.x() / (size.width() * scale), moved.y() / (size.height() * scale))
            self._zoom.look(self._zoom.factor, self._zoom.centre - shift)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, stroke, self._pressed = self._pressed, self._stroke, None
        self.take_tool(self._tool)
        if pressed is None or self._on_map:
            return
        if self._dragging:
            if stroke:
                self.drawn.emit([*stroke, self._image_point(event.position())])
        elif self._tool is FieldTool.ADD:
            self.pointed.emit(self._image_point(event.position()))
        else:
            self._click(self._image_point(event.position()))

    def _click(self, point: QPointF) -> None:
        shape = head_under(self._shapes, point)
        if shape:
            self.head_chosen.emit(shape.cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from head to head; Escape puts the tool down."""
        if event.key() == Qt.Key.Key_Escape and self._tool is not FieldTool.SELECT:
            self.left.emit()
            return
        arrow, start = _ARROWS.get(Qt.Key(event.key())), self._shape(self._current)
        if arrow is None or start is None:
            super().keyPressEvent(event)
            return
        beyond = head_beyond(self._shapes, start, *arrow)
        if beyond:
            self.head_chosen.emit(beyond.cell)
