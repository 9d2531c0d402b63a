"""Which sessions this window holds for writing, from the moment one is opened until another one is shown."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from sperm_viewer.core.errors import SessionHeldError
from sperm_viewer.core.session import Session
from sperm_viewer.core.session_lock import sole_writer
from sperm_viewer.gui.ask import Ask


class Holding:
    """Holds sessions, and says by whom the one that is shown is held where it isn't held here."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._held: dict[Path, ExitStack] = {}
        self.elsewhere = ""
        """Whoever else holds the session that was opened last; empty where this window does."""

    def open(self, path: Path) -> Session:
        """Opens a session, read-only where another window or machine holds it. Raises SessionError."""
        elsewhere = ""
        try:
            if path.is_file():
                self.take(path)
        except SessionHeldError as error:
            if error.stale and self._may_take_over(error):
                self.take(path, take_over=True)
            else:
                elsewhere = error.holder or "another window"
        session = Session.open(path, read_only=bool(elsewhere))
        self.elsewhere = elsewhere
        return session

    def take(self, path: Path, *, take_over: bool = False) -> None:
        """Holds a session that may yet have to be made. Raises SessionHeldError or SessionError."""
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
