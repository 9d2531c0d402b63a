"""Which sessions this window holds for writing, from the moment one is opened until another one is shown."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.errors import SessionHeldError, SessionUnwritableError
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session


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


class Holding:
    """Holds sessions, and says why the one that is shown isn't held here where it isn't."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._held: dict[Path, ExitStack] = {}
        self.read_only: ReadOnly | None = None
        """Why the session that was opened last can only be read; None where this window holds it."""

    def open(self, path: Path) -> Session:
        """Opens a session, read-only where another holds it or it can't be written. Raises SessionError."""
        found: ReadOnly | None = None
        try:
            if path.is_file():
                self.take(path)
        except SessionHeldError as error:
            if error.stale and self._may_take_over(error):
                self.take(path, take_over=True)
            else:
                holder = error.holder or "Another window"
                found = ReadOnly(f"{holder} has this session open", "Close it there, and open it here again.")
        except SessionUnwritableError:
            found = _UNWRITABLE
        session = Session.open(path, read_only=found is not None)
        self.read_only = found
        return session

    def take(self, path: Path, *, take_over: bool = False) -> None:
        """Holds a session that may yet have to be made. Raises SessionHeldError or SessionUnwritableError."""
        if path not in self._held:
            with ExitStack() as stack:
                stack.enter_context(sole_writer(path, take_over=take_over))
                self._held[path] = stack.pop_all()

    def keep_only(self, path: Path | None) -> None:
        """Lets go of every session but this one."""
        for other in [held for held in self._held if held != path]:
            self._held.pop(other).close()

    def _may_take_over(self, error: SessionHeldError) -> bool:
        text = (
            f"{error.holder} has this session open, and has given no sign of life for a while. Take it over only if "
            "nobody works with it there: what is decided there from now on would not be kept."
        )
        return self._ask.confirm("Take this session over?", text, "Take Over", "Open Read-Only")
