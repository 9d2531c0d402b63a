"""Measures the speed of this machine in the background."""

from __future__ import annotations

import threading
from functools import partial

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.run.bench.measure import Bench, measure

_CROPS = 200


class Measuring(QObject):
    """`step` carries a sentence on what is under way, `done` a Bench, `failed` a sentence for the user."""

    step = Signal(str)
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self._tasks = Tasks(1, self)

    def start(self, model: ModelFolder) -> None:
        self._tasks.start(partial(self._measure, model), self.done.emit, self._fail)

    def close(self) -> None:
        """Ends a measurement that is under way, within a second."""
        self._stop.set()
        self._tasks.close()

    def _measure(self, model: ModelFolder) -> Bench | None:
        found = None
        for step in measure(model, _CROPS, script=False, stop=self._stop.is_set):
            if isinstance(step, Bench):
                found = step
            else:
                self.step.emit(step)
        return found

    def _fail(self, error: Exception) -> None:
        if isinstance(error, SpermViewerError):
            self.failed.emit(str(error))
        else:
            raise error
