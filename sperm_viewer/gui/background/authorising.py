"""Works out what an authorisation would freeze, and authorises, in the background."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.gui.background.tasks import Tasks, telling
from sperm_viewer.reports.authorise import Proposal, authorise_proposal, propose


class Authorising(QObject):
    """`proposed` carries a Proposal; `started`, `done` and `failed` a sentence for the user."""

    started = Signal(str)
    proposed = Signal(object)
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._fail = telling(self.failed.emit)

    def propose(self, session: Path, identifier: str) -> None:
        self.started.emit(f"Working out the report of sample {identifier}…")
        self._tasks.start(partial(propose, session, identifier), self.proposed.emit, self._fail)

    def authorise(self, proposal: Proposal, who: str) -> None:
        self._tasks.start(partial(_authorise, proposal, who), self.done.emit, self._fail)

    def close(self) -> None:
        self._tasks.close()


def _authorise(proposal: Proposal, who: str) -> str:
    found = authorise_proposal(proposal, who)
    return f"Report {found.number} of sample {proposal.identifier} is authorised by {found.reader}."
