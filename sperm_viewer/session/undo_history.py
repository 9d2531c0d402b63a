"""Which actions can be undone and redone, worked out from the actions that a session file holds."""

from __future__ import annotations


class UndoHistory:
    """Actions by their numbers, in order; anything new ends what could be redone."""

    def __init__(self) -> None:
        self._done: list[int] = []
        self._undone: list[int] = []

    @property
    def to_undo(self) -> int | None:
        """The action that an undo takes back; None if there is none."""
        return self._done[-1] if self._done else None

    @property
    def to_redo(self) -> int | None:
        """The action that a redo repeats; None if there is none."""
        return self._undone[-1] if self._undone else None

    def add(self, action: int, act: str, of: int | None) -> None:
        """Takes in an action; `act` is "undo" or "redo" for one that undoes or repeats the action `of`."""
        if act == "undo" and of is not None:
            self._done.remove(of)
            self._undone.append(of)
        elif act == "redo" and of is not None:
            self._undone.remove(of)
            self._done.append(of)
        else:
            self._done.append(action)
            self._undone.clear()
