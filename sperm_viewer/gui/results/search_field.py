"""The field that file names are searched with, and the keys that lead out of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.theme import Tones

_OUT = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SearchField(QLineEdit):
    """Escape clears it, and leaves it where it is empty; Down and Enter leave it for what was found."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Search file names")
        self.setAccessibleName("Search file names")
        self.setToolTip("Show only files whose name holds this text")
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(120)
        self._lens = QAction(self)
        self.addAction(self._lens, QLineEdit.ActionPosition.LeadingPosition)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Escape, *_OUT):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def set_tones(self, tones: Tones) -> None:
        self._lens.setIcon(tinted("search", tones))
