"""Finds and scores heads that a person outlines, in the background; the scoring process stays for the next ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.detection import KnownHead, KnownHeads
from sperm_viewer.domain.errors import ImageRefusedError, ModelError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_shelf import ModelShelf
from sperm_viewer.inference.open_engine import NetworkLoader
from sperm_viewer.run.head_scorer import HeadScorer
from sperm_viewer.run.settle import AUTO
from sperm_viewer.session.session import Session

_IDLE_MS = 120_000
"""The scoring process ends if no head was outlined for so long."""

Outlines = Callable[[], Sequence[FloatArray]]
"""Finds outlines; runs in another thread. Raises ImageRefusedError if there are none."""


@dataclass(frozen=True, slots=True)
class NewHeads:
    """What is wanted: the heads that `outlines` finds in an image, which has the sha256 and the other heads given."""

    ref: ImageRef
    sha256: str
    beside: tuple[KnownHead, ...]
    outlines: Outlines


def plan_like(session: Session, shelf: ModelShelf, load_network: NetworkLoader | None) -> ScoringPlan:
    """Scores heads as the rest of a session was scored. Raises ModelError if its model isn't installed here."""
    model = session.model()
    folder = shelf.with_id(model.id) if model else None
    if folder is None:
        name = model.id.name if model else ""
        raise ModelError(f"The model '{name}' of this session isn't installed here. Score the session again first.")
    engine, device = session.note("engine") or AUTO, session.note("device") or AUTO
    return ScoringPlan(folder.path, engine, device, threads=1, load_network=load_network)


class HeadScoring(QObject):
    """One thread and one scoring process, begun with the first head."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: tuple[Tasks, HeadScorer, ScoringPlan] | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_IDLE_MS)
        self._idle.timeout.connect(self.stop)

    def start(
        self,
        plan: ScoringPlan,
        wanted: NewHeads,
        done: Callable[[tuple[CellScored, ...]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Calls `done` with the scored heads, or `failed`, in this thread."""
        tasks, scorer = self._begun(plan)
        tasks.start(partial(_scored, scorer, wanted), done, failed)

    def prepare(self, plan: ScoringPlan) -> None:
        """Loads the model ahead of the first head; what is wrong with it is reported with that head."""
        if self._running is None or self._running[2] != plan:
            tasks, scorer = self._begun(plan)
            tasks.start(scorer.begin, lambda _: None, lambda error: None)

    def _begun(self, plan: ScoringPlan) -> tuple[Tasks, HeadScorer]:
        if self._running and self._running[2] != plan:
            self.stop()
        if self._running is None:
            self._running = (Tasks(1, self), HeadScorer(plan), plan)
        self._idle.start()
        return self._running[:2]

    def stop(self) -> None:
        """Drops what is under way, and ends the process."""
        self._idle.stop()
        if self._running:
            tasks, scorer, _ = self._running
            self._running = None
            scorer.stop()
            tasks.close()
            scorer.close()
            tasks.deleteLater()


def _scored(scorer: HeadScorer, wanted: NewHeads) -> tuple[CellScored, ...]:
    new = [KnownHead(outline) for outline in wanted.outlines()]
    first = len(wanted.beside)
    heads = KnownHeads((*wanted.beside, *new), tuple(range(first, first + len(new))))
    scored = []
    for event in scorer.score(wanted.ref, heads):
        if not isinstance(event, CellScored):
            raise ImageRefusedError(event.reason)
        if event.sha256 != wanted.sha256:
            raise ImageRefusedError("The image has changed since it was scored. Put the old one back, or score again.")
        scored.append(event)
    return tuple(scored)
