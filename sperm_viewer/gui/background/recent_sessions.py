"""The names of recent sessions: their samples and when they were begun, read in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.gui.widgets.local_time import local_time
from sperm_viewer.session.earlier import described

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Recent:
    """A session or a folder. `name` is that of the session's folder until it has been read, and if it can't be."""

    path: Path
    name: str


class RecentSessions(QObject):
    named = Signal(object)
    """A sequence of Recent."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._paths: tuple[Path, ...] = ()

    def show(self, sessions: Sequence[str]) -> None:
        """Names these sessions if they are others than before."""
        paths = tuple(map(Path, sessions))
        if paths != self._paths:
            self._paths = paths
            self.read_again()

    def read_again(self) -> None:
        """Names the sessions by their folders at once, then by what is in them."""
        self.named.emit([Recent(path, path.parent.name) for path in self._paths])
        # Not before the session that is being left is closed: only as the last one it leaves a single file.
        QTimer.singleShot(0, self, self._read)

    def close(self) -> None:
        self._tasks.close(wait=False)

    def _read(self) -> None:
        self._tasks.start(partial(_named, self._paths), partial(self._show, self._paths), lambda error: None)

    def _show(self, paths: tuple[Path, ...], found: Sequence[Recent]) -> None:
        if paths == self._paths:
            self.named.emit(found)


def _named(paths: Sequence[Path]) -> list[Recent]:
    return [Recent(path, _name(path)) for path in paths]


def _name(path: Path) -> str:
    """`P-12, P-13 · 29/11/2026 06:02`."""
    found = described(path)
    if found is None or not found.samples:
        return path.parent.name
    more = len(found.samples) - _NAMED
    samples = ", ".join(found.samples[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{samples} · {local_time(found.begun)}" if found.begun else samples
