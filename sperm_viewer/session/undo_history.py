"""Which actions can be undone and redone, worked out from the actions that a session file holds."""

from __future__ import annotations


class UndoHistory:
    """Actions by their numbers, in order; anything new ends what could be redone.

    Each has a moment: a number that grows from action to action, by which two histories are put in one order.
    """

    def __init__(self) -> None:
        self._done: dict[int, int] = {}
        self._undone: dict[int, int] = {}

    @property
    def to_undo(self) -> int | None:
        """The action that an undo takes back; None if there is none."""
        return next(reversed(self._done), None)

    @property
    def to_redo(self) -> int | None:
        """The action that a redo repeats; None if there is none."""
        return next(reversed(self._undone), None)

    @property
    def done_at(self) -> int | None:
        """The moment at which the action that an undo takes back was made, or made again; None if there is none."""
        return next(reversed(self._done.values()), None)

    @property
    def undone_at(self) -> int | None:
        """The moment at which the action that a redo repeats was undone; None if there is none."""
        return next(reversed(self._undone.values()), None)

    def add(self, action: int, act: str, of: int | None, at: int | None = None) -> None:
        """Takes in an action; `act` is "undo" or "redo" for one that undoes or repeats the action `of`.

        `at` is its moment, its own number if not given.
        """
        moment = action if at is None else at
        if act == "undo" and of is not None:
            del self._done[of]
            self._undone[of] = moment
        elif act == "redo" and of is not None:
            del self._undone[of]
            self._done[of] = moment
        else:
            self._done[action] = moment
            self._undone.clear()
