"""What the actions of review do, on the reading that is under way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.open_session import OpenSession
from sperm_viewer.gui.dialogs.agreement_dialog import AgreementDialog
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.review.protocols import HeadUndo
from sperm_viewer.gui.review.reading_again import ReadingAgain
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing
from sperm_viewer.gui.review.work_list import ListOrder
from sperm_viewer.session.agreements import Readings
from sperm_viewer.session.spot_check import SpotCheckFigures


class ReviewCommands:
    def __init__(
        self,
        opened: OpenSession,
        reviewing: Reviewing,
        blind: ReadingAgain,
        reviewer: Reviewer,
        ask: Ask,
        start_note: Callable[[], None],
        heads: HeadUndo,
        parent: QWidget,
    ) -> None:
        """`start_note` puts the keyboard into the note field of the cell that `reviewing` acts on."""
        self._opened = opened
        self._open_reading = reviewing
        self._blind = blind
        self._reviewer = reviewer
        self._ask = ask
        self._start_note = start_note
        self._heads = heads
        self._parent = parent

    @property
    def _reading(self) -> Reviewing:
        return self._blind.reviewing if self._blind.active else self._open_reading

    def assign_nth(self, place: int) -> None:
        self._reading.assign_nth(place)

    def assign_non_sperm(self) -> None:
        self._reading.assign_non_sperm()

    def assign_not_assessable(self) -> None:
        self._reading.assign_not_assessable()

    def exclude(self) -> None:
        self._open_reading.exclude()

    def accept(self) -> None:
        self._reading.accept()

    def withdraw(self) -> None:
        self._reading.withdraw()

    def write_note(self) -> None:
        # The name is asked for now, so that the note can be stored whenever the field is left.
        if self._reading.ready():
            start = self._blind.start_note if self._blind.active else self._start_note
            start()

    def tick(self, anomaly: Anomaly) -> None:
        self._reading.tick(anomaly)

    def undo(self) -> None:
        """Undoes the last verdict or the last edit of heads, whichever is newer."""
        if not self._blind.active and self._heads.undoes_before(self._open_reading.newest[0]):
            self._heads.undo()
        else:
            self._reading.undo()

    def redo(self) -> None:
        """Redoes the verdict or the edit of heads that was undone last."""
        if not self._blind.active and self._heads.redoes_before(self._open_reading.newest[1]):
            self._heads.redo()
        else:
            self._reading.redo()

    def go(self, step: int) -> None:
        self._reading.go(step)

    def go_to_open(self) -> None:
        self._reading.go_to_open()

    def order_list(self, order: ListOrder) -> None:
        self._open_reading.order_list(order)

    def change_reviewer(self) -> None:
        self._reviewer.change()

    def begin_or_end_reading(self) -> None:
        self._blind.begin_or_end()

    def begin_spot_check(self) -> None:
        """Checks the model on the slide of the current cell."""
        cell: Cell | None = self._open_reading.current_cell()
        if cell:
            self._blind.begin_check(cell.slide, cell.slide_name)
        else:
            self._ask.tell("Check on which slide?", "Select a cell of the slide that you want to check the model on.")

    def show_check(self, figures: SpotCheckFigures) -> None:
        remaining = figures.cells - figures.labelled
        rest = f" {counted(remaining, 'cell')} of the check left: run the check again to continue." if remaining else ""
        self._ask.tell("How often the model was right", f"{figures}{rest}")

    def show_agreement(self) -> None:
        session, model = self._opened.session, self._opened.model
        if session is None or model is None:
            return
        readings, of_sample = Readings(session), defaultdict[str, list[Cell]](list)
        for cell in session.all_cells():
            of_sample[cell.sample].append(cell)
        compared = {sample: readings.compare(cells, model.classes) for sample, cells in of_sample.items()}
        rows = readings.side_by_side([cell for cells in of_sample.values() for cell in cells])
        dialog = AgreementDialog(compared, rows, self._parent)
        dialog.cell_chosen.connect(self._open_reading.go_to)
        dialog.open()
