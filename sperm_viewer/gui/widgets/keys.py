"""The keys that the user chose in place of the usual ones, as the settings keep them: `accept=Space`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from PySide6.QtGui import QAction, QKeySequence

from sperm_viewer.gui.widgets.actions import ACTIONS, Act, plain_text, with_keys

_log = logging.getLogger(__name__)
_Portable = QKeySequence.SequenceFormat.PortableText


def bind_keys(actions: Mapping[Act, QAction], chosen: Mapping[Act, QKeySequence]) -> None:
    """Gives every action its keys, active in the whole window, and names the first of them in its tooltip."""
    for spec in ACTIONS:
        keys = keys_of(spec.id, chosen)
        actions[spec.id].setShortcuts(keys)
        actions[spec.id].setToolTip(with_keys(spec.tip, keys))


def chosen_keys(kept: Iterable[str]) -> dict[Act, QKeySequence]:
    """What the settings say, by action; an empty key is none. What can't be so is skipped with a warning."""
    chosen: dict[Act, QKeySequence] = {}
    for entry in kept:
        name, _, keys = entry.partition("=")
        key = QKeySequence.fromString(keys, _Portable)
        # A name that Qt doesn't know becomes a key that has no name.
        if name in set(Act) and key.toString(_Portable) == keys:
            chosen[Act(name)] = key
        else:
            _log.warning("settings: '%s' is no key for an action; the usual keys are used.", entry)
    for act, key in list(chosen.items()):
        if other := user_of(key, chosen, but=act):
            _log.warning("settings: '%s' has the key of '%s'; its usual keys are used.", act, other)
            del chosen[act]
    return chosen


def kept_keys(chosen: Mapping[Act, QKeySequence]) -> tuple[str, ...]:
    """The reverse of `chosen_keys`."""
    return tuple(f"{act}={key.toString(_Portable)}" for act, key in chosen.items())


def keys_of(act: Act, chosen: Mapping[Act, QKeySequence]) -> list[QKeySequence]:
    """The key that was chosen for an action, which may be none; else its usual ones."""
    if act in chosen:
        return [] if chosen[act].isEmpty() else [chosen[act]]
    return next(spec for spec in ACTIONS if spec.id is act).shortcuts()


def user_of(key: QKeySequence, chosen: Mapping[Act, QKeySequence], but: Act) -> str:
    """What another action that has this key is called; empty where none has."""
    using = (plain_text(spec.text) for spec in ACTIONS if spec.id is not but and key in keys_of(spec.id, chosen))
    return next(using, "")
