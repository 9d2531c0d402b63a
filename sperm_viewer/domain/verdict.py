"""A reader's decision on a cell."""

from __future__ import annotations

from dataclasses import dataclass


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
    """A decision with its reader and time; `at` is UTC, ISO 8601."""

    class_name: str
    reader: str
    at: str
    note: str = ""
    anomalies: frozenset[str] | None = None

    @property
    def decision(self) -> Decision:
        return Decision(self.class_name, self.note, self.anomalies)
