"""Scores in a thread of its own, and is the only one that writes the session while the window shows it.

The window never waits for it: orders go through a `RunControl`, news comes back as signals, each with its run's
number, so that what an earlier run still has to say can be dropped.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from queue import Empty, SimpleQueue

from PySide6.QtCore import QObject, Signal, Slot

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.imaging.discover import SlideFound
from sperm_viewer.inference.child import EngineReady, ScoringPlan
from sperm_viewer.run.pipeline import Recorded, Step, score_session
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session, SessionModel

_log = logging.getLogger(__name__)
_BETWEEN_BATCHES_S = 0.1
_PAUSE_TICK_S = 0.05

Score = Callable[[Session, ScoringPlan], Generator[Step, None, None]]


class Outcome(StrEnum):
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class RunControl:
    """What the window tells a run while it goes on; every method may be called from any thread."""

    def __init__(self) -> None:
        self._going = threading.Event()
        self._going.set()
        self._cancelled = threading.Event()
        self._added: SimpleQueue[SlideFound] = SimpleQueue()

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def cancel(self) -> None:
        self._cancelled.set()
        self._going.set()

    def add(self, slides: tuple[SlideFound, ...]) -> None:
        """Slides to store now and to score after what is under way."""
        for slide in slides:
            self._added.put(slide)

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def take_added(self) -> list[SlideFound]:
        slides = []
        while True:
            try:
                slides.append(self._added.get_nowait())
            except Empty:
                return slides

    def wait(self) -> None:
        """Waits a moment for a paused run to go on."""
        self._going.wait(_PAUSE_TICK_S)


@dataclass(frozen=True, slots=True)
class Job:
    """One run: make or open the session, add slides, take the model into use, and score where there is a plan."""

    run: int
    session: Path
    add: tuple[SlideFound, ...] = ()
    model: SessionModel | None = None
    plan: ScoringPlan | None = None
    control: RunControl = field(default_factory=RunControl)


@dataclass(frozen=True, slots=True)
class Stored:
    """The session is on disk with its slides and model; `total` crops of it are this run's to score."""

    run: int
    session: Path
    total: int


@dataclass(frozen=True, slots=True)
class Ready:
    run: int
    engine: str
    device: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Cells that are on disk now; `done` counts all of this run."""

    run: int
    ids: tuple[int, ...]
    done: int


@dataclass(frozen=True, slots=True)
class Told:
    run: int
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a run, sent exactly once. `message` is for the user, `details` for who looks after the app."""

    run: int
    outcome: Outcome
    message: str = ""
    details: str = ""


class ScoringWorker(QObject):
    """Runs jobs one after the other in the thread that it was moved to."""

    stored = Signal(object)
    ready = Signal(object)
    recorded = Signal(object)
    told = Signal(object)
    finished = Signal(object)

    def __init__(self, score: Score = score_session) -> None:
        super().__init__()
        self._score = score

    @Slot(object)
    def work(self, job: Job) -> None:
        end = Finished(job.run, Outcome.FAILED)
        try:
            with sole_writer(job.session), _opened(job.session) as session:
                end = Finished(job.run, self._run(job, session))
        except SpermViewerError as error:
            end = Finished(job.run, Outcome.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 (a run must end with exactly one `finished`, whatever happens)
            _log.exception("run %d stopped", job.run)
            message = (
                f"Scoring stopped because of an unexpected error ({type(error).__name__}). What was scored is kept."
            )
            end = Finished(job.run, Outcome.FAILED, message, traceback.format_exc())
        finally:
            self.finished.emit(end)

    def _run(self, job: Job, session: Session) -> Outcome:
        _add(session, job.add)
        if job.model and session.model() != job.model:
            session.use_model(job.model)
        done, before = 0, -1
        while True:
            waiting = session.pending_count() if job.plan else 0
            self.stored.emit(Stored(job.run, job.session, done + waiting))
            if not job.plan or not waiting or done == before:
                return Outcome.DONE
            before = done
            done = self._score_pending(job, job.plan, session, done)
            if job.control.cancelled:
                _add(session, job.control.take_added())
                return Outcome.CANCELLED
            _add(session, job.control.take_added())

    def _score_pending(self, job: Job, plan: ScoringPlan, session: Session, done: int) -> int:
        """Scores what is pending now; returns how many crops of this run are done."""
        batch = _Batch(self, job.run, done)
        steps = self._score(session, plan)
        try:
            for step in steps:
                if isinstance(step, Recorded):
                    batch.add(step.ids)
                elif isinstance(step, EngineReady):
                    for note in step.notes:
                        self.told.emit(Told(job.run, note))
                    session.set_note("engine", step.engine)
                    session.set_note("device", step.device)
                    self.ready.emit(Ready(job.run, step.engine, step.device))
                batch.send_if_due()
                if job.control.paused:
                    batch.send()
                self._wait_while_paused(job, session, batch)
                if job.control.cancelled:
                    break
        finally:
            # Closing stops the scoring process and stores what it had done.
            steps.close()
            batch.send()
        return batch.done

    def _wait_while_paused(self, job: Job, session: Session, batch: _Batch) -> None:
        while True:
            added = job.control.take_added()
            if added:
                _add(session, added)
                self.stored.emit(Stored(job.run, job.session, batch.done + session.pending_count()))
            if not job.control.paused:
                return
            job.control.wait()


class _Batch:
    """Ids on their way to the window: at most about ten messages a second, however fast the scoring is."""

    def __init__(self, worker: ScoringWorker, run: int, done: int) -> None:
        self._worker = worker
        self._run = run
        self._ids: list[int] = []
        self._due = 0.0
        self.done = done

    def add(self, ids: tuple[int, ...]) -> None:
        self._ids.extend(ids)
        self.done += len(ids)

    def send_if_due(self) -> None:
        if time.monotonic() >= self._due:
            self.send()

    def send(self) -> None:
        if self._ids:
            self._worker.recorded.emit(Batch(self._run, tuple(self._ids), self.done))
            self._ids.clear()
            self._due = time.monotonic() + _BETWEEN_BATCHES_S


def _opened(path: Path) -> Session:
    return Session.open(path) if path.exists() else Session.create(path)


def _add(session: Session, slides: tuple[SlideFound, ...] | list[SlideFound]) -> None:
    for slide in slides:
        session.add_slide(slide.name, slide.folder, slide.crops)
