"""Settings > Objectives: those whose scale was measured, and by whom."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTableWidgetItem, QVBoxLayout, QWidget

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.objective import Objective, objective_text
from sperm_viewer.domain.scale import size_text
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.dialogs.micrometer_dialog import MicrometerDialog
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.text_table import text_table
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.imaging.reading.read import read_image

_COLUMNS = ("Objective", "µm per pixel", "Images (px)", "Measured", "By")
_ABOUT = (
    "Photograph a stage micrometer with the objective and the camera settings of your slides, and draw a line along "
    "it. Choose the objective in Slide Details."
)


class ObjectivesPage(QWidget):
    """Lists them, and measures a new one on the photo of a stage micrometer."""

    def __init__(self, settings: SettingsStore, ask: Ask) -> None:
        super().__init__()
        self._settings = settings
        self._ask = ask
        self.table = text_table("Objectives", list(_COLUMNS), [])
        self.measure, self.remove = QPushButton("&Measure…"), QPushButton("&Remove")
        self.measure.setToolTip("Choose the photo of a stage micrometer, and draw a line along it")
        about = quiet(QLabel(_ABOUT))
        about.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.measure)
        row.addWidget(self.remove)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        self.measure.clicked.connect(self._measure)
        self.remove.clicked.connect(self._remove)
        self._show()

    def _show(self) -> None:
        found = self._settings.objectives
        self.table.setRowCount(len(found))
        for row, one in enumerate(found):
            texts = (one.name, f"{one.um_per_px:.5g}", size_text(one.size), one.measured, one.by)
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.remove.setEnabled(bool(found))

    def _measure(self) -> None:
        start = Path(self._settings.value.last_folder or Path.home())
        files = self._ask.images("Open the photo of a stage micrometer", start)
        if not files:
            return
        try:
            photo = read_image(ImageRef("", files[0]))
        except ImageRefusedError as error:
            self._ask.tell("This photo can't be opened", f"{files[0]}: {error}")
            return
        by = next(iter(self._settings.value.readers), "")
        MicrometerDialog(photo.rgb, by, self._store, self).open()

    def _store(self, measured: Objective) -> None:
        others = [one for one in self._settings.objectives if one.name != measured.name]
        self._settings.update(objectives=tuple(map(objective_text, [*others, measured])))
        self._show()

    def _remove(self) -> None:
        row = self.table.currentRow()
        kept = [one for number, one in enumerate(self._settings.objectives) if number != row]
        self._settings.update(objectives=tuple(map(objective_text, kept)))
        self._show()
