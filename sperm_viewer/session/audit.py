"""The audit trail of a session: what was written, row by row, each chained by SHA-256 to the one before.

The trail comes first: what happened is put into words, chained, and then carried out by `session_events.carry_out`,
which is also what `verify` does with the whole trail in an empty file to see whether the tables say the same.
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
"""Where `meta` keeps the number of rows and the last hash, apart from the trail itself."""
START = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of a trail: how many rows it has, and the last one's hash in hex. A report prints it."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """`at` is UTC, ISO 8601; `who` is a reviewer's name, or empty where the app did it; `body` is JSON."""

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
    """The head as `meta` has it. Raises sqlite3.Error where the file is damaged."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (HEAD,)).fetchone()
    rows, found = row[0].split() if row else ("0", START)
    return AuditHead(int(rows), found)


class Trail:
    """Appends to the trail within one transaction; `close` stores the head."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._head = self._begun = read_head(connection)
        self._at = now()

    def append(self, kind: str, body: Mapping[str, Any], who: str = "", blobs: Blobs = None) -> None:
        """Chains what happened, and carries it out. Raises sqlite3.Error."""
        number, text = self._head.rows + 1, json.dumps(body)
        chained = link(self._head.hash, number, self._at, who, kind, text)
        self._db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", (number, self._at, who, kind, text, chained))
        carry_out(self._db, kind, body, self._at, who, blobs)
        self._head = AuditHead(number, chained)

    def close(self) -> None:
        if self._head != self._begun:
            value = f"{self._head.rows} {self._head.hash}"
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (HEAD, value))


def now() -> str:
    """This moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
