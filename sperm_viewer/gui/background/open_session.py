"""The session that the window shows, and the lock that lets it write there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from sperm_viewer.domain.errors import SessionHeldError, SessionUnwritableError, SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.run.results import refresh_tables
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.system.network_drive import on_network_drive
from sperm_viewer.system.other_computers import computer_of, consent_text, trust, untrusted


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """Why a session can only be read (a sentence without its full stop), and what to do about it (a whole one)."""

    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.why}. {self.remedy}"


_UNWRITABLE = ReadOnly(
    "This session can't be written where it is", "To review it, copy it to a folder of your own and open the copy."
)


class OpenSession(QObject):
    """Holds the open session, None where there is none, and the model whose results are shown."""

    changed = Signal()
    """Another session, or another model of it: everything that is shown has to be read anew."""
    leaving = Signal()
    """The open session is about to be left: what is being written of it has to be stored now."""
    model_changed = Signal()

    def __init__(self, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._locks: dict[Path, ExitStack] = {}
        self._on_network: set[Path] = set()
        self.session: Session | None = None
        self.model: SessionModel | None = None
        self.why_read_only: ReadOnly | None = None
        """Why the session that was opened last can only be read; None where this window may write it."""

    @property
    def read_only(self) -> bool:
        """Whether the open session can only be read."""
        return self.session is not None and self.session.read_only

    @property
    def pending(self) -> int:
        """How many crops of the open session the model in use has yet to score."""
        return self.session.pending_count() if self.session else 0

    def files(self) -> set[Path]:
        """The image files of the open session."""
        if self.session is None:
            return set()
        slides = [slide for sample in self.session.samples() for slide in sample.slides]
        return {ref.path for slide in slides for _, ref, _ in self.session.files(slide.id)}

    def notices(self) -> list[str]:
        """What the user should know about a session that was just opened, in sentences."""
        if self.session is None:
            return []
        notices, path = [], self.session.path
        if self.session.read_only:
            notices.append(f"Shown read-only: {self.why_read_only}")
        elif self.pending:
            crops = counted(self.pending, "crop")
            notices.append(f"{crops} of this session still to score. Score goes on with them.")
        if path not in self._on_network and on_network_drive(path):
            self._on_network.add(path)
            notices.append(
                "This session is on a network drive: slower, and lost if the drive is. Keep a copy elsewhere."
            )
        return notices

    def open(self, path: Path) -> Session:
        """Opens and shows a session, read-only where another holds it or it can't be written. Raises SessionError."""
        try:
            opened, self.why_read_only = self._opened(path)
        except BaseException:
            self._unlock_all_but(self.session.path if self.session else None)
            raise
        self._ask_about_computers(opened)
        self.show(opened)
        return opened

    def _ask_about_computers(self, session: Session) -> None:
        """Before any view reads an image of it."""
        trust([computer_of(session.path)])
        for computer in untrusted(session.folders()):
            if self._ask.confirm(
                "Images on another computer", consent_text(computer), "Open Them", "Leave Them Closed"
            ):
                trust([computer])

    def show(self, session: Session | None) -> None:
        """Shows this session, and closes the one before."""
        self.leaving.emit()
        if self.session and not (session and session.path == self.session.path):
            self._refresh_tables(self.session)
        before, self.session = self.session, session
        self.model = session.model() if session else None
        self.model_changed.emit()
        self.changed.emit()
        # Closed last: until now the views may still have asked it.
        if before:
            before.close()
        self._unlock_all_but(session.path if session else None)

    def show_again(self) -> None:
        """Reads the open session anew: something of it changed behind the views."""
        if self.session:
            self.show(Session.open(self.session.path, read_only=self.session.read_only))

    def update_model(self) -> bool:
        """Follows the session to another model in use; False where it is the one that is shown."""
        model = self.session.model() if self.session else None
        if model == self.model:
            return False
        self.model = model
        self.model_changed.emit()
        self.changed.emit()
        return True

    def lock(self, path: Path, *, take_over: bool = False) -> None:
        """Locks a session that may yet have to be made, until another one is shown.

        Raises SessionHeldError or SessionUnwritableError.
        """
        if path not in self._locks:
            with ExitStack() as stack:
                stack.enter_context(sole_writer(path, take_over=take_over))
                self._locks[path] = stack.pop_all()

    def close(self) -> None:
        """Closes the session without showing anything: the window is about to go."""
        self.leaving.emit()
        if self.session:
            self._refresh_tables(self.session)
            self.session.close()
            self.session = None
        self._unlock_all_but(None)

    def may_write(self, what: str) -> bool:
        """Says why not where the session can only be read; `what` is what was wanted, as in 'score'."""
        because = self.why_read_only
        if self.read_only and because:
            text = f"{because.why}, so that this window can't {what}. {because.remedy}"
            self._ask.tell("This session is shown read-only", text)
        return not self.read_only

    def _opened(self, path: Path) -> tuple[Session, ReadOnly | None]:
        found: ReadOnly | None = None
        try:
            if path.is_file():
                self.lock(path)
        except SessionHeldError as error:
            if error.stale and self._may_take_over(error):
                self.lock(path, take_over=True)
            else:
                holder = error.holder or "Another window"
                found = ReadOnly(f"{holder} has this session open", "Close it there, and open it here again.")
        except SessionUnwritableError:
            found = _UNWRITABLE
        return Session.open(path, read_only=found is not None), found

    def _refresh_tables(self, session: Session) -> None:
        """The CSV files beside the session must say what was decided in it."""
        if session.read_only:
            return
        try:
            with _wait_cursor():
                refresh_tables(session)
        except SpermViewerError as error:
            self._ask.tell("The tables beside this session are out of date", str(error))

    def _unlock_all_but(self, path: Path | None) -> None:
        for other in [locked for locked in self._locks if locked != path]:
            self._locks.pop(other).close()

    def _may_take_over(self, error: SessionHeldError) -> bool:
        text = (
            f"{error.holder} has this session open, and has given no sign of life for a while. Take it over only if "
            "nobody works with it there: what is decided there from now on would not be kept."
        )
        return self._ask.confirm("Take this session over?", text, "Take Over", "Open Read-Only")


@contextmanager
def _wait_cursor() -> Iterator[None]:
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()
