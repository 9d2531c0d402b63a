"""Verdicts from the keyboard: each is on disk before the next cell is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.cell import NON_SPERM, Cell, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.verdict import Decision, Verdict
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.results.columns import file_text
from sperm_viewer.gui.review.cells import Cells
from sperm_viewer.session.review import FIRST, Review, next_open
from sperm_viewer.session.session import CellFilter, Session

_NONE = Decision()
Change = Callable[[Cell, Decision], Decision]
"""What becomes of the decision that stands for a cell."""


class Reviewing(QObject):
    """One reading of the open session, on the cells that are on screen."""

    changed = Signal()
    """Verdicts changed."""
    said = Signal(str)
    """A short line for the user, gone after a while."""

    def __init__(
        self, controller: Controller, who: Callable[[], str], ask: Ask, cells: Cells, reading: int = FIRST
    ) -> None:
        """`who` names the reader, and may ask for it first; empty where nobody said."""
        super().__init__()
        self._controller = controller
        self._who = who
        self._ask = ask
        self._cells = cells
        self._reading = reading
        self._opened: tuple[Session, Review] | None = None

    # Verdicts

    def give(self, said: str) -> None:
        """Gives a class to the current cell, or to several after asking, and goes on to the next."""
        self._decide(lambda cell, held: replace(held, said=said), f"Give {{cells}} the class '{said}'?", "Give")

    def give_nth(self, place: int) -> None:
        """Gives the class at this place in the model's order, from 0."""
        model = self._controller.model
        if model and place < len(model.classes):
            self.give(model.classes[place])

    def give_non_sperm(self) -> None:
        self.give(NON_SPERM)

    def accept(self) -> None:
        """Gives the class that the model gave."""
        self._decide(_accepted, "Accept the model's first choice for {cells}?", "Accept")

    def take_back(self) -> None:
        """Takes verdicts back, and stays where it is."""
        self._decide(
            lambda cell, held: replace(held, said=""), "Take the verdicts of {cells} back?", "Take Back", go_on=False
        )

    def note(self, cell: Cell, text: str) -> None:
        """Stores a note beside whatever was said of a cell."""
        held = self.held(cell)
        if text != held.note:
            self._store({cell.id: replace(held, note=text)}, [cell])

    def tick(self, cell: Cell, anomalies: frozenset[str]) -> None:
        """Stores which anomalies the reader saw; none of them is an answer too."""
        self._store({cell.id: replace(self.held(cell), anomalies=anomalies)}, [cell])

    def current_cell(self) -> Cell | None:
        return self._cells.current_cell()

    # Undo and redo

    def undo(self) -> None:
        self._step(lambda review: review.can_undo, Review.undo, "Undone", "There is nothing to undo.")

    def redo(self) -> None:
        self._step(lambda review: review.can_redo, Review.redo, "Done again", "There is nothing to do again.")

    def _step(
        self,
        possible: Callable[[Review], bool],
        act: Callable[[Review, str], tuple[int, ...]],
        done: str,
        nothing: str,
    ) -> None:
        review = self._review()
        if review is None:
            return
        if not possible(review):
            self.said.emit(nothing)
            return
        name = self._name()
        if not name:
            return
        try:
            ids = act(review, name)
        except SpermViewerError as error:
            self._ask.tell("This can't be stored", str(error))
            return
        self._cells.go_to(ids[0])
        self._cells.refresh(ids)
        self.changed.emit()
        cell = self._cells.current_cell()
        blind = self._reading != FIRST
        where = counted(len(ids), "cell") if len(ids) > 1 else file_text(cell) if cell and not blind else ""
        self.said.emit(f"{done}: {where}" if where else f"{done}.")

    # From cell to cell

    def go(self, step: int) -> None:
        """Goes so many cells on, or back where it is negative."""
        order, cell = self._cells.shown_ids(), self._cells.current_cell()
        if cell and cell.id in order:
            self._cells.go_to(order[min(max(order.index(cell.id) + step, 0), len(order) - 1)])

    def go_to_open(self) -> None:
        """Goes to the next referred or uncertain cell that was not reviewed; after the last comes the first."""
        session, cell = self._controller.session, self._cells.current_cell()
        if session is None or cell is None:
            return
        if self._reading == FIRST:
            wanted = set(session.cell_ids(where=CellFilter(status=Status.REFERRED, reviewed=False)))
            wanted.update(session.cell_ids(where=CellFilter(flag=Flag.UNCERTAIN, reviewed=False)))
        else:
            # What the model was unsure of must not be told.
            wanted = set(session.readable(unread_in=self._reading))
        found = next_open(self._cells.shown_ids(), cell.id, wanted)
        if found is not None:
            self._cells.go_to(found)
        elif cell.id in wanted:
            self.said.emit("This is the last one.")
        else:
            self.said.emit("No uncertain or referred cell is left to review here.")

    def ready(self) -> bool:
        """Whether what is decided next can be stored; asks for the reader's name, and says why not."""
        return self._review() is not None and self._name() != ""

    # Inside

    def _review(self) -> Review | None:
        """The reading of the session that is open; says why where nothing can be decided."""
        session = self._controller.session
        if session is None:
            return None
        if session.read_only:
            self.said.emit(f"Read-only: {self._controller.holding.read_only}")
            return None
        if self._opened is None or self._opened[0] is not session:
            self._opened = (session, Review(session, self._reading))
        return self._opened[1]

    def _name(self) -> str:
        name = self._who()
        if not name:
            self.said.emit("Nothing was stored: a verdict needs a reviewer's name.")
        return name

    def held(self, cell: Cell) -> Decision:
        """What this reading says of a cell now."""
        verdict = self._verdict(cell)
        return verdict.decision if verdict else _NONE

    def _verdict(self, cell: Cell) -> Verdict | None:
        return cell.verdict if self._reading == FIRST else cell.second

    def _decide(self, change: Change, question: str, yes: str, go_on: bool = True) -> None:
        session, current = self._controller.session, self._cells.current_cell()
        if session is None or current is None or self._review() is None:
            return
        selected = self._cells.selected_ids()
        ids = list(selected) if len(selected) > 1 else [current.id]
        able = [cell for cell in session.cells(ids) if cell.prediction is not None]
        if not able:
            self.said.emit("A file that failed takes no verdict.")
            return
        if len(ids) > 1 and not self._agreed(question, yes, able, len(ids) - len(able)):
            return
        self._store({cell.id: change(cell, self.held(cell)) for cell in able}, able, ids[-1] if go_on else None)

    def _agreed(self, question: str, yes: str, cells: Sequence[Cell], failed: int) -> bool:
        """Asks before something is done to several cells: one key must not decide what nobody looked at."""
        said = sum(bool(self.held(cell).said) for cell in cells)
        parts = [f"{counted(said, 'cell')} of them {'has' if said == 1 else 'have'} a verdict already." if said else ""]
        parts.append(f"{counted(failed, 'failed file')} of the selection takes none." if failed else "")
        text = " ".join(part for part in (*parts, "It can be undone in one step.") if part)
        return self._ask.confirm(question.format(cells=counted(len(cells), "cell")), text, yes, "Cancel")

    def _store(self, decisions: Mapping[int, Decision], cells: Sequence[Cell], go_on_after: int | None = None) -> None:
        """Stores what is new of it, and then goes on to the cell after that one."""
        review = self._review()
        name = self._name() if review else ""
        if review is None or not name:
            return
        new = {
            cell.id: decisions[cell.id]
            for cell in cells
            if self.held(cell) != decisions[cell.id] or (decisions[cell.id].said and not self._is_by(name, cell))
        }
        try:
            review.decide(new, name)
        except SpermViewerError as error:
            self._ask.tell("This can't be stored", str(error))
            return
        self._cells.keep_order()
        if go_on_after is not None:
            # First, so that the cell that is left isn't drawn once more.
            self._go_on_after(go_on_after)
        self._cells.refresh(new)
        self.changed.emit()

    def _is_by(self, name: str, cell: Cell) -> bool:
        verdict = self._verdict(cell)
        return verdict is None or verdict.reviewer == name

    def _go_on_after(self, last: int) -> None:
        """To the next cell that can take a verdict, in the order on screen."""
        session, order = self._controller.session, self._cells.shown_ids()
        if session is None:
            return
        for cell in order[order.index(last) + 1 :]:
            if session.cells([cell])[0].prediction is not None:
                self._cells.go_to(cell)
                return
        self.said.emit("That was the last cell here.")


def _accepted(cell: Cell, held: Decision) -> Decision:
    return replace(held, said=cell.prediction.first) if cell.prediction else held
