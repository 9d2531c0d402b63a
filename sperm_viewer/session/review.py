"""Review: which verdict stands, and undo and redo without limit.

Every change is a new row that states all a reader holds of a cell from then on, so nothing is ever lost: an undo
states what stood before. The rows say what was undone, so that undo goes on where it was after the file was closed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.rows import to_anomalies
from sperm_viewer.session.session import Session

FIRST, SECOND = 1, 2
"""The reading that decides, and the blind second one, which is compared with it."""
_SECOND_READING = "second-reading"
_NONE = Decision()


class Review:
    """One reading of a session; everything is on disk when a method returns."""

    def __init__(self, session: Session, reading: int = FIRST) -> None:
        self._session = session
        self._reading = reading
        self._done: list[int] = []
        self._undone: list[int] = []
        rows = session.rows(
            "SELECT action, max(act), max(of_action) FROM verdicts WHERE reading = ? GROUP BY action ORDER BY action",
            (reading,),
        )
        for action, act, of_action in rows:
            self._remember(action, act, of_action)

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def decide(self, decisions: Mapping[int, Decision], reviewer: str) -> None:
        """Stores what a reader decided of these cells, by their ids, as one action. Raises SessionError."""
        if not reviewer.strip():
            raise SessionError(f"{self._session.path}: a verdict needs a reviewer's name. Say who reviews.")
        if decisions:
            self._store(decisions, reviewer, "decide", None)

    def undo(self, reviewer: str) -> tuple[int, ...]:
        """Takes the last action back; returns its cells' ids, none where there is nothing to undo."""
        if not self._done:
            return ()
        action = self._done[-1]
        before = {crop: self._standing_before(row, crop) for row, crop, _ in self._rows_of(action)}
        self._store(before, reviewer, "undo", action)
        return tuple(before)

    def redo(self, reviewer: str) -> tuple[int, ...]:
        """Does again what was undone last; returns its cells' ids, none where there is nothing to redo."""
        if not self._undone:
            return ()
        action = self._undone[-1]
        again = {crop: decision for _, crop, decision in self._rows_of(action)}
        self._store(again, reviewer, "redo", action)
        return tuple(again)

    def _store(self, decisions: Mapping[int, Decision], reviewer: str, act: str, of_action: int | None) -> None:
        with self._session.writing("store the verdict") as trail:
            next_row, action = self._session.rows(
                "SELECT coalesce(max(id), 0) + 1, coalesce(max(action), 0) + 1 FROM verdicts"
            )[0]
            for row, (crop, decision) in enumerate(decisions.items(), next_row):
                body: dict[str, Any] = {
                    "id": row,
                    "action": action,
                    "act": act,
                    "of_action": of_action,
                    "crop_id": crop,
                    "reading": self._reading,
                    "said": decision.said,
                    "note": decision.note,
                    "anomalies": None if decision.anomalies is None else " ".join(sorted(decision.anomalies)),
                }
                trail.append("verdict", body, reviewer)
        self._remember(action, act, of_action)

    def _remember(self, action: int, act: str, of_action: int | None) -> None:
        if act == "undo" and of_action is not None:
            self._done.remove(of_action)
            self._undone.append(of_action)
        elif act == "redo" and of_action is not None:
            self._undone.remove(of_action)
            self._done.append(of_action)
        else:
            self._done.append(action)
            self._undone.clear()

    def _rows_of(self, action: int) -> list[tuple[int, int, Decision]]:
        rows = self._session.rows(
            "SELECT id, crop_id, said, note, anomalies FROM verdicts WHERE reading = ? AND action = ? ORDER BY id",
            (self._reading, action),
        )
        return [(row, crop, Decision(said, note, to_anomalies(ticked))) for row, crop, said, note, ticked in rows]

    def _standing_before(self, row: int, crop: int) -> Decision:
        """What stood before a row. That row may have been redone since: what it changed is what counts."""
        rows = self._session.rows(
            "SELECT said, note, anomalies FROM verdicts WHERE crop_id = ? AND reading = ? AND id < ?"
            " ORDER BY id DESC LIMIT 1",
            (crop, self._reading, row),
        )
        return Decision(rows[0][0], rows[0][1], to_anomalies(rows[0][2])) if rows else _NONE


@dataclass(frozen=True, slots=True)
class SecondReading:
    """A blind second reading: who reads, and the seed of the order in which the cells come."""

    reader: str
    seed: int

    def order(self, cells: Iterable[int]) -> list[int]:
        """The cells in an order that says nothing of them, the same every time."""
        shuffled = sorted(cells)
        random.Random(self.seed).shuffle(shuffled)
        return shuffled


def begin_second_reading(session: Session, reader: str) -> SecondReading:
    """Begins one, or goes on with the session's. Raises SessionError where the first reader would read again blind."""
    begun = second_reading(session)
    if begun:
        return begun
    readers = {row[0] for row in session.rows("SELECT DISTINCT reviewer FROM verdicts WHERE reading = ?", (FIRST,))}
    if reader in readers:
        raise SessionError(f"{session.path}: {reader} made the first reading. Another person has to make the second.")
    reading = SecondReading(reader, random.SystemRandom().randrange(1 << 31))
    session.set_note(_SECOND_READING, json.dumps({"reader": reading.reader, "seed": reading.seed}), reader)
    return reading


def second_reading(session: Session) -> SecondReading | None:
    """The second reading that was begun in this session, None where there was none."""
    text = session.note(_SECOND_READING)
    return SecondReading(**json.loads(text)) if text else None


def next_open(order: Sequence[int], current: int, wanted: Iterable[int]) -> int | None:
    """The next cell after `current` in an order that is among the wanted ones, round the end; None for none."""
    among = set(wanted)
    start = order.index(current) + 1 if current in order else 0
    return next((cell for cell in [*order[start:], *order[:start]] if cell in among and cell != current), None)
