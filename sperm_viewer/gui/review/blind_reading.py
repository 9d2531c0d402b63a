"""The blind second reading: begins, goes on, and ends by itself when every cell was read."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from sperm_viewer.core.errors import SpermViewerError
from sperm_viewer.core.progress import counted
from sperm_viewer.core.review import SECOND, SecondReading, begin_second_reading, second_reading
from sperm_viewer.core.session import Session
from sperm_viewer.gui.ask import Ask
from sperm_viewer.gui.controller import Controller
from sperm_viewer.gui.review.blind_page import BlindPage
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing


class BlindReading(QObject):
    """Whoever shows the page hides everything else between `begun` and `ended`."""

    begun = Signal()
    ended = Signal()
    left = Signal()
    """Ended by the reader, or because all was read: how far the readings agree is of interest now."""

    def __init__(self, controller: Controller, reviewer: Reviewer, ask: Ask, page: BlindPage) -> None:
        super().__init__()
        self._controller = controller
        self._reviewer = reviewer
        self._ask = ask
        self.page = page
        self._reader = ""
        self.reviewing = Reviewing(controller, lambda: self._reader, ask, page, SECOND)
        self.active = False
        self.reviewing.changed.connect(self._end_if_done)
        page.left.connect(self._leave)
        page.verdict.note.written.connect(self.reviewing.note)
        controller.leaving.connect(self.end)

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
        order = reading.order(cells)
        unread = set(session.readable(unread_in=SECOND))
        self.active = True
        self.page.begin(session, order, next((cell for cell in order if cell in unread), order[0]))
        self.begun.emit()
        self.page.setFocus()

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
        if self.active and session and not session.readable(unread_in=SECOND):
            self._leave()

    def _leave(self) -> None:
        self.end()
        self.left.emit()
