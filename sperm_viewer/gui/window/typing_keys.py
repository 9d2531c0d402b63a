"""Keys without Ctrl or Alt do something to the current cell, except where the widget that has the focus needs them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

_WITH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_PRESSING = (Qt.Key.Key_Space,)


class TypingKeys(QObject):
    """Keeps keys for widgets that aren't text fields (Qt does it for those): Space presses a button, letters choose an
    entry of a list."""

    def __init__(self, widgets: Iterable[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & _WITH and event.text().isprintable() and event.text() != ""
            if plain and (not isinstance(watched, QAbstractButton) or event.key() in _PRESSING):
                event.accept()
                return True
        return False
