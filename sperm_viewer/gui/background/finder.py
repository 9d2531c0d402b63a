"""Looks through what the user dropped, in the background, one drop at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.imaging.discover import discover
from sperm_viewer.run.scoring import FoundImages
from sperm_viewer.system import paths
from sperm_viewer.system.demo import write_demo


@dataclass(frozen=True, slots=True)
class _Drop:
    """What the user wants added; without paths it is the demo."""

    paths: tuple[Path, ...]


class Finder(QObject):
    """Turns drops into slides. `known` gives the folders of the slides there are, at the time it is called."""

    found = Signal(object)
    """`FoundImages` for each drop."""
    failed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, known: Callable[[], Collection[Path]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known = known
        self._tasks = Tasks(1, self)
        self._drops: deque[_Drop] = deque()
        self.busy = False

    def look_through(self, paths: tuple[Path, ...]) -> None:
        self._drops.append(_Drop(paths))
        self._next()

    def make_demo(self) -> None:
        self.look_through(())

    def close(self) -> None:
        self._drops.clear()
        # Looking through a slow network folder only reads; nobody has to wait for it.
        self._tasks.close(wait=False)

    def _next(self) -> None:
        # The folders of new slides depend on those before them, so drops wait for each other.
        if self.busy:
            return
        if self._drops:
            self._set(True)
            self._tasks.start(partial(_find, self._drops.popleft(), set(self._known())), self._found, self._failed)

    def _found(self, found: FoundImages) -> None:
        self._set(False)
        self.found.emit(found)
        self._next()

    def _failed(self, error: Exception) -> None:
        self._set(False)
        self.failed.emit(error)
        self._next()

    def _set(self, busy: bool) -> None:
        self.busy = busy
        self.busy_changed.emit(busy)


def _find(drop: _Drop, known: set[Path]) -> FoundImages:
    wanted = drop.paths or (write_demo(paths.cache_folder() / "Demo"),)
    return FoundImages(wanted, discover(wanted, known=known))
