"""Blind readings: the second reading of all cells, and the check of the model on some.

Each one ends by itself when all of its cells have been read.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.verdict import How, Why
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.review.blind_page import BlindPage
from sperm_viewer.gui.review.image_view import Zoom
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing
from sperm_viewer.session.review import FIRST, SECOND, SecondReading, begin_second_reading, second_reading
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import SpotCheck, begin_spot_check, left_to_label, spot_check_figures


class BlindReading(QObject):
    """The window must hide everything else between `begun` and `ended`."""

    begun = Signal()
    ended = Signal()
    second_reading_ended = Signal()
    """The second reading ended; the agreement of the readings is of interest now."""
    check_ended = Signal(object)
    """A check of the model ended; carries its figures so far."""

    def __init__(self, controller: Controller, reviewer: Reviewer, ask: Ask, page: BlindPage) -> None:
        super().__init__()
        self._controller = controller
        self._reviewer = reviewer
        self._ask = ask
        self.page = page
        self._reader = ""
        self._check: SpotCheck | None = None
        self._second = Reviewing(controller.opened, lambda: self._reader, ask, page, SECOND)
        self._first = Reviewing(controller.opened, lambda: self._reader, ask, page, FIRST, How.BLIND, Why.RANDOM)
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
        return self._second, self._first

    @property
    def reviewing(self) -> Reviewing:
        """The reading that keys act on. A check of the model stores first verdicts, which count."""
        return self._first if self._check else self._second

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
        if self._left_to_read(session):
            self._show(session, check.cells, FIRST)
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
        what = "begin a second reading"
        if session is None or not self._controller.opened.may_write(what) or self._controller.busy(what):
            return
        cells = session.readable()
        if not cells:
            self._ask.tell("There is nothing to read", "No cell of this session was scored yet.")
            return
        reading = self._reading(session, cells)
        if reading is None:
            return
        self._reader = reading.reader
        self._reviewer.set_name(reading.reader)
        self._show(session, reading.order(cells), SECOND)

    def _show(self, session: Session, order: Sequence[int], reading: int) -> None:
        unread = self._left_to_read(session)
        self.active = True
        self.page.begin(session, order, next((cell for cell in order if cell in unread), order[0]), reading)
        self.begun.emit()
        self.page.setFocus()

    def _left_to_read(self, session: Session) -> set[int]:
        if self._check:
            return left_to_label(session, self._check)
        return set(session.readable(unread_in=SECOND))

    def _reading(self, session: Session, cells: list[int]) -> SecondReading | None:
        """The session's second reading, begun now or earlier; None if the user dismissed the question."""
        begun = second_reading(session)
        if begun:
            done = len(cells) - len(session.readable(unread_in=SECOND))
            text = f"{begun.reader} has read {done:,} of {counted(len(cells), 'cell')}. Nobody else can go on with it."
            return begun if self._ask.confirm(f"Go on as {begun.reader}?", text, "Go On", "Cancel") else None
        name = self._reviewer.change()
        if not name:
            return None
        try:
            return begin_second_reading(session, name)
        except SpermViewerError as error:
            self._ask.tell("This reading can't begin", str(error))
            return None

    def _end_if_done(self) -> None:
        session = self._controller.session
        if self.active and session and not self._left_to_read(session):
            self._leave()

    def _leave(self) -> None:
        check, session = self._check, self._controller.session
        self.end()
        if check is None:
            self.second_reading_ended.emit()
        elif session:
            self.check_ended.emit(spot_check_figures(session, check))
