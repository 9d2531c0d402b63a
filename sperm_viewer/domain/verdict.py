"""What a reader decides about a cell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """All that one reader holds of a cell: the class said, empty for none yet, a note, and the anomalies ticked.

    `anomalies` are names of `core.anomalies.Anomaly`; None where the reader ticked no list.
    """

    said: str = ""
    note: str = ""
    anomalies: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with who made it and when; `at` is UTC, ISO 8601."""

    said: str
    reviewer: str
    at: str
    note: str = ""
    anomalies: frozenset[str] | None = None

    @property
    def decision(self) -> Decision:
        return Decision(self.said, self.note, self.anomalies)
