"""`verify`: does a session's file say what its audit trail says, and is the trail whole?

The chain is walked row by row; what it says is carried out in an empty file in memory, and every table is compared
with that. Whoever changes a row without working out the whole chain anew is found; whoever does that too changes the
head's hash, which every report prints.
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
    "slides": "id",
    "crops": "id",
    "models": "id",
    "results": "model_id, crop_id",
    "verdicts": "id",
    "standing": "crop_id, reading",
    "meta": "key",
}
_BEFORE_ALL = -(1 << 63)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: the head of the trail, and the first problem of each place in words; none where all is well."""

    head: AuditHead
    problems: tuple[str, ...]


def verify(path: Path) -> Verification:
    """Checks a session file, which is only read. Raises SessionError where it can't be read as a session at all."""
    with SessionFile.open(path, read_only=True) as session:
        try:
            return _verified(session)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise SessionError(f"{path}: this file can't be read as a session ({error}). Restore a copy.") from error


def _verified(session: SessionFile) -> Verification:
    problems: list[str] = []
    try:
        head = session.audit_head()
    except ValueError:
        head = AuditHead(0, START)
        problems.append("The head of the audit trail is no head.")
    with closing(sqlite3.connect(":memory:")) as rebuilt:
        make_tables(rebuilt)
        rebuilt.text_factory = decoded
        rebuilt.isolation_level = None
        # One transaction, since each of its own would take most of the time.
        rebuilt.execute("BEGIN")
        broken = next(_broken_links(session, head, rebuilt), "")
        if broken:
            problems.append(broken)
        else:
            problems += _differences(session, rebuilt)
    return Verification(head, tuple(problems))


def _broken_links(session: SessionFile, head: AuditHead, rebuilt: sqlite3.Connection) -> Iterator[str]:
    """Walks the chain and carries it out; yields what is wrong with it."""
    previous, number = START, 0
    for number, row in enumerate(_trail(session), 1):
        if row.number != number:
            yield f"Row {number} of the audit trail is missing."
        if row.hash != link(previous, row.number, row.at, row.who, row.kind, row.body):
            yield f"Row {number} of the audit trail ({row.kind}, {row.at}) was changed, or the one before it."
        previous = row.hash
        try:
            carry_out(rebuilt, row.kind, json.loads(row.body), row.at, row.who)
        except (KeyError, TypeError, ValueError, sqlite3.Error) as error:
            yield f"Row {number} of the audit trail ({row.kind}, {row.at}) can't be carried out ({error})."
    if AuditHead(number, previous) != head:
        yield f"The audit trail ends after {number} rows, and its head says {head.rows}, or ends with another hash."


def _trail(session: SessionFile) -> Iterator[AuditRow]:
    last = _BEFORE_ALL
    while rows := session.rows("SELECT * FROM audit WHERE number > ? ORDER BY number LIMIT 1000", (last,)):
        yield from (AuditRow(*row) for row in rows)
        last = rows[-1][0]


def _differences(session: SessionFile, rebuilt: sqlite3.Connection) -> Iterator[str]:
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    if session.rows(schema) != rebuilt.execute(schema).fetchall():
        yield "The file's tables are not those of a session."
        return
    for table, key in _TABLES.items():
        query = f"SELECT * FROM {table}{' WHERE key <> ?' if table == 'meta' else ''} ORDER BY {key}"
        values = (HEAD,) if table == "meta" else ()
        names = [row[1] for row in session.rows(f"PRAGMA table_info({table})")]
        found, said = session.rows(query, values), rebuilt.execute(query, values).fetchall()
        for number, (one, other) in enumerate(zip_longest(found, said), 1):
            if one is None or other is None or _hashed(names, one) != tuple(other):
                where = dict(zip(names, one or other, strict=True))
                shown = ", ".join(f"{name} {where[name]}" for name in key.split(", "))
                what = "is missing" if one is None else "was added" if other is None else "was changed"
                yield f"Row {number} of {table} ({shown}) {what}: the audit trail says otherwise."
                break


def _hashed(names: list[str], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row with the hashes of its bytes in their place, as the trail has them."""
    return tuple(_blob_hash(value) if name in RESULT_BLOBS else value for name, value in zip(names, row, strict=True))


def _blob_hash(value: object) -> object:
    # The hash itself, written in the place of the bytes, must not pass for them.
    return blob_hash(value) if value is None or isinstance(value, bytes) else ("no bytes", value)
