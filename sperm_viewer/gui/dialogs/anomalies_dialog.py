"""What a reviewer sees wrong with a cell, ticked in a list."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.statistics.indices import ANOMALY_TEXT, Anomaly, Region


class AnomaliesDialog(QDialog):
    """A column of boxes for each region; nothing ticked says that nothing was seen."""

    def __init__(self, ticked: frozenset[str], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Anomalies")
        self.boxes: dict[Anomaly, QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        for column, region in enumerate(Region):
            grid.addWidget(quiet(QLabel(region.capitalize())), 0, column)
            for row, anomaly in enumerate((each for each in Anomaly if each.region is region), 1):
                box = QCheckBox(ANOMALY_TEXT[anomaly])
                box.setChecked(anomaly in ticked)
                grid.addWidget(box, row, column)
                self.boxes[anomaly] = box
        note = quiet(QLabel("Tick what the picture shows. The indices of a report need it of every abnormal cell."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(grid)
        layout.addWidget(note)
        layout.addWidget(buttons)
        next(iter(self.boxes.values())).setFocus()

    @property
    def ticked(self) -> frozenset[str]:
        return frozenset(str(anomaly) for anomaly, box in self.boxes.items() if box.isChecked())
