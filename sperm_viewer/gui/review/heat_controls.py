"""How strongly the heat covers the crop, in which colours, and what the colours mean."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from sperm_viewer.gui.widgets.qt_images import to_image
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.imaging.overlay import COLOUR_MAPS, colourise


class ColourScale(QWidget):
    """The colours from least to most."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self.setAccessibleName("Colour scale, from less to more")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_map(self, colour_map: str) -> None:
        self._image = to_image(colourise(np.linspace(0, 1, 256, dtype=np.float32)[None], colour_map))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(self.rect(), self._image)
        painter.end()


class HeatControls(QWidget):
    opacity_changed = Signal(int)
    map_changed = Signal(str)

    def __init__(self, opacity: int, colour_map: str) -> None:
        super().__init__()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, 100)
        self._slider.setPageStep(10)
        self._slider.setAccessibleName("Heatmap opacity")
        self._slider.setToolTip("How strongly the heat covers the crop")
        self._slider.setMinimumWidth(60)
        self._percent = QLabel()
        self._percent.setMinimumWidth(self._percent.fontMetrics().horizontalAdvance("100%"))
        self._maps = QComboBox()
        self._maps.addItems(list(COLOUR_MAPS))
        self._maps.setAccessibleName("Colour map")
        self._maps.setToolTip("The heatmap's colours")
        self._scale = ColourScale()
        label = QLabel("&Opacity")
        label.setBuddy(self._slider)
        strength = QHBoxLayout()
        colours = QHBoxLayout()
        for row in (strength, colours):
            row.setSpacing(8)
        strength.addWidget(label)
        strength.addWidget(self._slider, 1)
        strength.addWidget(self._percent)
        colours.addWidget(self._maps)
        colours.addWidget(quiet(QLabel("less")))
        colours.addWidget(self._scale, 1)
        colours.addWidget(quiet(QLabel("more")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(strength)
        column.addLayout(colours)
        self._slider.valueChanged.connect(self._on_opacity)
        self._maps.currentTextChanged.connect(self._on_map)
        self._slider.setValue(opacity)
        self._maps.setCurrentText(colour_map)
        self._on_opacity(opacity)
        self._on_map(self._maps.currentText())

    def change(self, by: int) -> None:
        """More or less opacity, in per cent."""
        self._slider.setValue(self._slider.value() + by)

    def show_map(self, colour_map: str) -> None:
        self._maps.setCurrentText(colour_map)

    def _on_opacity(self, value: int) -> None:
        self._percent.setText(f"{value}%")
        self.opacity_changed.emit(value)

    def _on_map(self, name: str) -> None:
        self._scale.show_map(name)
        self.map_changed.emit(name)
