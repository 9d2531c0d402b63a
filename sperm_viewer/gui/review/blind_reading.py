"""Blind readings: the second reading of all cells, and the check of the model on some. Each ends by itself when every
cell of it was read.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.review.blind_page import BlindPage
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing
from sperm_viewer.session.review import FIRST, SECOND, SecondReading, begin_second_reading, second_reading
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import SpotCheck, begin_spot_check, spot_check_figures


class BlindReading(QObject):
    """Whoever shows the page hides everything else between `begun` and `ended`."""

    begun = Signal()
    ended = Signal()
    left = Signal()
    """The second reading ended, by the reader or since all was read: how far the readings agree is of interest now."""
    checked = Signal(object)
    """A check of the model ended; its figures so far."""

    def __init__(self, controller: Controller, reviewer: Reviewer, ask: Ask, page: BlindPage) -> None:
        super().__init__()
        self._controller = controller
        self._reviewer = reviewer
        self._ask = ask
        self.page = page
        self._reader = ""
        self._check: SpotCheck | None = None
        self._second = Reviewing(controller, lambda: self._reader, ask, page, SECOND)
        self._first = Reviewing(controller, lambda: self._reader, ask, page, FIRST)
        self.active = False
        for reviewing in self.readings:
            reviewing.changed.connect(self._end_if_done)
        page.left.connect(self._leave)
        page.verdict.note.written.connect(lambda cell, text: self.reviewing.note(cell, text))
        controller.leaving.connect(self.end)

    @property
    def readings(self) -> tuple[Reviewing, Reviewing]:
        return self._second, self._first

    @property
    def reviewing(self) -> Reviewing:
        """What the keys act on: a check gives first verdicts, which count."""
        return self._first if self._check else self._second

    def begin_check(self, slide: str) -> None:
        """Lets the reader label cells of a slide, drawn by chance, without the model's answers."""
        session = self._controller.session
        what = "check the model"
        if session is None or not self._controller.may_write(what) or self._controller.busy(what):
            return
        name = self._reviewer.asked()
        if not name:
            return
        try:
            check = begin_spot_check(session, slide, name)
        except SpermViewerError as error:
            self._ask.tell("This check can't begin", str(error))
            return
        if not check.cells:
            self._ask.tell("There is nothing to check", f"No cell of '{slide}' was scored yet.")
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
        if session is None or not self._controller.may_write(what) or self._controller.busy(what):
            return
        cells = session.readable()
        if not cells:
            self._ask.tell("There is nothing to read", "No cell of this session was scored yet.")
            return
        reading = self._reading(session, cells)
        if reading is None:
            return
        self._reader = reading.reader
        self._reviewer.become(reading.reader)
        self._show(session, reading.order(cells), SECOND)

    def _show(self, session: Session, order: Sequence[int], reading: int) -> None:
        unread = self._left_to_read(session)
        self.active = True
        self.page.begin(session, order, next((cell for cell in order if cell in unread), order[0]), reading)
        self.begun.emit()
        self.page.setFocus()

    def _left_to_read(self, session: Session) -> set[int]:
        if self._check:
            return set(session.readable(unread_in=FIRST)) & set(self._check.cells)
        return set(session.readable(unread_in=SECOND))

    def _reading(self, session: Session, cells: list[int]) -> SecondReading | None:
        """The session's second reading, begun now or earlier; None where the user left the question."""
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
            self.left.emit()
        elif session:
            self.checked.emit(spot_check_figures(session, check))
