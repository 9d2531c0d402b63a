"""The settings in use, and the file that stores them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.objective import Objective, read_objective
from sperm_viewer.domain.reference_range import ReferenceRange, read_range
from sperm_viewer.system import paths
from sperm_viewer.system.settings import Settings, load_settings, save_settings

_log = logging.getLogger(__name__)
_SAVE_AFTER_MS = 400
_T = TypeVar("_T")


class SettingsStore(QObject):
    """The settings for the window. Changes are saved after a delay, so that a slider doesn't write a hundred times."""

    changed = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.value = load_settings(path)
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(_SAVE_AFTER_MS)
        self._saving.timeout.connect(self.save)

    @property
    def ranges(self) -> list[ReferenceRange]:
        """The reference ranges; a line that is none is left out."""
        return self._read(self.value.ranges, read_range)

    @property
    def objectives(self) -> list[Objective]:
        """The measured objectives; a line that is none is left out."""
        return self._read(self.value.objectives, read_objective)

    def _read(self, lines: Iterable[str], read: Callable[[str], _T]) -> list[_T]:
        found = []
        for line in lines:
            try:
                found.append(read(line))
            except ValueError as error:
                _log.warning("%s: %s", self._path, error)
        return found

    @property
    def sessions_folder(self) -> Path:
        """Where new sessions go."""
        return Path(self.value.sessions_folder) if self.value.sessions_folder else paths.results_folder()

    def update(self, **changes: Any) -> None:
        self._take(replace(self.value, **changes))

    def add_recent(self, key: str, path: Path) -> None:
        self._take(self.value.with_recent(key, path))

    def save(self) -> None:
        """Writes the settings now."""
        self._saving.stop()
        try:
            save_settings(self.value, self._path)
        except SpermViewerError as error:
            # The user can continue to work without stored settings.
            _log.warning("%s", error)

    def _take(self, value: Settings) -> None:
        if value != self.value:
            self.value = value
            self._saving.start()
            self.changed.emit()
