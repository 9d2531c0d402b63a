"""A reader's decision on a cell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """How a verdict was made: on one cell that was looked at, on several at once, or without any other answer shown."""

    SINGLE = "single"
    BULK = "bulk"
    BLIND = "blind"


class Why(StrEnum):
    """Why a cell was read: the share of normal heads is estimated from cells that were not chosen by their look."""

    PLAN = "plan"
    AUDIT = "audit"
    CALLED_NORMAL = "called normal"
    REFERRED = "referred"
    RANDOM = "random"
    OWN_CHOICE = "own choice"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reader decided about a cell: a class (empty for none), a note, and the anomalies ticked.

    `anomalies` are names of `domain.anomalies.Anomaly`; None if the reader did not open the list.
    """

    class_name: str = ""
    note: str = ""
    anomalies: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with its reader and time, how it was made, and why; `at` is UTC, ISO 8601."""

    class_name: str
    reader: str
    at: str
    note: str = ""
    anomalies: frozenset[str] | None = None
    how: How = How.SINGLE
    why: Why = Why.OWN_CHOICE

    @property
    def decision(self) -> Decision:
        return Decision(self.class_name, self.note, self.anomalies)
