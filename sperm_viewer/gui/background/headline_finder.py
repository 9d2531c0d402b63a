"""Works out the headline of the sample in view, in the background and from a connection of its own."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.inference.model_folders import installed_model
from sperm_viewer.reports.csv_tables import SampleShare
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.sample_shares import sample_share
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.headline import printed_share

_RESTS = 4
"""How many times as long as the work the rest after it is."""


class HeadlineFinder(QObject):
    """One is worked out at a time; of those that are asked for meanwhile, the last.

    That of the same sample is worked out again only after a rest, since it holds up the window a little.
    """

    found = Signal(str)
    """The headline in words; empty while none is known."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._wanted: tuple[Path, int] | None = None
        self._shown: tuple[Path, int] | None = None
        self._began = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._start)

    def find(self, session: Path | None, sample: int | None) -> None:
        """Asks for the headline of a sample by its id; None for none."""
        self._wanted = None if session is None or sample is None else (session, sample)
        if self._wanted != self._shown:
            # Another sample's headline must not stay in view.
            self._shown = None
            self.found.emit("")
            self._rest.stop()
        if not self._rest.isActive():
            self._start()

    def close(self) -> None:
        self._rest.stop()
        self._tasks.close()

    def _start(self) -> None:
        if self._wanted and not self._tasks.running:
            self._began = time.monotonic()
            wanted, self._wanted = self._wanted, None
            self._tasks.start(partial(_headline, *wanted), partial(self._answer, wanted), self._fail)

    def _answer(self, asked: tuple[Path, int], words: str) -> None:
        if self._wanted in (None, asked):
            self._shown = asked
            self.found.emit(words)
            self._rest.start(round(1000 * _RESTS * (time.monotonic() - self._began)))
        else:
            self._start()

    def _fail(self, error: Exception) -> None:
        # The session may have gone meanwhile; the views say so.
        if not isinstance(error, SessionError):
            raise error
        self._start()


def headline_in_words(identifier: str, share: SampleShare) -> str:
    """`Sample P-7: 4% (2% to 7%) of sperm normal, estimated.`, or that it is withheld and why."""
    if share.estimate is None or share.low is None or share.high is None:
        return f"Sample {identifier}: share of normal heads withheld. {' '.join(share.withheld)}"
    return (
        f"Sample {identifier}: {printed_share(share.estimate, share.low, share.high, share.sperm).words} of sperm "
        f"have normal heads; {share.read:,} cells read."
    )


def _headline(path: Path, sample: int) -> str:
    with Session.open(path, read_only=True) as session:
        model = session.model()
        folder = installed_model(model.id) if model else None
        found = next((each for each in session.samples() if each.id == sample), None)
        if model is None or found is None:
            return ""
        return headline_in_words(
            found.identifier, sample_share(session, Headlines(session, folder.spec if folder else None), found)
        )
