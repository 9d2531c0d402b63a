"""Readings after the first, each on a page of its own, and the check of the model, which is one of them by its looks.

Each one ends by itself when all of its cells have been read.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.reading import NewReading, Reading
from sperm_viewer.domain.verdict import How, Why
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.dialogs.reading_dialog import ReadingBegun
from sperm_viewer.gui.review.image_view import Zoom
from sperm_viewer.gui.review.reading_page import Answers, ReadingPage, no_answers
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing
from sperm_viewer.session.agreements import Readings
from sperm_viewer.session.readings import FIRST, begin_reading, cells_of, reader_names, readings, unread_cells_of
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import SpotCheck, begin_spot_check, left_to_label, spot_check_figures


class ReadingAgain(QObject):
    """The window must hide everything else between `begun` and `ended`."""

    begun = Signal()
    ended = Signal()
    reading_ended = Signal()
    """A reading ended that is not a check; the agreement of the readings is of interest now."""
    check_ended = Signal(object)
    """A check of the model ended; carries its figures so far."""

    def __init__(self, controller: Controller, reviewer: Reviewer, ask: Ask, page: ReadingPage) -> None:
        super().__init__()
        self._controller = controller
        self._reviewer = reviewer
        self._ask = ask
        self.page = page
        self._reader = ""
        self._order: Sequence[int] = ()
        self._check: SpotCheck | None = None
        self._reading: Reading | None = None
        self._further = Reviewing(controller, lambda: self._reader, ask, page)
        self._first = Reviewing(controller, lambda: self._reader, ask, page, FIRST, How.BLIND, Why.RANDOM)
        self.active = False
        for reviewing in self.readings:
            reviewing.changed.connect(self._end_if_done)
        page.left.connect(self._leave)
        page.note_written.connect(lambda cell, text: self.reviewing.store_note(cell, text))
        controller.leaving.connect(self.end)

    @property
    def zoom(self) -> Zoom:
        return self.page.zoom

    def start_note(self) -> None:
        self.page.start_note()

    def close_tasks(self) -> None:
        self.page.loader.close()

    @property
    def readings(self) -> tuple[Reviewing, Reviewing]:
        return self._further, self._first

    @property
    def reviewing(self) -> Reviewing:
        """The reading that keys act on. A check of the model stores first verdicts, which count."""
        return self._first if self._check else self._further

    def begin_check(self, slide: int, name_of_slide: str) -> None:
        """Lets the reader label randomly chosen cells of a slide with the model's answers hidden."""
        session = self._controller.session
        what = "check the model"
        if session is None or not self._controller.opened.may_write(what) or self._controller.busy(what):
            return
        name = self._reviewer.ensure_name()
        if not name:
            return
        try:
            check = begin_spot_check(session, slide, name)
        except SpermViewerError as error:
            self._ask.tell("This check can't begin", str(error))
            return
        if not check.cells:
            self._ask.tell("There is nothing to check", f"No cell of '{name_of_slide}' was scored yet.")
            return
        self._reader, self._check = name, check
        self._order = check.cells
        if self._left_to_read(session):
            self._show(session, FIRST, "Check of the model, answers hidden", no_answers)
        else:
            self._leave()

    def begin_or_end(self) -> None:
        if self.active:
            self._leave()
        else:
            self._begin()

    def end(self) -> None:
        if self.active:
            self.page.end()
            self.active = False
            self.ended.emit()
        self._check = None

    def _begin(self) -> None:
        session = self._controller.session
        what = "begin a reading"
        if session is None or not self._controller.opened.may_write(what) or self._controller.busy(what):
            return
        if not session.readable():
            self._ask.tell("There is nothing to read", "No cell of this session was scored yet.")
            return
        chosen = self._ask.reading(_begun(session), self._reviewer.recent)
        if chosen is None:
            return
        try:
            reading = begin_reading(session, chosen) if isinstance(chosen, NewReading) else chosen
            self._order = cells_of(session, reading)
        except SpermViewerError as error:
            self._ask.tell("This reading can't begin", str(error))
            return
        self._reading, self._reader = reading, reading.reader
        self._reviewer.set_name(reading.reader)
        self._further.read(reading.id)
        name = reader_names(readings(session))[reading.id]
        hidden = "earlier answers hidden" if reading.blind else "earlier answers shown"
        answers = no_answers if reading.blind else _answers(Readings(session), reading.id)
        self._show(session, reading.id, f"{name.capitalize()}: {reading.reader}, {hidden}", answers)

    def _show(self, session: Session, reading: int, name: str, answers: Answers) -> None:
        unread, order = self._left_to_read(session), self._order
        self.active = True
        first = next((cell for cell in order if cell in unread), order[0])
        self.page.begin(session, order, first, reading, name, answers)
        self.begun.emit()
        self.page.setFocus()

    def _left_to_read(self, session: Session) -> set[int]:
        if self._check:
            return left_to_label(session, self._check)
        return set(session.readable(unread_in=self._reading.id if self._reading else FIRST)) & set(self._order)

    def _end_if_done(self) -> None:
        session = self._controller.session
        if self.active and session and not self._left_to_read(session):
            self._leave()

    def _leave(self) -> None:
        check, session = self._check, self._controller.session
        self.end()
        if check is None:
            self.reading_ended.emit()
        elif session:
            self.check_ended.emit(spot_check_figures(session, check))


def _begun(session: Session) -> list[ReadingBegun]:
    """The readings after the first, with how much of each is done."""
    begun = readings(session)
    names = reader_names(begun)
    found = []
    for reading in begun[1:]:
        cells = len(cells_of(session, reading))
        found.append(ReadingBegun(reading, names[reading.id], cells - len(unread_cells_of(session, reading)), cells))
    return found


def _answers(known: Readings, reading: int) -> Answers:
    """The model's answer and those of the other readings, for a reading that is not blind."""

    def of(cell: Cell) -> str:
        parts = [f"model: {cell.prediction.first} {cell.prediction.confidence:.2f}"] if cell.prediction else []
        for number, verdict in known.given.get(cell.id, {}).items():
            if number != reading:
                parts.append(f"{known.names[number]}: {verdict.class_name}")
        return " · ".join(parts)

    return of
