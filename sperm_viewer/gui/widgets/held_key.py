"""Tells a key that is held down from one that is pressed briefly."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication

_HELD_S = 0.35


class HeldKey(QObject):
    """Watches for the release of an action's key, only while it may be down."""

    def __init__(self, action: QAction, parent: QObject) -> None:
        super().__init__(parent)
        self._action = action
        self._since = 0.0
        self._then: Callable[[], None] | None = None

    def wait(self, then: Callable[[], None]) -> None:
        """Runs `then` when the key is released, if that is later than after a brief press."""
        self._since, self._then = time.monotonic(), then
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationDeactivate:
            self._release()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyRelease:
            own = QKeySequence(event.keyCombination()) in self._action.shortcuts()
            if own and not event.isAutoRepeat():
                self._release()
        return False

    def _release(self) -> None:
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        then, self._then = self._then, None
        if then and time.monotonic() - self._since > _HELD_S:
            then()
