"""Sets the opacity of the heatmap."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.imaging.overlay import CONTOURS


class HeatControls(QWidget):
    opacity_changed = Signal(int)

    def __init__(self, opacity: int) -> None:
        super().__init__()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, 100)
        self._slider.setPageStep(10)
        self._slider.setAccessibleName("Heatmap opacity")
        self._slider.setToolTip("Opacity of the heatmap over the crop")
        self._slider.setMinimumWidth(60)
        self._percent = QLabel()
        self._percent.setMinimumWidth(self._percent.fontMetrics().horizontalAdvance("100%"))
        label = QLabel("&Opacity")
        label.setBuddy(self._slider)
        legend = quiet(QLabel(f"Lines hold {CONTOURS[0]:.0%} and {CONTOURS[1]:.0%} of the heat"))
        legend.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self._slider, 1)
        row.addWidget(self._percent)
        row.addWidget(legend, 2)
        self._slider.valueChanged.connect(self._on_opacity)
        self._slider.setValue(opacity)
        self._on_opacity(opacity)

    def change(self, by: int) -> None:
        """Changes the opacity by this many percentage points."""
        self._slider.setValue(self._slider.value() + by)

    def _on_opacity(self, value: int) -> None:
        self._percent.setText(f"{value}%")
        self.opacity_changed.emit(value)
