"""One picture that can be zoomed and moved; several share a `Zoom` and so show the same place."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.widgets.theme import Theme

_STEP = 1.25
_LARGEST = 40.0
_CLOSE = 2.5
_PAN = 0.1


class Zoom(QObject):
    """What is in view: `factor` 1 fits the picture; `centre` is a point of the picture, (0, 0) to (1, 1)."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.factor = 1.0
        self.centre = QPointF(0.5, 0.5)

    def fit(self) -> None:
        self.look(1.0, QPointF(0.5, 0.5))

    def toggle(self) -> None:
        """The middle of the picture large, or all of it again."""
        if self.factor > 1:
            self.fit()
        else:
            self.look(_CLOSE, QPointF(0.5, 0.5))

    def look(self, factor: float, centre: QPointF) -> None:
        self.factor = min(max(factor, 1.0), _LARGEST)
        # At the edges the picture's own edge is as far as it goes.
        half = 0.5 / self.factor
        self.centre = QPointF(min(max(centre.x(), half), 1 - half), min(max(centre.y(), half), 1 - half))
        self.changed.emit()

    def by(self, steps: float, at: QPointF | None = None) -> None:
        """Zooms by steps; the point `at` of the picture stays where it is."""
        wanted = min(max(self.factor * _STEP**steps, 1.0), _LARGEST)
        fixed = at or self.centre
        share = self.factor / wanted
        self.look(wanted, fixed + (self.centre - fixed) * share)

    def move(self, right: float, down: float) -> None:
        """Moves the view by parts of what is in view."""
        self.look(self.factor, self.centre + QPointF(right, down) / self.factor)


class ImageView(QWidget):
    """Paints a crop, and a heat layer over it as strongly as `opacity` says."""

    def __init__(self, zoom: Zoom, theme: Theme, name: str) -> None:
        super().__init__()
        self._zoom = zoom
        self._theme = theme
        self._image: QImage | None = None
        self._layer: QImage | None = None
        self._message = ""
        self._grabbed: QPointF | None = None
        self.opacity = 1.0
        self.layer_shown = True
        self.setAccessibleName(name)
        self.setToolTip("Wheel: zoom. Drag: move. Double click: fit.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(110, 110)
        zoom.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(220, 220)

    def show_image(self, image: QImage | None, layer: QImage | None, message: str = "") -> None:
        """A picture and the layer over it, or a message in their place."""
        self._image, self._layer, self._message = image, layer, message
        self.update()

    def set_opacity(self, opacity: float) -> None:
        self.opacity = opacity
        self.update()

    def show_layer(self, shown: bool) -> None:
        self.layer_shown = shown
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tones = self._theme.tones
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tones.picture))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            target = self._target(self._image)
            painter.drawImage(target, self._image)
            if self._layer is not None and self.layer_shown:
                painter.setOpacity(self.opacity)
                painter.drawImage(target, self._layer)
                painter.setOpacity(1)
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
        """Where the whole picture lies, in the widget's coordinates."""
        scale = min(self.width() / image.width(), self.height() / image.height()) * self._zoom.factor
        width, height = image.width() * scale, image.height() * scale
        left = self.width() / 2 - self._zoom.centre.x() * width
        top = self.height() / 2 - self._zoom.centre.y() * height
        return QRectF(left, top, width, height)

    def _point_of(self, position: QPointF, image: QImage) -> QPointF:
        target = self._target(image)
        return QPointF((position.x() - target.left()) / target.width(), (position.y() - target.top()) / target.height())
