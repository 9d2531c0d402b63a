"""Leads a reader through the reading plan of a sample: the cells that narrow its headline most come first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.verdict import Why
from sperm_viewer.gui.background.open_session import OpenSession
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.run.sample_plan import SamplePlan, known_errors, sample_plan
from sperm_viewer.session.session import Session


class PlanCells(Protocol):
    """The view of the cells under review."""

    def current_cell(self) -> Cell | None: ...

    def go_to(self, cell: int) -> None: ...


class ReadingPlanGuide(QObject):
    """After each verdict on a cell of the plan it goes to the next; the plan is made again when its cells are read."""

    said = Signal(str)
    """What reading more is worth, to be shown until it changes; empty when the plan ends."""
    active_changed = Signal(bool)

    def __init__(self, opened: OpenSession, cells: PlanCells, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opened = opened
        self._cells = cells
        self._ask = ask
        self._tasks = Tasks(1, self)
        self._active = False
        self._sample = ""
        self._waiting: dict[int, Why] = {}
        opened.leaving.connect(self.end)

    @property
    def active(self) -> bool:
        return self._active

    def begin_or_end(self) -> None:
        """Begins with the sample of the current cell; a plan that is followed ends."""
        cell = self._cells.current_cell()
        if self.active:
            self.end()
        elif cell is None:
            self._ask.tell("Which sample's plan?", "Select a cell of the sample that you want to read.")
        elif self._opened.may_write("follow a reading plan"):
            self._sample = cell.sample
            self._begin()
            self._plan()

    def lead(self, cells: Mapping[int, Why], words: str) -> None:
        """Leads through these cells instead of through a plan; `words` are shown until the last one is read."""
        self.end()
        if cells:
            self._begin()
            self._waiting = dict(cells)
            self.said.emit(f"{words}: {counted(len(cells), 'cell')} to label.")
            self._cells.go_to(next(iter(cells)))

    def end(self) -> None:
        if self.active:
            self._stop()
            self.said.emit("")

    def why(self, cell: int) -> Why | None:
        """Why the plan has this cell read; None for a cell that it didn't ask for."""
        return self._waiting.get(cell)

    def follow(self, cell: int) -> bool:
        """Goes on after a verdict on a cell of the plan; False for another cell."""
        if self._waiting.pop(cell, None) is None:
            return False
        if self._waiting:
            self._cells.go_to(next(iter(self._waiting)))
        elif self._sample:
            self._plan()
        else:
            self.end()
        return True

    def close_tasks(self) -> None:
        self._tasks.close()

    def _plan(self) -> None:
        session = self._opened.session
        if session:
            asked = (session.path, self._sample)
            self._tasks.start(partial(_made, *asked), partial(self._show, asked), self._fail)

    def _show(self, asked: tuple[Path, str], made: SamplePlan | None) -> None:
        session = self._opened.session
        if session is None or asked != (session.path, self._sample):
            return
        if made is None or not made.cells:
            self._stop()
            words = f"{made.words} Enough was read." if made else "every cell was read."
            self.said.emit(f"Reading plan of {asked[1]}: {words}")
            return
        self._waiting = {planned.cell.id: Why.AUDIT if planned.audit else Why.PLAN for planned in made.cells}
        self.said.emit(f"Reading plan of {asked[1]}: {made.words}")
        self._cells.go_to(next(iter(self._waiting)))

    def _begin(self) -> None:
        self._active = True
        self.active_changed.emit(True)

    def _stop(self) -> None:
        self._active, self._sample, self._waiting = False, "", {}
        self.active_changed.emit(False)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, SpermViewerError):
            raise error
        self.end()
        self._ask.tell("There is no reading plan", str(error))


def _made(path: Path, identifier: str) -> SamplePlan | None:
    """The plan of a sample as it is now; None if every cell was read."""
    with Session.open(path, read_only=True) as session:
        sample = next(each for each in session.samples() if each.identifier == identifier)
        made = sample_plan(session, sample, known_errors(session))
        return made if made.plan.unread else None
