"""Settings: chooses or removes the laboratory's logo."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.widgets.elided_label import ElidedLabel
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.settings_store import SettingsStore


class LogoField(QWidget):
    def __init__(self, settings: SettingsStore, ask: Ask) -> None:
        super().__init__()
        self._settings = settings
        self._ask = ask
        self._file = ElidedLabel()
        self.choose = QPushButton("Choose…")
        self.choose.setToolTip("A PNG or JPEG file to print at the top of reports")
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Reports without a logo")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._file, 1)
        row.addWidget(self.choose)
        row.addWidget(self.remove)
        self.choose.clicked.connect(self._choose)
        self.remove.clicked.connect(lambda: self._take(""))
        self._show()

    def _choose(self) -> None:
        logo = self._settings.value.logo
        chosen = self._ask.images("The laboratory's logo", Path(logo).parent if logo else Path.home())
        if chosen:
            self._take(str(chosen[0]))

    def _take(self, logo: str) -> None:
        self._settings.update(logo=logo)
        self._show()

    def _show(self) -> None:
        logo = self._settings.value.logo
        self._file.show_text(Path(logo).name if logo else "None")
        set_plain_tip(self._file, logo)
        self.remove.setEnabled(bool(logo))
