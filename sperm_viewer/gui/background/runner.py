"""The worker's thread, and the one run in it."""

from __future__ import annotations

import time
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from sperm_viewer.domain.progress import MovingRate, Progress
from sperm_viewer.gui.background.worker import Batch, Finished, Job, Ready, Score, ScoringWorker, Stored, Told
from sperm_viewer.imaging.discover import SlideFound
from sperm_viewer.run.pipeline import score_session


class State(StrEnum):
    IDLE = "idle"
    STORING = "storing"
    SCORING = "scoring"
    PAUSED = "paused"
    STOPPING = "stopping"


class Runner(QObject):
    """Starts jobs and passes on what the current one says; what an earlier one still says is dropped."""

    state_changed = Signal(object)
    progressed = Signal(object)
    stored = Signal(object)
    ready = Signal(object)
    recorded = Signal(object)
    told = Signal(str)
    finished = Signal(object)
    _order = Signal(object)

    def __init__(self, score: Score = score_session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = QThread()
        self._thread.setObjectName("scoring")
        self._worker = ScoringWorker(score)
        self._worker.moveToThread(self._thread)
        self._order.connect(self._worker.work)
        for signal, slot in (
            (self._worker.stored, self._on_stored),
            (self._worker.ready, self._on_ready),
            (self._worker.recorded, self._on_recorded),
            (self._worker.told, self._on_told),
            (self._worker.finished, self._on_finished),
        ):
            signal.connect(slot, Qt.ConnectionType.QueuedConnection)
        self._job: Job | None = None
        self._left_over: tuple[SlideFound, ...] = ()
        self._run = 0
        self._rate = MovingRate()
        self.progress = Progress(0, 0)
        self.state = State.IDLE

    @property
    def busy(self) -> bool:
        return self._job is not None

    def next_run(self) -> int:
        self._run += 1
        return self._run

    def start(self, job: Job) -> None:
        """Begins a job; only between runs."""
        if self._job is not None:
            raise RuntimeError("a run is under way")
        if not self._thread.isRunning():
            self._thread.start()
        self._job = job
        self._rate.restart()
        self.progress = Progress(0, 0)
        self._set(State.SCORING if job.plan else State.STORING)
        self._order.emit(job)

    def add(self, slides: tuple[SlideFound, ...]) -> None:
        """Slides for the run under way."""
        if self._job:
            self._job.control.add(slides)

    def take_left_over(self) -> tuple[SlideFound, ...]:
        """Slides that were added so late that the run ended without them."""
        left, self._left_over = self._left_over, ()
        return left

    def pause(self) -> None:
        if self._job and self.state is State.SCORING:
            self._job.control.pause()
            self._set(State.PAUSED)

    def resume(self) -> None:
        if self._job and self.state is State.PAUSED:
            self._rate.restart()
            self._job.control.resume()
            self._set(State.SCORING)

    def cancel(self) -> None:
        if self._job and self.state is not State.STOPPING:
            self._job.control.cancel()
            self._set(State.STOPPING)

    def close(self) -> None:
        """Stops what is under way and ends the thread; everything that was scored is on disk afterwards."""
        if self._job:
            self._job.control.cancel()
        self._thread.quit()
        self._thread.wait()
        self._job = None

    def _set(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    def _is_current(self, message: Stored | Ready | Batch | Told | Finished) -> bool:
        return self._job is not None and message.run == self._job.run

    @Slot(object)
    def _on_stored(self, message: Stored) -> None:
        if self._is_current(message):
            self._progress(self.progress.done, message.total)
            self.stored.emit(message)

    @Slot(object)
    def _on_ready(self, message: Ready) -> None:
        if self._is_current(message):
            self.ready.emit(message)

    @Slot(object)
    def _on_recorded(self, message: Batch) -> None:
        if self._is_current(message):
            self.recorded.emit(message)
            self._progress(message.done, max(self.progress.total, message.done))

    @Slot(object)
    def _on_told(self, message: Told) -> None:
        if self._is_current(message):
            self.told.emit(message.text)

    @Slot(object)
    def _on_finished(self, message: Finished) -> None:
        if self._job and self._is_current(message):
            self._left_over = tuple(self._job.control.take_added())
            self._job = None
            self._set(State.IDLE)
            self.finished.emit(message)

    def _progress(self, done: int, total: int) -> None:
        self.progress = Progress(done, total, self._rate.add(time.monotonic(), done))
        self.progressed.emit(self.progress)
