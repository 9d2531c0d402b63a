"""Looks in the background for the cells that are most like one to the network; only the latest question counts."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.inference.similarity import nearest
from sperm_viewer.session.session import Session

COUNT = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Similar:
    """The cells most like `cell`, the most alike first; none where the session has no features of it."""

    cell: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Features:
    """What a session held in one state: `rows` says where a cell is in `values` (cells, 64), float16 unit vectors."""

    session: Path
    state: int
    ids: list[int]
    rows: dict[int, int]
    values: npt.NDArray[np.float16]


class SimilarFinder(QObject):
    found = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._wanted = 0
        self._state = 0
        # Touched by the background's one thread alone.
        self._read: _Features | None = None

    def ask(self, session: Path, cell: int) -> None:
        self._wanted += 1
        work = partial(self._look, self._wanted, session, self._state, cell)
        self._tasks.start(work, partial(self._deliver, self._wanted), partial(self._fail, self._wanted, cell))

    def outdate(self) -> None:
        """The session has other results than before: its features are read anew with the next question."""
        self._state += 1

    def forget(self) -> None:
        self._wanted += 1

    def close(self) -> None:
        self._tasks.close()

    def _look(self, number: int, session: Path, state: int, cell: int) -> Similar:
        if number != self._wanted:
            return Similar(cell, ())
        read = self._read
        if read is None or (read.session, read.state) != (session, state):
            with Session.open(session, read_only=True) as opened:
                ids, values = opened.features()
            read = self._read = _Features(session, state, ids, {one: row for row, one in enumerate(ids)}, values)
        row = read.rows.get(cell)
        alike = [] if row is None else nearest(read.values, row, COUNT)
        return Similar(cell, tuple(read.ids[one] for one in alike))

    def _deliver(self, number: int, similar: Similar) -> None:
        if number == self._wanted:
            self.found.emit(similar)

    def _fail(self, number: int, cell: int, error: Exception) -> None:
        _log.warning("similar cells can't be looked for: %s", error)
        self._deliver(number, Similar(cell, ()))
