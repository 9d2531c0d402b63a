"""Finds out what a session has to teach, and teaches, in the background."""

from __future__ import annotations

import threading
from contextlib import closing
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.gui.background.tasks import Tasks, telling
from sperm_viewer.teaching.prospect import prospect
from sperm_viewer.teaching.teach import Taught, TeachRequest, teach


class TeachingTask(QObject):
    """`found` carries a Prospect, `progressed` words and how many of how many cells, `taught` a Taught, or None where
    it was cancelled; `failed` a sentence for the user.
    """

    found = Signal(object)
    progressed = Signal(str, int, int)
    taught = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._fail = telling(self.failed.emit)
        self._stop = threading.Event()

    def find(self, session: Path) -> None:
        self._tasks.start(partial(prospect, session), self.found.emit, self._fail)

    def teach(self, request: TeachRequest) -> None:
        self._stop.clear()
        self._tasks.start(partial(self._teach, request), self.taught.emit, self._fail)

    def cancel(self) -> None:
        """Between two cells; nothing is left behind."""
        self._stop.set()

    def close(self) -> None:
        self._stop.set()
        self._tasks.close()

    def _teach(self, request: TeachRequest) -> Taught | None:
        with closing(teach(request)) as steps:
            while not self._stop.is_set():
                try:
                    step = next(steps)
                except StopIteration as ended:
                    found: Taught = ended.value
                    return found
                self.progressed.emit(step.words, step.done, step.total)
        return None
