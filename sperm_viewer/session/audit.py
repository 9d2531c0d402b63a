"""The audit trail of a session: every event, row by row, each chained by SHA-256 to the one before.

The trail comes first: an event is serialised, chained, and then carried out by `events.carry_out`. `verify` carries the
whole trail out again in an empty file and compares the tables.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sperm_viewer.session.events import Blobs, carry_out

HEAD = "audit_head"
"""The key in `meta` of the number of rows and the last hash, which are kept apart from the trail."""
START = "0" * 64
_MOST_ROWS = 2**62


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of a trail: the number of rows and the last hash in hex. A report prints it."""

    rows: int
    hash: str

    def __str__(self) -> str:
        return f"{self.rows} {self.hash}"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """`at` is UTC, ISO 8601; `who` is a reader's name, or empty for the app itself; `body` is JSON."""

    number: int
    at: str
    who: str
    kind: str
    body: str
    hash: str


def link(previous: str, number: int, at: str, who: str, kind: str, body: str) -> str:
    """The hash of a row in hex: SHA-256 over the hash of the row before and everything in this one."""
    text = json.dumps([previous, number, at, who, kind, body], default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def read_head(connection: sqlite3.Connection) -> AuditHead:
    """The head stored in `meta`. Raises sqlite3.Error if the file is damaged, ValueError if it is no head."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (HEAD,)).fetchone()
    rows, found = row[0].split() if row else ("0", START)
    head = AuditHead(int(rows), found)
    if (row and row[0] != str(head)) or head.rows >= _MOST_ROWS:
        raise ValueError(f"{row[0]!r} is no head")
    return head


class Trail:
    """Appends to the trail within one transaction; `close` stores the head."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._head = self._begun = read_head(connection)
        self._at = now()

    def append(self, kind: str, body: Mapping[str, Any], who: str = "", blobs: Blobs = None) -> int:
        """Chains an event, carries it out and returns its number. Raises sqlite3.Error."""
        number, text = self._head.rows + 1, json.dumps(body)
        chained = link(self._head.hash, number, self._at, who, kind, text)
        self._db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", (number, self._at, who, kind, text, chained))
        carry_out(self._db, kind, body, self._at, who, blobs)
        self._head = AuditHead(number, chained)
        return number

    def close(self) -> None:
        if self._head != self._begun:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (HEAD, str(self._head)))


def now() -> str:
    """This moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
