"""All classes' probabilities as bars, each with its name and number, and what is asked of the first choice."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from sperm_viewer.domain.prediction import Prediction
from sperm_viewer.gui.widgets.class_qcolours import class_colour
from sperm_viewer.gui.widgets.theme import Theme

_NUMBER = 44
_GAP = 10
_BAR = 8


class ProbabilityBars(QWidget):
    """In the model's order, which doesn't change from cell to cell, so that the eye knows where to look."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._prediction: Prediction | None = None
        self._refer_below: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Probabilities")

    def show_prediction(self, prediction: Prediction | None, refer_below: float | None) -> None:
        """`refer_below` is the probability under which a first choice is referred; None where it isn't known."""
        self._prediction = prediction
        self._refer_below = refer_below if prediction else None
        self.setAccessibleDescription(
            ", ".join(f"{n} {p:.2f}" for n, p in zip(prediction.classes, prediction.probabilities, strict=True))
            if prediction
            else ""
        )
        self.setToolTip(
            f"The line is at {self._refer_below:.2f}: a first choice below it is referred to a person."
            if self._refer_below is not None
            else ""
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        rows = len(self._prediction.classes) if self._prediction else 0
        return QSize(200, rows * self._row())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _row(self) -> int:
        return self.fontMetrics().height() + 9

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._prediction is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tones, row = self._theme.tones, self._row()
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        names = max(painter.fontMetrics().horizontalAdvance(name) for name in self._prediction.classes) + _GAP
        flags = Qt.AlignmentFlag.AlignVCenter
        for number, name in enumerate(self._prediction.classes):
            share = self._prediction.probabilities[number]
            top = number * row
            painter.setFont(bold if name == self._prediction.first else self.font())
            painter.setPen(QColor(tones.text))
            painter.drawText(QRect(0, top, names, row), flags | Qt.AlignmentFlag.AlignLeft, name)
            right = QRect(self.width() - _NUMBER, top, _NUMBER, row)
            painter.drawText(right, flags | Qt.AlignmentFlag.AlignRight, f"{share:.3f}")
            track = QRectF(names, top + (row - _BAR) / 2, max(0, self.width() - names - _NUMBER - _GAP), _BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tones.line))
            painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
            painter.setBrush(class_colour(name, self._prediction.classes))
            track.setWidth(max(track.width() * share, 2.0))
            painter.drawRoundedRect(track, min(_BAR, track.width()) / 2, _BAR / 2)
        if self._refer_below is not None:
            across = names + max(0, self.width() - names - _NUMBER - _GAP) * self._refer_below
            painter.setPen(QPen(QColor(tones.text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(across, 0), QPointF(across, self.height()))
        painter.end()
