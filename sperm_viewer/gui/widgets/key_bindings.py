"""The keys of all actions: their default keys, or the key that the user has chosen instead."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtGui import QKeySequence

from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, plain_text

_log = logging.getLogger(__name__)
_Portable = QKeySequence.SequenceFormat.PortableText


class KeyBindings:
    """Reads and changes the user's choices, which the settings store as entries like `accept=Space`."""

    def __init__(self, specs: Sequence[ActionSpec[Any]], stored: Iterable[str]) -> None:
        """An entry without a key means no key at all. Invalid entries are skipped with a warning."""
        self._specs = {spec.id: spec for spec in specs}
        self._chosen: dict[ActionId, QKeySequence] = {}
        for entry in stored:
            name, _, keys = entry.partition("=")
            key = QKeySequence.fromString(keys, _Portable)
            # Qt turns an unknown name into a key without a name.
            if name in set(ActionId) and key.toString(_Portable) == keys:
                self._chosen[ActionId(name)] = key
            else:
                _log.warning("settings: '%s' does not assign a key to an action; the default keys are used.", entry)
        for action, key in list(self._chosen.items()):
            if other := self.action_with(key, ignore=action):
                _log.warning("settings: '%s' uses the key of '%s'; its default keys are used.", action, other)
                del self._chosen[action]

    def keys(self, action: ActionId) -> list[QKeySequence]:
        """The user's key, which may be none; otherwise the default keys."""
        if action in self._chosen:
            return [] if self._chosen[action].isEmpty() else [self._chosen[action]]
        return self._specs[action].default_keys()

    def action_with(self, key: QKeySequence, ignore: ActionId) -> str:
        """The text of another action that uses this key; empty if there is none."""
        others = (spec for spec in self._specs.values() if spec.id is not ignore)
        return next((plain_text(spec.text) for spec in others if key in self.keys(spec.id)), "")

    def choose(self, action: ActionId, key: QKeySequence) -> None:
        """An empty key means that the action has none."""
        self._chosen[action] = key

    def reset(self) -> None:
        """Restores the default keys of every action."""
        self._chosen.clear()

    def to_store(self) -> tuple[str, ...]:
        """The user's choices as entries for the settings."""
        return tuple(f"{action}={key.toString(_Portable)}" for action, key in self._chosen.items())
