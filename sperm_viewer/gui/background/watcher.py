"""Watches a folder in the background, and passes on the images that came."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.run.scoring import FoundImages
from sperm_viewer.run.watching import LOOK_EVERY_S, FolderWatch


class Watcher(QObject):
    """Watches one folder, or none. `known` gives the folders of the slides there are, at the time it is called."""

    arrived = Signal(object)
    """`FoundImages` in the order in which they came."""
    changed = Signal()
    """A folder is watched from now on, or none any more."""

    def __init__(self, known: Callable[[], Collection[Path]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known = known
        self._tasks = Tasks(1, self)
        self._watch: FolderWatch | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(1000 * LOOK_EVERY_S))
        self._timer.timeout.connect(self.look)

    @property
    def folder(self) -> Path | None:
        """The folder that is watched."""
        return self._watch.folders[0] if self._watch else None

    def start(self, folder: Path, seen: Collection[Path]) -> None:
        """Watches a folder; `seen` are the files that are known already."""
        self._watch = FolderWatch([folder], seen)
        self.changed.emit()
        self.look()

    def stop(self) -> None:
        self._timer.stop()
        if self._watch:
            self._watch = None
            self.changed.emit()

    def look(self) -> None:
        """Looks for new images now, and again after a while."""
        watch = self._watch
        if watch:
            self._tasks.start(partial(watch.look, set(self._known())), partial(self._looked, watch), self._failed)

    def close(self) -> None:
        self._timer.stop()
        self._watch = None
        self._tasks.close(wait=False)

    def _looked(self, watch: FolderWatch, found: FoundImages | None) -> None:
        if watch is not self._watch:
            return
        self._timer.start()
        if found:
            self.arrived.emit(found)

    def _failed(self, error: Exception) -> None:
        # The folder may be back at the next look.
        self._timer.start()
