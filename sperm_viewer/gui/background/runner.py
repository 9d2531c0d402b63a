"""Drives a run in a thread of its own; nothing else writes its results while the window shows them.

The window never waits for it: pause and cancel are looked at between the run's events, and events come back as
signals with the number of their run, so that what an earlier run still sends is dropped.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import MovingRate, Progress
from sperm_viewer.run.events import Recorded, RunEvent, Stored, Waiting
from sperm_viewer.run.scoring import FoundImages, RunRequest, ScorePending, ScoringRun, score_pending

_log = logging.getLogger(__name__)
_BETWEEN_BATCHES_S = 0.1
_PAUSE_TICK_S = 0.05


class State(StrEnum):
    IDLE = "idle"
    STORING = "storing"
    SCORING = "scoring"
    PAUSED = "paused"
    STOPPING = "stopping"


class Outcome(StrEnum):
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. `message` is for the user, `details` for whoever looks after the app."""

    outcome: Outcome
    message: str = ""
    details: str = ""


class _Control:
    """Pause and cancel, which may be called from any thread."""

    def __init__(self) -> None:
        self._going = threading.Event()
        self._going.set()
        self._cancelled = threading.Event()

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def cancel(self) -> None:
        self._cancelled.set()
        self._going.set()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def wait(self) -> None:
        """Waits a moment for a paused run to go on."""
        self._going.wait(_PAUSE_TICK_S)


@dataclass(frozen=True, slots=True)
class _Job:
    number: int
    run: ScoringRun
    control: _Control


class _Worker(QObject):
    """Drives jobs one after the other in the thread that it was moved to."""

    happened = Signal(int, object)
    finished = Signal(int, object)

    @Slot(object)
    def work(self, job: _Job) -> None:
        end = RunEnd(Outcome.FAILED)
        try:
            end = RunEnd(self._drive(job))
        except SpermViewerError as error:
            end = RunEnd(Outcome.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 (a run must end with exactly one `finished`, whatever happens)
            _log.exception("run %d stopped", job.number)
            message = (
                f"Scoring stopped because of an unexpected error ({type(error).__name__}). What was scored is kept."
            )
            end = RunEnd(Outcome.FAILED, message, traceback.format_exc())
        finally:
            self.finished.emit(job.number, end)

    def _drive(self, job: _Job) -> Outcome:
        outbox = _Outbox(self, job.number)
        events = job.run.events()
        try:
            for event in events:
                outbox.put(event)
                self._wait_while_paused(job, outbox)
                if job.control.cancelled:
                    return Outcome.CANCELLED
            return Outcome.DONE
        finally:
            # Closing stops the scoring process and stores what it had done.
            events.close()
            outbox.send_recorded()

    def _wait_while_paused(self, job: _Job, outbox: _Outbox) -> None:
        while job.control.paused:
            outbox.send_recorded()
            stored = job.run.store_added()
            if stored:
                outbox.put(stored)
            job.control.wait()


class _Outbox:
    """Events on their way to the window: recorded cells at most about ten times a second, however fast they come."""

    def __init__(self, worker: _Worker, number: int) -> None:
        self._worker = worker
        self._number = number
        self._ids: list[int] = []
        self._images = 0
        self._due = 0.0

    def put(self, event: RunEvent) -> None:
        if isinstance(event, Recorded):
            self._ids.extend(event.ids)
            self._images += event.images
        elif not isinstance(event, Waiting):
            self.send_recorded()
            self._worker.happened.emit(self._number, event)
        if time.monotonic() >= self._due:
            self.send_recorded()

    def send_recorded(self) -> None:
        if self._ids:
            self._worker.happened.emit(self._number, Recorded(tuple(self._ids), self._images))
            self._ids.clear()
            self._images = 0
            self._due = time.monotonic() + _BETWEEN_BATCHES_S


class Runner(QObject):
    """The thread for runs, and the one run in it."""

    state_changed = Signal(object)
    progressed = Signal(object)
    happened = Signal(object)
    """A `RunEvent` of the current run; `Waiting` is left out, and `Recorded` joined."""
    finished = Signal(object)
    """A `RunEnd`, exactly once per run, after all its events."""
    _order = Signal(object)

    def __init__(self, score: ScorePending = score_pending, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._score = score
        self._thread = QThread()
        self._thread.setObjectName("scoring")
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._order.connect(self._worker.work)
        self._worker.happened.connect(self._on_event, Qt.ConnectionType.QueuedConnection)
        self._worker.finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self._job: _Job | None = None
        self._left_over: tuple[FoundImages, ...] = ()
        self._number = 0
        self._rate = MovingRate()
        self.progress = Progress(0, 0)
        self.state = State.IDLE

    @property
    def busy(self) -> bool:
        return self._job is not None

    def start(self, request: RunRequest) -> None:
        """Begins a run; only between runs."""
        if self._job is not None:
            raise RuntimeError("a run is under way")
        if not self._thread.isRunning():
            self._thread.start()
        self._number += 1
        self._job = _Job(self._number, ScoringRun(request, self._score), _Control())
        self._rate.restart()
        self.progress = Progress(0, 0)
        self._set_state(State.SCORING if request.scoring else State.STORING)
        self._order.emit(self._job)

    def add(self, found: FoundImages) -> None:
        """Images for the run under way."""
        if self._job:
            self._job.run.add(found)

    def take_left_over(self) -> tuple[FoundImages, ...]:
        """Images that were added so late that the run ended without them."""
        left, self._left_over = self._left_over, ()
        return left

    def pause(self) -> None:
        if self._job and self.state is State.SCORING:
            self._job.control.pause()
            self._set_state(State.PAUSED)

    def resume(self) -> None:
        if self._job and self.state is State.PAUSED:
            self._rate.restart()
            self._job.control.resume()
            self._set_state(State.SCORING)

    def cancel(self) -> None:
        if self._job and self.state is not State.STOPPING:
            self._job.control.cancel()
            self._set_state(State.STOPPING)

    def close(self) -> None:
        """Stops what is under way and ends the thread; everything that was scored is on disk afterwards."""
        if self._job:
            self._job.control.cancel()
        self._thread.quit()
        self._thread.wait()
        self._job = None

    def _set_state(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    @Slot(int, object)
    def _on_event(self, number: int, event: RunEvent) -> None:
        if self._job is None or number != self._job.number:
            return
        self.happened.emit(event)
        if isinstance(event, Stored):
            self._show_progress(self.progress.done, event.total)
        elif isinstance(event, Recorded):
            done = self.progress.done + event.images
            self._show_progress(done, max(self.progress.total, done))

    @Slot(int, object)
    def _on_finished(self, number: int, end: RunEnd) -> None:
        if self._job and number == self._job.number:
            self._left_over = self._job.run.left_over()
            self._job = None
            self._set_state(State.IDLE)
            self.finished.emit(end)

    def _show_progress(self, done: int, total: int) -> None:
        self.progress = Progress(done, total, self._rate.add(time.monotonic(), done))
        self.progressed.emit(self.progress)
