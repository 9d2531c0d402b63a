"""Who reviews: asked once a day, since laboratories share computers. It says who; it is no signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.widgets.settings_store import SettingsStore

_KEPT = 10


class Reviewer:
    """Today's reviewer, as the settings keep them; `settings.changed` says that it is another one."""

    def __init__(self, settings: SettingsStore, ask: Ask, today: Callable[[], date] = date.today) -> None:
        self._settings = settings
        self._ask = ask
        self._today = today

    @property
    def name(self) -> str:
        """Empty as long as nobody said today who reviews."""
        value = self._settings.value
        return value.reviewers[0] if value.reviewers and value.reviewer_day == self._today().isoformat() else ""

    def asked(self) -> str:
        """Today's reviewer, who is asked for where nobody has said yet; empty where the question was left."""
        return self.name or self.change()

    def change(self) -> str:
        """Asks who reviews from now on; empty, and nothing changed, where the question was left."""
        name = self._ask.reviewer(self._settings.value.reviewers)
        if name:
            self.become(name)
        return name

    def become(self, name: str) -> None:
        others = tuple(other for other in self._settings.value.reviewers if other != name)
        self._settings.update(reviewers=(name, *others)[:_KEPT], reviewer_day=self._today().isoformat())
