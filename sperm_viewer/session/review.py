"""Review: storing verdicts, with undo and redo without limit.

Every change adds a row with the whole decision of a reader on a cell, so nothing is ever lost: an undo adds the
decision from before, with its reader and its time. The rows record which action was undone, so undo continues after the
file was closed and opened again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.verdict import Decision, How, Why
from sperm_viewer.session.readings import FIRST, own_reading, reader_names, readings
from sperm_viewer.session.rows import to_anomalies
from sperm_viewer.session.session import Session
from sperm_viewer.session.undo_history import UndoHistory


@dataclass(frozen=True, slots=True)
class _Given:
    """A decision, how it was made, why the cell was read, and by whom and when; those are None if it is made now."""

    decision: Decision = field(default_factory=Decision)
    how: How = How.SINGLE
    why: Why = Why.OWN_CHOICE
    reader: str | None = None
    at: str | None = None


class Review:
    """One reading of a session; everything is on disk when a method returns."""

    def __init__(self, session: Session, reading: int = FIRST) -> None:
        self._session = session
        self._reading = reading
        self._history = UndoHistory()
        rows = session.rows(
            "SELECT action, max(act), max(of_action) FROM verdicts WHERE reading = ? GROUP BY action ORDER BY action",
            (reading,),
        )
        for action, act, of_action in rows:
            self._history.add(action, act, of_action)

    @property
    def can_undo(self) -> bool:
        return self._history.to_undo is not None

    @property
    def can_redo(self) -> bool:
        return self._history.to_redo is not None

    @property
    def done_at(self) -> int | None:
        """The action that `undo` would undo, or the redo that brought it back; None if there is none."""
        return self._history.done_at

    @property
    def undone_at(self) -> int | None:
        """The undo that `redo` would take back; None if there is none."""
        return self._history.undone_at

    def decide(
        self, decisions: Mapping[int, Decision], reader: str, how: How | None = None, why: Why = Why.OWN_CHOICE
    ) -> None:
        """Stores a reader's decisions on these cells, by their ids, as one action.

        Without `how` a decision in a blind reading is blind, else that on several cells at once is in bulk. Raises
        SessionError, also if the reader gave one of the cells a class in another reading, unless one of the two is a
        repeat: nobody is on both sides of an agreement.
        """
        if not reader.strip():
            raise SessionError(
                f"{self._session.path}: a verdict needs a reader's name. Enter the name of the reader first."
            )
        for cell, decision in decisions.items():
            self._refuse_own(cell, decision, reader)
        if decisions:
            how = how or self._usual(len(decisions))
            given = {cell: _Given(decision, how, why) for cell, decision in decisions.items()}
            self._store(given, reader, "decide", None)

    def undo(self, reader: str) -> tuple[int, ...]:
        """Undoes the last action; returns its cells' ids, none if there is nothing to undo."""
        action = self._history.to_undo
        if action is None:
            return ()
        before = {cell: self._before(row, cell) for row, cell, _ in self._rows_of(action)}
        self._store(before, reader, "undo", action)
        return tuple(before)

    def redo(self, reader: str) -> tuple[int, ...]:
        """Repeats the action that was undone last; returns its cells' ids, none if there is nothing to redo."""
        action = self._history.to_redo
        if action is None:
            return ()
        again = {cell: given for _, cell, given in self._rows_of(action)}
        self._store(again, reader, "redo", action)
        return tuple(again)

    def _refuse_own(self, cell: int, decision: Decision, reader: str) -> None:
        own = own_reading(self._session, cell, self._reading, reader) if decision.class_name else None
        if own:
            name = reader_names(readings(self._session))[own.id]
            raise SessionError(
                f"{self._session.path}: {reader} read this cell as the {name}, and can't be on both sides of an "
                "agreement. Let another person decide it."
            )

    def _usual(self, cells: int) -> How:
        blind = self._session.rows("SELECT 1 FROM readings WHERE id = ? AND blind <> 0", (self._reading,))
        return How.BLIND if blind else How.SINGLE if cells == 1 else How.BULK

    def _store(self, decisions: Mapping[int, _Given], reader: str, act: str, of_action: int | None) -> None:
        with self._session.writing("store the verdict") as trail:
            next_row, action = self._session.rows(
                "SELECT coalesce(max(id), 0) + 1, coalesce(max(action), 0) + 1 FROM verdicts"
            )[0]
            for row, (cell, given) in enumerate(decisions.items(), next_row):
                decision = given.decision
                body: dict[str, Any] = {
                    "id": row,
                    "action": action,
                    "act": act,
                    "of_action": of_action,
                    "cell_id": cell,
                    "reading": self._reading,
                    "class": decision.class_name,
                    "note": decision.note,
                    "anomalies": None if decision.anomalies is None else " ".join(sorted(decision.anomalies)),
                    "how": str(given.how),
                    "why": str(given.why),
                    "reader": given.reader or reader,
                    "at": given.at,
                }
                trail.append("verdict", body, reader)
        self._history.add(action, act, of_action)

    def _rows_of(self, action: int) -> list[tuple[int, int, _Given]]:
        rows = self._session.rows(
            "SELECT id, cell_id, class, note, anomalies, how, why, reader, at FROM verdicts"
            " WHERE reading = ? AND action = ?"
            " ORDER BY id",
            (self._reading, action),
        )
        return [(row[0], row[1], _given(*row[2:])) for row in rows]

    def _before(self, row: int, cell: int) -> _Given:
        """The decision on a cell just before that row of verdicts was added."""
        rows = self._session.rows(
            "SELECT class, note, anomalies, how, why, reader, at FROM verdicts"
            " WHERE cell_id = ? AND reading = ? AND id < ? ORDER BY id DESC LIMIT 1",
            (cell, self._reading, row),
        )
        return _given(*rows[0]) if rows else _Given()


def _given(class_name: str, note: str, anomalies: str | None, how: str, why: str, reader: str, at: str) -> _Given:
    return _Given(Decision(class_name, note, to_anomalies(anomalies)), How(how), Why(why), reader, at)


def next_open(order: Sequence[int], current: int, wanted: Iterable[int]) -> int | None:
    """The first wanted cell after `current` in `order`, continuing at its start; None if there is none."""
    among = set(wanted)
    start = order.index(current) + 1 if current in order else 0
    return next((cell for cell in [*order[start:], *order[:start]] if cell in among and cell != current), None)
