"""Heads of fields that a person added, removed, split or redrew, with undo and redo.

Each edit is one audit event, so undo continues after the file was closed and opened again. An edit only says which
cells are shown: a head that is split or redrawn is removed, and others take its place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sperm_viewer.domain.cell import CellScored
from sperm_viewer.session.duplicates import mark_duplicates
from sperm_viewer.session.session import Session
from sperm_viewer.session.undo_history import UndoHistory

_WHAT = "change the heads of a field"


class HeadEdit(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    SPLIT = "split"
    REDRAW = "redraw"


@dataclass(frozen=True, slots=True)
class Edited:
    """The cells that an edit, an undo or a redo took away, and those that it put there, by id."""

    edit: HeadEdit
    removed: tuple[int, ...]
    shown: tuple[int, ...]


class HeadEdits:
    """The edits of a session; everything is on disk when a method returns. Each method raises SessionError."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._history = UndoHistory()
        for number, body in session.rows("SELECT number, body FROM audit WHERE kind = 'heads' ORDER BY number"):
            found = json.loads(body)
            self._history.add(number, found["act"], found["of"], found["verdicts"])

    @property
    def done_after(self) -> int | None:
        """The last action on verdicts before the edit that `undo` would undo; None if there is none."""
        return self._history.done_at

    @property
    def undone_after(self) -> int | None:
        """The last action on verdicts before the undo that `redo` would take back; None if there is none."""
        return self._history.undone_at

    def replace(self, edit: HeadEdit, removed: Sequence[int], heads: Sequence[CellScored], who: str) -> Edited:
        """Removes cells, by id, and adds others in one edit. `heads` are of one image, scored by the model in use."""
        with self._session.writing(_WHAT) as trail:
            shown = self._session.add_cells(trail, heads)
            number = trail.append("heads", self._body("do", None, edit, removed, shown), who)
            # A new head of an image that is there twice counts once.
            mark_duplicates(self._session, trail)
        self._history.add(number, "do", None, self._verdicts())
        return Edited(edit, tuple(removed), tuple(shown))

    def undo(self, who: str) -> Edited | None:
        """Undoes the last edit; None if there is none."""
        edit = self._history.to_undo
        return None if edit is None else self._turn(edit, "undo", who)

    def redo(self, who: str) -> Edited | None:
        """Repeats the edit that was undone last; None if there is none."""
        edit = self._history.to_redo
        return None if edit is None else self._turn(edit, "redo", who)

    def _turn(self, of: int, act: str, who: str) -> Edited:
        found = json.loads(self._session.rows("SELECT body FROM audit WHERE number = ?", (of,))[0][0])
        removed, shown = found["removed"], found["shown"]
        if act == "undo":
            removed, shown = shown, removed
        edit = HeadEdit(found["edit"])
        with self._session.writing(_WHAT) as trail:
            number = trail.append("heads", self._body(act, of, edit, removed, shown), who)
        self._history.add(number, act, of, self._verdicts())
        return Edited(edit, tuple(removed), tuple(shown))

    def _body(
        self, act: str, of: int | None, edit: HeadEdit, removed: Sequence[int], shown: Sequence[int]
    ) -> dict[str, Any]:
        cells = {"removed": list(removed), "shown": list(shown)}
        return {"act": act, "of": of, "edit": str(edit), **cells, "verdicts": self._verdicts()}

    def _verdicts(self) -> int:
        return int(self._session.rows("SELECT coalesce(max(action), 0) FROM verdicts")[0][0])
