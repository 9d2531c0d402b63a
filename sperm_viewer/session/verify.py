"""`verify`: do the tables of a session match its audit trail, and is the trail complete?

SQLite checks the file and its indexes first: an index that says otherwise than its table would show other figures than
those that are compared. The chain is checked row by row, its events are carried out in an empty database in memory, and
every table is compared with that. A changed row breaks the chain; recomputing the whole chain changes the last
hash, which every report prints.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.session.audit import HEAD, START, AuditHead, AuditRow, link
from sperm_viewer.session.events import carry_out
from sperm_viewer.session.file import SessionFile, make_tables
from sperm_viewer.session.rows import RESULT_BLOBS, blob_hash, decoded

_TABLES = {
    "samples": "id",
    "slides": "id",
    "images": "id",
    "cells": "id",
    "models": "id",
    "results": "model_id, cell_id",
    "readings": "id",
    "verdicts": "id",
    "current_verdicts": "cell_id, reading",
    "authorisations": "id",
    "meta": "key",
}
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Verification:
    """The head of the trail, and the first problem found in each table as a sentence; empty if there is none."""

    head: AuditHead
    problems: tuple[str, ...]


def verify(path: Path, printed: str = "") -> Verification:
    """Checks a session file; it is only read. Raises SessionError if it can't be read as a session at all.

    `printed` is the hash at the end of a report, or its beginning: the row of that hash must still be in the trail. A
    trail that was cut off with everything that followed from its end can't be told from a younger one otherwise.
    """
    with SessionFile.open(path, read_only=True) as session:
        try:
            return _verified(session, printed.strip().rstrip("…").lower())
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise SessionError(f"{path}: this file can't be read as a session ({error}). Restore a copy.") from error


def _verified(session: SessionFile, printed: str) -> Verification:
    if not session.has_its_tables():
        # Nothing more is read: what looks like a table may be a view without an end.
        return Verification(AuditHead(0, START), ("The file's tables are not those of a session.",))
    problems = [
        f"The file is damaged, or was changed by another program: {found}."
        for (found,) in session.rows("PRAGMA integrity_check(1)")
        if found != "ok"
    ]
    try:
        head = session.audit_head()
    except SessionError:
        head = AuditHead(0, START)
        problems.append("The head of the audit trail is no head.")
    with closing(sqlite3.connect(":memory:")) as rebuilt:
        make_tables(rebuilt)
        rebuilt.text_factory = decoded
        rebuilt.isolation_level = None
        # One transaction, since each of its own would take most of the time.
        rebuilt.execute("BEGIN")
        broken = next(_broken_links(session, head, rebuilt, printed), "")
        if broken:
            problems.append(broken)
        else:
            problems += _differences(session, rebuilt)
    return Verification(head, tuple(problems))


def _broken_links(session: SessionFile, head: AuditHead, rebuilt: sqlite3.Connection, printed: str) -> Iterator[str]:
    """Checks the chain and carries it out; yields a sentence for each problem."""
    previous, number, sought = START, 0, printed
    for number, row in enumerate(_trail(session), 1):
        if row.number != number:
            yield f"Row {number} of the audit trail is missing."
        if row.hash != link(previous, row.number, row.at, row.who, row.kind, row.body):
            yield f"Row {number} of the audit trail ({row.kind}, {row.at}) was changed, or the one before it."
        previous = row.hash
        if sought and row.hash.startswith(sought):
            sought = ""
        try:
            carry_out(rebuilt, row.kind, json.loads(row.body), row.at, row.who)
        except (KeyError, TypeError, ValueError, sqlite3.Error) as error:
            yield f"Row {number} of the audit trail ({row.kind}, {row.at}) can't be carried out ({error})."
    if AuditHead(number, previous) != head:
        yield f"The audit trail ends after {number} rows, and its head says {head.rows}, or ends with another hash."
    if sought:
        yield f"No row of the audit trail has the hash {printed}: its end was cut off, or this is another session."


def _trail(session: SessionFile) -> Iterator[AuditRow]:
    # By offset, since a row of any number must be met.
    after = 0
    while rows := session.rows("SELECT * FROM audit ORDER BY number LIMIT ? OFFSET ?", (_PAGE, after)):
        yield from (AuditRow(*row) for row in rows)
        after += len(rows)


def _differences(session: SessionFile, rebuilt: sqlite3.Connection) -> Iterator[str]:
    for table, key in _TABLES.items():
        query = f"SELECT * FROM {table}{' WHERE key <> ?' if table == 'meta' else ''} ORDER BY {key}"
        values = (HEAD,) if table == "meta" else ()
        names = [row[1] for row in session.rows(f"PRAGMA table_info({table})")]
        found, expected = session.rows(query, values), rebuilt.execute(query, values).fetchall()
        for number, (one, other) in enumerate(zip_longest(found, expected), 1):
            if one is None or other is None or _hashed(names, one) != tuple(other):
                where = dict(zip(names, one or other, strict=True))
                shown = ", ".join(f"{name} {where[name]}" for name in key.split(", "))
                what = "is missing" if one is None else "was added" if other is None else "was changed"
                yield f"Row {number} of {table} ({shown}) {what}: the audit trail says otherwise."
                break


def _hashed(names: list[str], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row with the hashes of its bytes in their place, as in the trail."""
    return tuple(_blob_hash(value) if name in RESULT_BLOBS else value for name, value in zip(names, row, strict=True))


def _blob_hash(value: object) -> object:
    # A text in place of the bytes must not pass, even if it is their hash.
    return blob_hash(value) if value is None or isinstance(value, bytes) else ("no bytes", value)
