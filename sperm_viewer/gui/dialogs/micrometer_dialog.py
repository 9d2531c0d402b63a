"""Measures the scale of an objective: a line is drawn along the photo of a stage micrometer."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QLineF, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QGraphicsLineItem,
    QGraphicsScene,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.objective import Objective, measured_scale
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.qt_images import to_image
from sperm_viewer.gui.widgets.theme import quiet

_STEP = 1.25
_LINE = "#ff00c8"
"""A colour that neither the marks of a micrometer nor a stain has."""
_KEYS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}
_ABOUT = (
    "Draw a line along the scale, from one mark to another far away from it: press the button, drag, release. Wheel: "
    "zoom. Arrow keys move the end of the line by a pixel, with Shift its beginning."
)


class LineView(QGraphicsView):
    """An image on which one line is drawn; the line is in px of the image."""

    changed = Signal()

    def __init__(self, rgb: UInt8Array) -> None:
        super().__init__()
        self.line = QLineF()
        pixmap = QPixmap.fromImage(to_image(rgb))
        self._scene = scene = QGraphicsScene()
        scene.addPixmap(pixmap)
        self._item = QGraphicsLineItem()
        pen = QPen(QColor(_LINE), 2)
        pen.setCosmetic(True)
        self._item.setPen(pen)
        scene.addItem(self._item)
        self.setScene(scene)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setAccessibleName("Photo of the stage micrometer")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.fitInView(scene.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)

    def draw(self, line: QLineF) -> None:
        self.line = line
        self._item.setLine(line)
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            start = self.mapToScene(event.position().toPoint())
            self.draw(QLineF(start, start))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.draw(QLineF(self.line.p1(), self.mapToScene(event.position().toPoint())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pass

    def wheelEvent(self, event: QWheelEvent) -> None:
        step = _STEP if event.angleDelta().y() > 0 else 1 / _STEP
        self.scale(step, step)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = _KEYS.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.draw(QLineF(self.line.p1() + move, self.line.p2()))
        else:
            self.draw(QLineF(self.line.p1(), self.line.p2() + move))


class MicrometerDialog(QDialog):
    """OK passes the objective to `store`. `rgb` is the photo, `by` the person who probably measures."""

    def __init__(self, rgb: UInt8Array, by: str, store: Callable[[Objective], None], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Measure an objective")
        self._size = (rgb.shape[1], rgb.shape[0])
        self._store = store
        self.view = LineView(rgb)
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.name.setPlaceholderText("For example 100×/1.25 oil, camera 1")
        self.by = QLineEdit(by)
        self.by.setMaxLength(60)
        self.length = QDoubleSpinBox()
        self.length.setRange(0.1, 10_000)
        self.length.setDecimals(1)
        self.length.setValue(100)
        self.length.setSuffix(" µm")
        self.answer = QLabel()
        self.answer.setWordWrap(True)
        self.answer.setAccessibleName("Scale")
        about = quiet(QLabel(_ABOUT))
        about.setWordWrap(True)
        form = QFormLayout()
        form.addRow("&Length of the line", self.length)
        form.addRow("&Objective", self.name)
        form.addRow("Measured &by", self.by)
        form.addRow("Scale", self.answer)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(self.view, 1)
        column.addLayout(form)
        column.addWidget(buttons)
        self.resize(820, 720)
        fit_to_screen(self)
        self.view.changed.connect(self._show)
        self.length.valueChanged.connect(self._show)
        self._show()

    def accept(self) -> None:
        try:
            scale = self._scale()
        except ValueError as error:
            self.answer.setText(str(error))
            return
        if not self.name.text().strip():
            self.answer.setText("Name the objective, so that it can be chosen for a slide.")
            self.name.setFocus()
            return
        if not self.by.text().strip():
            self.answer.setText("Enter who measured: the name is printed with the scale.")
            self.by.setFocus()
            return
        today = datetime.now().astimezone().date().isoformat()
        self._store(Objective(self.name.text().strip(), scale, self._size, today, self.by.text().strip()))
        super().accept()

    def _scale(self) -> float:
        line = self.view.line
        return measured_scale(math.hypot(line.dx(), line.dy()), self.length.value())

    def _show(self) -> None:
        try:
            scale = self._scale()
        except ValueError as error:
            self.answer.setText(str(error))
            return
        width, height = self._size
        length = math.hypot(self.view.line.dx(), self.view.line.dy())
        self.answer.setText(f"{scale:.5g} µm per pixel ({length:.1f} px), in images of {width} × {height} px")
