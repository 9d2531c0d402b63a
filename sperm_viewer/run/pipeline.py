"""Image references in, cell events out: keeps a scoring process busy, and replaces it when it dies.

A generator, so that whoever drives it can pause (by not asking on) and cancel (by closing it) between events.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from multiprocessing.connection import wait

from sperm_viewer.domain.cell import CellEvent, CellFailed
from sperm_viewer.domain.detection import NO_HINTS, ImageHints
from sperm_viewer.domain.errors import ChildDiedError, EngineError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.child import Answer, ChildFailed, EngineReady, Message, ScoringChild, ScoringPlan, Working
from sperm_viewer.run.events import Waiting

_log = logging.getLogger(__name__)
_TICK_S = 0.1
_PATIENCE_S = 60.0
"""How long nothing may come from a child; longer if it works on a large image."""
_PATIENCE_PER_PIXEL_S = 2e-6
_MEMORY_BYTES = 5 * 2**29
"""Of the whole child, on top of what each of its threads may use: the network, and one large image."""
_MEMORY_PER_THREAD_BYTES = 3 * 2**27
_AHEAD = 4
"""Crops on their way to the child per thread of it: enough that no thread waits, few enough to try again."""
_RESTARTS = 3
_CRASHED = "Reading this image made the scoring process stop, twice. Open it in another program and save it anew."
_TOO_LONG = (
    "Reading this image took so long that it was given up, twice. Open it in another program and save it anew, or make "
    "it smaller."
)
_TOO_MUCH_MEMORY = (
    "Reading this image took so much memory that it was given up, twice. Open it in another program and save it anew, "
    "or make it smaller."
)

_NO_HINTS: Mapping[ImageRef, ImageHints] = {}
Event = EngineReady | Waiting | tuple[CellEvent, ...]


def _never(ref: ImageRef) -> bool:
    return False


def score(
    refs: Sequence[ImageRef],
    plan: ScoringPlan,
    hints: Mapping[ImageRef, ImageHints] = _NO_HINTS,
    skip: Callable[[ImageRef], bool] = _never,
) -> Generator[Event, None, None]:
    """Scores images, some of them with hints, but not those that are to be skipped when their turn comes. Yields the
    events of each one's cells together, in the order of the images while no child dies, and `Waiting` in between.

    A child that dies is restarted; the images it had are tried again one by one, and one that kills it again fails.
    Raises EngineError if the model can't be loaded, ChildDiedError if children die again and again without an image.
    """
    supervisor = _Supervisor(refs, plan, hints, skip)
    try:
        yield from supervisor.events()
    finally:
        supervisor.stop()


class _Supervisor:
    """What is still to send, what the child has, and which crops it has to be asked one by one."""

    def __init__(
        self,
        refs: Sequence[ImageRef],
        plan: ScoringPlan,
        hints: Mapping[ImageRef, ImageHints],
        skip: Callable[[ImageRef], bool],
    ) -> None:
        self._refs = refs
        self._hints = hints
        self._skip = skip
        self._plan = plan
        self._to_send = deque(range(len(refs)))
        self._suspects: deque[int] = deque()
        self._in_flight: set[int] = set()
        self._silent_s = 0.0
        self._patience_s = _PATIENCE_S
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
        if isinstance(message, ChildFailed):
            raise EngineError(message.message)
        if isinstance(message, EngineReady):
            return message
        yield from self._handle_child_death()
        return None

    def _work(self, child: ScoringChild) -> Iterator[Event]:
        """Sends and receives until everything is done or the child is gone."""
        while self._left:
            if not self._feed(child):
                yield from self._handle_child_death()
                return
            if not self._left:
                return
            if not wait([child.pipe], _TICK_S):
                # Only time spent waiting counts: a run may be paused for hours.
                self._silent_s += _TICK_S
                if self._in_flight and self._silent_s > self._patience_s:
                    yield from self._handle_child_death(_TOO_LONG)
                    return
                if child.memory() > _MEMORY_BYTES + self._plan.threads * _MEMORY_PER_THREAD_BYTES:
                    yield from self._handle_child_death(_TOO_MUCH_MEMORY)
                    return
                yield Waiting()
                continue
            self._silent_s, self._patience_s = 0.0, _PATIENCE_S
            message = _receive(child)
            if isinstance(message, ChildFailed):
                raise EngineError(message.message)
            if isinstance(message, Working):
                self._patience_s = _PATIENCE_S + message.pixels * _PATIENCE_PER_PIXEL_S
                continue
            if not isinstance(message, Answer):
                yield from self._handle_child_death()
                return
            if message.traceback:
                _log.error("%s: %s", self._refs[message.number].path, message.traceback)
            if message.changed:
                yield message.changed
            self._in_flight.remove(message.number)
            self._left -= 1
            self._restarts = 0
            yield message.events

    def _feed(self, child: ScoringChild) -> bool:
        """Keeps the child busy, with one crop at a time while there are suspects. False if the child is gone."""
        room = 1 if self._suspects else _AHEAD * self._plan.threads
        queue = self._suspects or self._to_send
        if self._suspects and self._in_flight:
            return True
        while queue and len(self._in_flight) < room:
            number = queue[0]
            if self._skip(self._refs[number]):
                queue.popleft()
                self._left -= 1
                continue
            try:
                ref = self._refs[number]
                child.ask(number, ref, self._hints.get(ref, NO_HINTS))
            except OSError:
                return False
            queue.popleft()
            self._in_flight.add(number)
            if queue is self._suspects:
                break
        return True

    def _handle_child_death(self, reason: str = _CRASHED) -> Iterator[Event]:
        """Makes the crops that the child had suspects; one that was alone with it, not for the first time, fails with
        the `reason`.
        """
        self.stop()
        lost = sorted(self._in_flight)
        self._in_flight.clear()
        self._silent_s, self._patience_s = 0.0, _PATIENCE_S
        if not lost:
            self._restarts += 1
            if self._restarts > _RESTARTS:
                raise ChildDiedError(
                    "The scoring process stops again and again before it has scored anything. What was scored is "
                    "kept. Choose another model; if that doesn't help, restart the computer or reinstall the app."
                )
        elif len(lost) == 1 and lost[0] in self._died_before:
            self._left -= 1
            yield (CellFailed(self._refs[lost[0]], "", reason),)
        else:
            self._died_before.update(lost)
            self._suspects.extend(lost)


def _receive(child: ScoringChild) -> Message | None:
    """The child's next message, None if it is gone."""
    try:
        message: Message = child.pipe.recv()
    except (EOFError, OSError):
        return None
    return message
