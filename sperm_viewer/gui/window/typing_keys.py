"""Leaves plain keys to the focused widget where it needs them; elsewhere they act on the current cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSlider, QWidget

from sperm_viewer.gui.review.image_view import ImageView
from sperm_viewer.gui.widgets.click_focus import ClickFocus

_WITH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_PRESSING = (Qt.Key.Key_Space,)


class TypingKeys(QObject):
    """Reserves keys for widgets other than text fields, for which Qt does it.

    Space presses a button, and letters choose an entry of a list.
    """

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


def leave_keys_to_cells(window: QWidget, slides: QWidget, focus_cells: Callable[[], None]) -> None:
    """Makes review keys work after every click in a window that is assembled."""
    own = [slides, *window.findChildren(QComboBox), *window.findChildren(QAbstractButton)]
    TypingKeys(own, window)
    ClickFocus([*own, *window.findChildren(QSlider), *window.findChildren(ImageView)], focus_cells, window)
