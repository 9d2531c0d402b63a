"""Asks for the reviewer's name, once a day since laboratories share computers. The name is not a signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.widgets.settings_store import SettingsStore

_RECENT = 10


class Reviewer:
    """Today's reviewer, stored in the settings."""

    def __init__(self, settings: SettingsStore, ask: Ask, today: Callable[[], date] = date.today) -> None:
        self._settings = settings
        self._ask = ask
        self._today = today

    @property
    def name(self) -> str:
        """Empty until the reviewer has been named today."""
        value = self._settings.value
        return value.readers[0] if value.readers and value.reader_day == self._today().isoformat() else ""

    @property
    def recent(self) -> tuple[str, ...]:
        """The names of the last reviewers, newest first."""
        return self._settings.value.readers

    def ensure_name(self) -> str:
        """Today's reviewer; asks if none is known. Empty if the question was dismissed."""
        return self.name or self.change()

    def change(self) -> str:
        """Asks for the name. Empty, with nothing changed, if the question was dismissed."""
        name = self._ask.reviewer(self.recent)
        if name:
            self.set_name(name)
        return name

    def set_name(self, name: str) -> None:
        others = tuple(other for other in self._settings.value.readers if other != name)
        self._settings.update(readers=(name, *others)[:_RECENT], reader_day=self._today().isoformat())
