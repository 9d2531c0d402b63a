"""An image that can be zoomed and moved. Views that share a `Zoom` show the same part."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.widgets.scale_bar import draw_scale_bar
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.imaging.overlay import Corners

_STEP = 1.25
_LARGEST = 40.0
_CLOSE = 2.5
_PAN = 0.1
_MARK = 0.12
"""The length of a corner mark, as a share of the window's side."""


class Zoom(QObject):
    """The visible part of an image: `factor` 1 shows all of it; `centre` is from (0, 0) to (1, 1).

    `head` is where the head is, in the same numbers.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.factor = 1.0
        self.centre = QPointF(0.5, 0.5)
        self.head = QPointF(0.5, 0.5)

    def show_head(self, head: QPointF) -> None:
        """Another image: as much of it is visible as of the last one, with its head in the middle."""
        self.head = head
        self.look(self.factor, head)

    def fit(self) -> None:
        self.look(1.0, QPointF(0.5, 0.5))

    def toggle(self) -> None:
        """Enlarges the head, or shows all of the image again."""
        if self.factor > 1:
            self.fit()
        else:
            self.look(_CLOSE, self.head)

    def look(self, factor: float, centre: QPointF) -> None:
        self.factor = min(max(factor, 1.0), _LARGEST)
        # The view stops at the edges of the image.
        half = 0.5 / self.factor
        self.centre = QPointF(min(max(centre.x(), half), 1 - half), min(max(centre.y(), half), 1 - half))
        self.changed.emit()

    def by(self, steps: float, at: QPointF | None = None) -> None:
        """Zooms by steps; the point `at` of the image keeps its position."""
        wanted = min(max(self.factor * _STEP**steps, 1.0), _LARGEST)
        fixed = at or self.centre
        share = self.factor / wanted
        self.look(wanted, fixed + (self.centre - fixed) * share)

    def move(self, right: float, down: float) -> None:
        """Moves the view by fractions of the visible part."""
        self.look(self.factor, self.centre + QPointF(right, down) / self.factor)


class ImageView(QWidget):
    """Paints a crop, and a heat layer over it with `opacity`."""

    def __init__(self, zoom: Zoom, theme: Theme, name: str) -> None:
        super().__init__()
        self._zoom = zoom
        self._theme = theme
        self._image: QImage | None = None
        self._layer: QImage | None = None
        self._window: Corners = ()
        self._message = ""
        self._grabbed: QPointF | None = None
        self.opacity = 1.0
        self.layer_shown = True
        self.window_shown = False
        self._um_per_px: float | None = None
        self.setAccessibleName(name)
        self.setToolTip("Wheel: zoom. Drag: move. Double click: fit.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(110, 110)
        zoom.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(220, 220)

    def show_image(self, image: QImage | None, layer: QImage | None, message: str = "", window: Corners = ()) -> None:
        """Shows an image and the layer over it, or a message instead; `window` is what the network saw of it."""
        self._image, self._layer, self._message, self._window = image, layer, message, window
        self.update()

    def show_scale(self, um_per_px: float | None) -> None:
        """The side of an image pixel in µm, for the scale bar; None for none."""
        self._um_per_px = um_per_px
        self.update()

    def set_opacity(self, opacity: float) -> None:
        self.opacity = opacity
        self.update()

    def show_layer(self, shown: bool) -> None:
        self.layer_shown = shown
        self.update()

    def show_window(self, shown: bool) -> None:
        """Marks the corners of the network's window, or not."""
        self.window_shown = shown
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tones = self._theme.tones
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tones.image_background))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            target = self._target(self._image)
            painter.drawImage(target, self._image)
            if self._layer is not None and self.layer_shown:
                painter.setOpacity(self.opacity)
                painter.drawImage(target, self._layer)
                painter.setOpacity(1)
            if self.window_shown and self._window:
                _mark_corners(painter, _on_widget(self._window, target))
            if self._um_per_px:
                draw_scale_bar(painter, self.rect(), self._um_per_px * self._image.width() / target.width())
        if self._message:
            painter.setPen(QColor(tones.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(12, 12, -12, -12), flags, self._message)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tones.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if steps and self._image is not None:
            self._zoom.by(steps, self._point_of(event.position(), self._image))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and self._image is not None:
            moved = event.position() - self._grabbed
            self._grabbed = event.position()
            target = self._target(self._image)
            shift = QPointF(moved.x() / target.width(), moved.y() / target.height())
            self._zoom.look(self._zoom.factor, self._zoom.centre - shift)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._zoom.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = {
            Qt.Key.Key_Left: (-_PAN, 0.0),
            Qt.Key.Key_Right: (_PAN, 0.0),
            Qt.Key.Key_Up: (0.0, -_PAN),
            Qt.Key.Key_Down: (0.0, _PAN),
        }.get(Qt.Key(event.key()))
        if move:
            self._zoom.move(*move)
        else:
            super().keyPressEvent(event)

    def _target(self, image: QImage) -> QRectF:
        """The rectangle of the whole image in the widget's coordinates."""
        scale = min(self.width() / image.width(), self.height() / image.height()) * self._zoom.factor
        width, height = image.width() * scale, image.height() * scale
        left = self.width() / 2 - self._zoom.centre.x() * width
        top = self.height() / 2 - self._zoom.centre.y() * height
        return QRectF(left, top, width, height)

    def _point_of(self, position: QPointF, image: QImage) -> QPointF:
        target = self._target(image)
        return QPointF((position.x() - target.left()) / target.width(), (position.y() - target.top()) / target.height())


def _on_widget(corners: Corners, image: QRectF) -> list[QPointF]:
    return [QPointF(image.left() + x * image.width(), image.top() + y * image.height()) for x, y in corners]


def _mark_corners(painter: QPainter, corners: Sequence[QPointF]) -> None:
    """Light angles with a dark edge, like the contours of the heat."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(20, 20, 20), 4), (QColor(255, 255, 255), 2)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for number, corner in enumerate(corners):
            for beside in (corners[number - 1], corners[(number + 1) % len(corners)]):
                painter.drawLine(corner, corner + (beside - corner) * _MARK)
