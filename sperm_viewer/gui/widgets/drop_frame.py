"""A frame that shows where files can be dropped."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.widgets.theme import Theme


class DropFrame(QWidget):
    """A frame around its parent while files are dragged over it; it takes no clicks."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pane = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def highlight(self, on: bool) -> None:
        self.setGeometry(self._pane.rect())
        self.raise_()
        self.setVisible(on)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(self._theme.tones.accent), 3))
        painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        painter.end()
