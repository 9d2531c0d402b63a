"""Scores single heads that a person outlined, in a scoring process that stays for the next ones."""

from __future__ import annotations

import threading

from sperm_viewer.domain.cell import CellEvent
from sperm_viewer.domain.detection import ImageHints, KnownHeads
from sperm_viewer.domain.errors import ChildDiedError, EngineError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.child import Answer, ChildFailed, EngineReady, Message, ScoringChild, ScoringPlan, Working

_TICK_S = 0.05
_PATIENCE_S = 120.0
_TRIES = 2


class HeadScorer:
    """`score` belongs to one thread; `stop` may be called from any, and ends a `score` that is under way."""

    def __init__(self, plan: ScoringPlan) -> None:
        self._plan = plan
        self._child: ScoringChild | None = None
        self._stopped = threading.Event()
        self._number = 0

    def begin(self) -> None:
        """Loads the model ahead of the first head. Raises as `score`."""
        if self._child is None:
            self._child = ScoringChild(self._plan)
            if not isinstance(self._received(self._child), EngineReady):
                self.close()

    def score(self, ref: ImageRef, heads: KnownHeads) -> tuple[CellEvent, ...]:
        """The events of the wanted heads of an image; one that can't be read failed.

        Raises EngineError if the model can't be loaded, ChildDiedError if the process dies or `stop` was called.
        """
        for _ in range(_TRIES):
            events = self._try(ref, heads)
            if events is not None:
                return events
        raise ChildDiedError("The scoring process stopped on this head. Outline it again, or leave it out.")

    def stop(self) -> None:
        self._stopped.set()

    def _try(self, ref: ImageRef, heads: KnownHeads) -> tuple[CellEvent, ...] | None:
        """None if the child died."""
        self.begin()
        if self._child is None:
            return None
        self._number += 1
        try:
            self._child.ask(self._number, ref, ImageHints(heads))
        except OSError:
            self.close()
            return None
        while isinstance(message := self._received(self._child), Answer):
            # An answer to an earlier question may still be on its way.
            if message.number == self._number:
                return message.events
        self.close()
        return None

    def _received(self, child: ScoringChild) -> Message | None:
        """The child's next message, None if it is gone or silent."""
        waited = 0.0
        try:
            while not child.pipe.poll(_TICK_S):
                waited += _TICK_S
                if self._stopped.is_set():
                    self.close()
                    raise ChildDiedError("Scoring of this head was stopped.")
                if waited > _PATIENCE_S:
                    return None
            message: Message = child.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(message, Working):
            return self._received(child)
        if isinstance(message, ChildFailed):
            self.close()
            raise EngineError(message.message)
        return message

    def close(self) -> None:
        """Ends the process. In the thread of `score`, or when that is over."""
        if self._child:
            self._child.stop()
            self._child = None
