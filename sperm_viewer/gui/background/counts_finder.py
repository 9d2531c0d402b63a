"""Counts the cells of the open session, in the background and from a connection of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.reports.pooling import why_apart
from sperm_viewer.session.session import Session, SlideCounts
from sperm_viewer.statistics.slide_figures import Tally


@dataclass(frozen=True, slots=True)
class Counts:
    """What the panes show of a session as a whole; `apart` says by a sample's id why its slides are not pooled."""

    slides: tuple[SlideCounts, ...] = ()
    tallies: tuple[Tally, ...] = ()
    readers: tuple[str, ...] = ()
    any_anomaly: bool = False
    apart: Mapping[int, str] = field(default_factory=dict)


def counts_of(session: Session) -> Counts:
    """Raises SessionError."""
    tallies, model = session.tallies(), session.model()
    apart = {sample.id: why_apart(sample, tallies, model) for sample in session.samples()} if model else {}
    return Counts(tuple(session.slides()), tuple(tallies), tuple(session.readers()), session.any_anomaly(), apart)


class CountsFinder(QObject):
    """One count at a time; if it is asked for meanwhile, it counts once more."""

    found = Signal(object, object)
    """The session's path and its counts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._wanted: Path | None = None
        self._generation = 0

    def find(self, session: Path) -> None:
        self._wanted = session
        if not self._tasks.running:
            self._start()

    def drop(self) -> None:
        """Another count is in sight already: those under way are out of date."""
        self._wanted = None
        self._generation += 1

    def close(self) -> None:
        self._tasks.close()

    def _start(self) -> None:
        if self._wanted:
            wanted, self._wanted = self._wanted, None
            self._tasks.start(partial(_counted, wanted), partial(self._answer, self._generation, wanted), self._fail)

    def _answer(self, generation: int, session: Path, counts: Counts) -> None:
        if generation == self._generation:
            self.found.emit(session, counts)
        self._start()

    def _fail(self, error: Exception) -> None:
        # The session may have gone meanwhile; the views say so.
        if not isinstance(error, SessionError):
            raise error
        self._start()


def _counted(path: Path) -> Counts:
    with Session.open(path, read_only=True) as session:
        return counts_of(session)
