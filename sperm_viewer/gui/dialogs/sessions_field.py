"""Settings: chooses the folder that new sessions go into."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.widgets.elided_label import ElidedLabel
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.settings_store import SettingsStore


class SessionsField(QWidget):
    def __init__(self, settings: SettingsStore, ask: Ask) -> None:
        super().__init__()
        self._settings = settings
        self._ask = ask
        self.folder = ElidedLabel()
        self.choose = QPushButton("Choose…")
        self.choose.setToolTip("The folder that new sessions go into; those there are stay where they are")
        self.choose.setAccessibleName("Choose the folder of new sessions")
        self.default = QPushButton("Default")
        self.default.setToolTip("The folder Sperm Viewer in your documents")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        row.addWidget(self.default)
        self.choose.clicked.connect(self._choose)
        self.default.clicked.connect(lambda: self._take(""))
        self._show()

    def _choose(self) -> None:
        chosen = self._ask.folder("The folder of new sessions", self._settings.sessions_folder)
        if chosen:
            self._take(str(chosen))

    def _take(self, folder: str) -> None:
        self._settings.update(sessions_folder=folder)
        self._show()

    def _show(self) -> None:
        folder = str(self._settings.sessions_folder)
        self.folder.show_text(folder)
        set_plain_tip(self.folder, folder)
        self.default.setEnabled(bool(self._settings.value.sessions_folder))
