"""A reader's note about a cell, written where it is read."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from sperm_viewer.domain.cell import Cell

_LONGEST = 500
_AWAY = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""The field is left for a moment only."""


class NoteField(QLineEdit):
    """Enter and going elsewhere store the note, Escape drops what was typed."""

    written = Signal(object, str)
    left = Signal()
    """The user goes back to the cells."""

    def __init__(self) -> None:
        super().__init__()
        self._cell: Cell | None = None
        self._kept = ""
        self.setMaxLength(_LONGEST)
        self.setPlaceholderText("Note")
        self.setAccessibleName("Note")

    def show_note(self, cell: Cell, note: str) -> None:
        """The note of a cell; what is being typed for this very cell stays."""
        if self._cell is None or cell.id != self._cell.id:
            self.finish()
        typing = self._cell is not None and cell.id == self._cell.id and self.hasFocus() and self.text() != self._kept
        self._cell, self._kept = cell, note
        if not typing:
            self.setText(note)
            self.setCursorPosition(0)

    def finish(self) -> None:
        """Stores what was typed."""
        if self._cell is not None and self.text() != self._kept:
            self._kept = self.text()
            self.written.emit(self._cell, self.text())

    def start(self) -> None:
        self.setFocus()
        self.end(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.setText(self._kept)
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _AWAY:
            self.finish()
