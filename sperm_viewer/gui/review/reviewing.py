"""Stores verdicts from the keyboard, each before the next cell is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.anomalies import ANOMALY_TEXT, Anomaly
from sperm_viewer.domain.cell import NON_SPERM, NOT_ASSESSABLE, Cell
from sperm_viewer.domain.contradiction import contradiction, is_abnormal
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.verdict import Decision, How, Verdict, Why
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.results.columns import file_text
from sperm_viewer.gui.review.decisions import accepted, excluded, ticked, why_no_verdict
from sperm_viewer.gui.review.protocols import Cells, Guide
from sperm_viewer.gui.review.work_list import ListOrder, WorkList
from sperm_viewer.session.readings import FIRST, verdicts_in
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session

_NONE = Decision()
_REASONS = ("The same cell as another one", "Two heads in one image", "The image shows no whole head")
"""Reasons to choose among; others can be typed."""
Change = Callable[[Cell, Decision], Decision]
"""Computes the new decision about a cell from the current one."""


class Reviewing(QObject):
    """One reading of the open session; acts on the cells on screen."""

    changed = Signal()
    """Verdicts changed."""
    message = Signal(str)
    """A short text to show to the user for a few seconds."""

    def __init__(
        self,
        controller: Controller,
        reader_name: Callable[[], str],
        ask: Ask,
        cells: Cells,
        reading: int = FIRST,
        how: How | None = None,
        why: Why = Why.OWN_CHOICE,
        guide: Guide | None = None,
    ) -> None:
        """`reader_name` returns the reader's name and may ask for it; empty if the question was dismissed.

        `how` and `why` are those of all verdicts; without `how` they are as `Review.decide` has them.
        """
        super().__init__()
        self._open_session = controller.opened
        self._settings = controller.settings
        self._reader_name = reader_name
        self._ask = ask
        self._cells = cells
        self._reading = reading
        self._how, self._why, self._guide = how, why, guide
        self._opened: tuple[Session, Review] | None = None
        self._list = WorkList(controller.settings)

    def read(self, reading: int) -> None:
        """From now on this reading of the open session, by its id."""
        self._reading, self._opened = reading, None

    # Verdicts

    def assign(self, name: str) -> None:
        """Assigns a class to the current cell, or to several cells after asking, and goes to the next cell."""
        question = f"Assign the class '{name}' to {{cells}}?"
        self._decide(lambda cell, decision: replace(decision, class_name=name), question, "Assign")

    def assign_nth(self, place: int) -> None:
        """Assigns the class at this position in the model's order, from 0."""
        model = self._open_session.model
        if model and place < len(model.classes):
            self.assign(model.classes[place])

    def assign_non_sperm(self) -> None:
        self.assign(NON_SPERM)

    def assign_not_assessable(self) -> None:
        self._decide(
            lambda cell, decision: replace(decision, class_name=NOT_ASSESSABLE),
            "Leave {cells} out of the count as not assessable?",
            "Leave Out",
        )

    def exclude(self) -> None:
        """Leaves the current cell, or several, out of the count for a reason that is typed; the reason is the note."""
        current = self._cells.current_cell()
        if current is None or self._review() is None:
            return
        reason = self._ask.new_name("Exclude from the count", "Reason:", self.decision(current).note, _REASONS)
        if reason:
            question = f"Exclude {{cells}} from the count? The reason: {reason}."
            self._decide(lambda cell, decision: excluded(decision, reason), question, "Exclude")

    def accept(self) -> None:
        """Assigns the model's first choice."""
        self._decide(accepted, "Accept the model's first choice for {cells}?", "Accept")

    def withdraw(self) -> None:
        """Withdraws the verdicts without going to another cell."""
        self._decide(
            lambda cell, decision: replace(decision, class_name=""),
            "Withdraw the verdicts of {cells}?",
            "Withdraw",
            go_on=False,
        )

    def store_note(self, cell: Cell, text: str) -> None:
        """Stores a note in addition to the verdict."""
        decision = self.decision(cell)
        if text != decision.note:
            self._store({cell.id: replace(decision, note=text)}, [cell])

    def tick(self, anomaly: Anomaly) -> None:
        """Ticks an anomaly of the current cell, or unticks it; on several cells after asking. Stays on the cell."""
        current = self._cells.current_cell()
        if current is None:
            return
        before = anomaly in (self.decision(current).anomalies or ())
        word = "Untick" if before else "Tick"
        question = f"{word} '{ANOMALY_TEXT[anomaly]}' for {{cells}}?"
        self._decide(lambda cell, decision: ticked(decision, anomaly, not before), question, word, go_on=False)

    def current_cell(self) -> Cell | None:
        return self._cells.current_cell()

    # Undo and redo

    def undo(self) -> None:
        self._step(lambda review: review.can_undo, Review.undo, "Undone", "There is nothing to undo.")

    def redo(self) -> None:
        self._step(lambda review: review.can_redo, Review.redo, "Redone", "There is nothing to redo.")

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
            self.message.emit(nothing)
            return
        name = self._name()
        if not name:
            return
        try:
            ids = act(review, name)
        except SpermViewerError as error:
            self._ask.tell("This can't be stored", str(error))
            return
        before = self._cells.current_cell()
        if before and before.id == self._list.reached:
            self._list.reached = ids[0]
        seen = self._cells.go_back_to(ids[0])
        self._cells.refresh(ids)
        self.changed.emit()
        where = counted(len(ids), "cell") if len(ids) > 1 else self._file_of(ids[0])
        where += "" if seen else ", which the filters hide"
        self.message.emit(f"{done}: {where}" if where else f"{done}.")

    def _file_of(self, cell: int) -> str:
        """Empty in a blind reading, where a file name may contain a hint."""
        session = self._open_session.session
        return file_text(session.cells([cell])[0]) if session and self._reading == FIRST else ""

    # From cell to cell

    def go(self, step: int) -> None:
        """Goes this many cells forward, or back if negative."""
        order, cell = self._cells.shown_ids(), self._cells.current_cell()
        if cell and cell.id in order:
            self._cells.go_to(order[min(max(order.index(cell.id) + step, 0), len(order) - 1)])

    def go_to(self, cell: int) -> None:
        """Goes to a cell; one that the filters hide is named in a message."""
        if not self._cells.go_back_to(cell):
            self.message.emit(f"The filters hide {self._file_of(cell)}.")

    def go_to_open(self) -> None:
        """Goes to the next cell of the work list: one that is referred or uncertain, and not reviewed.

        From there on, each verdict goes to the next one of them, until the reader goes to another cell.
        """
        session, cell = self._open_session.session, self._cells.current_cell()
        if session is None or cell is None:
            return
        found = self._list.next_after(cell.id, session, self._reading, self._cells.shown_ids())
        if found is not None:
            self._list.reached = found
            self._cells.go_to(found)
        elif cell.id in self._list.waiting(session, self._reading):
            self.message.emit("This is the last one to review.")
        else:
            self.message.emit("No uncertain or referred cell is left to review here.")

    def order_list(self, order: ListOrder) -> None:
        """The order of the work list from now on; the list begins anew."""
        self._list.reached = None
        self._settings.update(work_list_order=str(order))

    def ready(self) -> bool:
        """Whether the next decision can be stored; asks for the reader's name, and reports why not."""
        return self._review() is not None and self._name() != ""

    # Inside

    @property
    def newest(self) -> tuple[int | None, int | None]:
        """The action that an undo takes back and the undo that a redo takes back, by number; None if there is none."""
        review = self._stored_review()
        return (review.done_at, review.undone_at) if review else (None, None)

    def _review(self) -> Review | None:
        """The reading of the open session; None, after a message, if nothing can be decided."""
        session = self._open_session.session
        if session and session.read_only:
            self.message.emit(f"Read-only: {self._open_session.why_read_only}")
            return None
        return self._stored_review()

    def _stored_review(self) -> Review | None:
        session = self._open_session.session
        if session is None:
            return None
        if self._opened is None or self._opened[0] is not session:
            self._opened = (session, Review(session, self._reading))
        return self._opened[1]

    def _name(self) -> str:
        name = self._reader_name()
        if not name:
            self.message.emit("Nothing was stored: a verdict needs a reviewer's name.")
        return name

    def decision(self, cell: Cell) -> Decision:
        """The current decision of this reading about a cell."""
        verdict = self._verdict(cell)
        return verdict.decision if verdict else _NONE

    def _verdict(self, cell: Cell) -> Verdict | None:
        session = self._open_session.session
        if self._reading == FIRST or session is None:
            return cell.verdict
        return verdicts_in(session, self._reading, [cell.id]).get(cell.id)

    def _decide(self, change: Change, question: str, yes: str, go_on: bool = True) -> None:
        session, current = self._open_session.session, self._cells.current_cell()
        if session is None or current is None or self._review() is None:
            return
        selected = self._cells.selected_ids()
        ids = list(selected) if len(selected) > 1 else [current.id]
        cells = session.cells(ids)
        # Without its image, a reader would decide about the file's name.
        able = [cell for cell in cells if cell.readable and cell.ref.path.exists()]
        if not able:
            missing = "A cell whose image is missing can't have a verdict. Choose File > Find Moved Images."
            self.message.emit(why_no_verdict(cells[-1]) or missing)
            return
        if len(ids) > 1 and not self._agreed(question, yes, able, len(ids) - len(able)):
            return
        decisions = {cell.id: change(cell, self.decision(cell)) for cell in able}
        stays = self._why_stay(able[0], decisions[able[0].id], go_on) if len(ids) == 1 else ""
        if self._store(decisions, able, ids[-1] if go_on and not stays else None) and stays:
            self.message.emit(stays)

    def _why_stay(self, cell: Cell, new: Decision, go_on: bool) -> str:
        """Why the reader should look at the cell again after this decision; empty if they need not."""
        if go_on and self._settings.value.stay_until_ticked and is_abnormal(cell, new.class_name) and not new.anomalies:
            return "Tick the anomalies and press the key of the class again, or go to the next cell without."
        against = contradiction(cell, new) if new != self.decision(cell) else ""
        return f"{against} Press the key again to go on." if against and go_on else against

    def _agreed(self, question: str, yes: str, cells: Sequence[Cell], failed: int) -> bool:
        """Asks before a key decides several cells, which the reader may not have looked at."""
        decided = sum(bool(self.decision(cell).class_name) for cell in cells)
        parts = [
            f"{counted(decided, 'cell')} already {'has' if decided == 1 else 'have'} a verdict." if decided else ""
        ]
        skipped = f"{counted(failed, 'cell')} of the selection can't have a verdict and will be skipped."
        parts.append(skipped if failed else "")
        text = " ".join(part for part in (*parts, "You can undo this in one step.") if part)
        return self._ask.confirm(question.format(cells=counted(len(cells), "cell")), text, yes, "Cancel")

    def _store(self, decisions: Mapping[int, Decision], cells: Sequence[Cell], go_on_after: int | None = None) -> bool:
        """Stores the decisions that differ from the current ones, then goes to the cell after `go_on_after`.

        False, after a message, if they can't be stored.
        """
        review = self._review()
        name = self._name() if review else ""
        if review is None or not name:
            return False
        new = {cell.id: decisions[cell.id] for cell in cells if self._is_new(decisions[cell.id], cell, name)}
        try:
            review.decide(new, name, self._how, self._why_read(new))
        except SpermViewerError as error:
            self._ask.tell("This can't be stored", str(error))
            return False
        self._cells.keep_order()
        if go_on_after is not None:
            # First, so that the cell it leaves isn't drawn again.
            self._go_on_after(go_on_after)
        self._cells.refresh(new)
        self.changed.emit()
        return True

    def _why_read(self, cells: Collection[int]) -> Why:
        """A cell that the guide asked for was not chosen by its look; a decision about several cells is."""
        asked = self._guide.why(next(iter(cells))) if self._guide and len(cells) == 1 else None
        return asked or self._why

    def _is_new(self, decision: Decision, cell: Cell, reader: str) -> bool:
        """Whether a decision differs from the current one, or another reader assigned the same class."""
        verdict = self._verdict(cell)
        by_another = verdict is not None and verdict.reader != reader
        return decision != self.decision(cell) or (by_another and decision.class_name != "")

    def _go_on_after(self, last: int) -> None:
        """Goes to the next cell that can have a verdict, in the order on screen."""
        if self._guide and self._guide.follow(last):
            return
        session, order = self._open_session.session, self._cells.shown_ids()
        if session is None:
            return
        if last == self._list.reached:
            self.go_to_open()
            return
        self._list.reached = None
        for cell in order[order.index(last) + 1 :]:
            if any(found.readable for found in session.cells([cell])):
                self._cells.go_to(cell)
                return
        self.message.emit("This was the last cell here.")
