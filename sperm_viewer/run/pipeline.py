"""Crop references in, cell events out: the one way both the window and the command line score.

A generator, so that whoever drives it can pause (by not asking on) and cancel (by closing it) between events. It
knows no window; the engine is in the child process.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait

from sperm_viewer.domain.cell import CellEvent, CellFailed
from sperm_viewer.domain.errors import ChildDiedError, EngineError
from sperm_viewer.domain.image import CropRef
from sperm_viewer.inference.child import Answer, Broken, EngineReady, Message, ScoringChild, ScoringPlan
from sperm_viewer.session.session import Session

_log = logging.getLogger(__name__)
_TICK_S = 0.1
_PATIENCE_S = 120.0
_AHEAD = 4
"""Crops on their way to the child for each of its threads: enough that none waits, few enough to try again."""
_RESTARTS = 3
_CRASHED = (
    "Reading this image made the scoring process stop or hang, twice. Open it in another program and save it anew."
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing new for a tenth of a second; a chance to pause or cancel."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Events that are on disk now, with their cells' ids."""

    ids: tuple[int, ...]
    events: tuple[CellEvent, ...]


Event = EngineReady | Waiting | CellEvent
Step = EngineReady | Waiting | Recorded


def score(refs: Sequence[CropRef], plan: ScoringPlan) -> Generator[Event, None, None]:
    """Scores crops; yields each one's event once, in their order while no child dies, and `Waiting` in between.

    A child that dies is restarted; the crops it had are tried again one by one, and one that kills it again is failed.
    Raises EngineError or ModelError where the model can't be loaded, ChildDiedError where children die without cause.
    """
    run = _Run(refs, plan)
    try:
        yield from run.events()
    finally:
        run.stop()


def score_session(session: Session, plan: ScoringPlan) -> Generator[Step, None, None]:
    """Scores what the session's model in use has not seen, and stores each event before it is yielded."""
    waiting: list[CellEvent] = []
    due = time.monotonic() + _TICK_S
    events = score(session.pending(), plan)
    try:
        for event in events:
            if not isinstance(event, EngineReady | Waiting):
                waiting.append(event)
            if waiting and time.monotonic() >= due:
                yield _recorded(session, waiting)
                waiting.clear()
                due = time.monotonic() + _TICK_S
            if isinstance(event, EngineReady | Waiting):
                yield event
    finally:
        events.close()
        if waiting:
            # Also when the run is cancelled: what was scored is kept.
            last = _recorded(session, waiting)
    if waiting:
        yield last


def _recorded(session: Session, events: Sequence[CellEvent]) -> Recorded:
    return Recorded(tuple(session.record(events)), tuple(events))


class _Run:
    """One run: what is still to send, what the child has, and what it has to be asked alone."""

    def __init__(self, refs: Sequence[CropRef], plan: ScoringPlan) -> None:
        self._refs = refs
        self._plan = plan
        self._to_send = deque(range(len(refs)))
        self._suspects: deque[int] = deque()
        self._in_flight: set[int] = set()
        self._silent_s = 0.0
        self._left = len(refs)
        self._child: ScoringChild | None = None
        self._restarts = 0
        self._died_before: set[int] = set()

    def stop(self) -> None:
        if self._child:
            self._child.stop()
            self._child = None

    def events(self) -> Iterator[Event]:
        while self._left:
            if self._child is None:
                self._child = ScoringChild(self._plan)
            ready = yield from self._start(self._child)
            if ready is None:
                continue
            yield ready
            yield from self._work(self._child)

    def _start(self, child: ScoringChild) -> Generator[Event, None, EngineReady | None]:
        while not child.pipe.poll(_TICK_S):
            yield Waiting()
        message = _receive(child)
        if isinstance(message, Broken):
            raise EngineError(message.message)
        if isinstance(message, EngineReady):
            return message
        yield from self._bury()
        return None

    def _work(self, child: ScoringChild) -> Iterator[Event]:
        """Sends and receives until everything is done or the child is gone."""
        while self._left:
            if not self._feed(child):
                yield from self._bury()
                return
            if not wait([child.pipe], _TICK_S):
                # Only time spent waiting counts: a run may be paused for hours.
                self._silent_s += _TICK_S
                if self._in_flight and self._silent_s > _PATIENCE_S:
                    yield from self._bury()
                    return
                yield Waiting()
                continue
            self._silent_s = 0.0
            message = _receive(child)
            if isinstance(message, Broken):
                raise EngineError(message.message)
            if not isinstance(message, Answer):
                yield from self._bury()
                return
            if message.trouble:
                _log.error("%s: %s", self._refs[message.number].path, message.trouble)
            if message.changed:
                yield message.changed
            self._in_flight.remove(message.number)
            self._left -= 1
            self._restarts = 0
            yield message.event

    def _feed(self, child: ScoringChild) -> bool:
        """Keeps the child busy; with suspects about, one crop at a time. False where the child is gone."""
        room = 1 if self._suspects else _AHEAD * self._plan.threads
        queue = self._suspects or self._to_send
        if self._suspects and self._in_flight:
            return True
        while queue and len(self._in_flight) < room:
            number = queue[0]
            try:
                child.ask(number, self._refs[number])
            except OSError:
                return False
            queue.popleft()
            self._in_flight.add(number)
            if queue is self._suspects:
                break
        return True

    def _bury(self) -> Iterator[Event]:
        """After a child's death: its crops are suspects; one alone with it, and not the first time, is failed."""
        self.stop()
        lost = sorted(self._in_flight)
        self._in_flight.clear()
        self._silent_s = 0.0
        if not lost:
            self._restarts += 1
            if self._restarts > _RESTARTS:
                raise ChildDiedError(
                    "The scoring process stops again and again before it has scored anything. What was scored is "
                    "kept. Restart the computer, or reinstall the app if that doesn't help."
                )
        elif len(lost) == 1 and lost[0] in self._died_before:
            self._left -= 1
            yield CellFailed(self._refs[lost[0]], "", _CRASHED)
        else:
            self._died_before.update(lost)
            self._suspects.extend(lost)


def _receive(child: ScoringChild) -> Message | None:
    """The child's next message, None where it is gone."""
    try:
        message: Message = child.pipe.recv()
    except (EOFError, OSError):
        return None
    return message
