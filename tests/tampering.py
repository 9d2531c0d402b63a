"""Changes a session's file behind the app's back, in one of many ways."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

_TABLES = (
    *("samples", "slides", "images", "cells", "models", "results"),
    *("readings", "verdicts", "current_verdicts", "meta", "audit"),
)


def tamper(path: Path, chance: random.Random) -> str:
    """Edits, removes, adds or swaps rows of one table, so that something differs; returns what it did."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        before = _content(db)
        while True:
            table = chance.choice(_TABLES)
            way = chance.choice((_edit, _remove, _add, _swap))
            try:
                what = way(db, table, chance)
            except sqlite3.IntegrityError:
                db.rollback()
                continue
            if _content(db) != before:
                db.commit()
                return f"{way.__name__} {table}: {what}"
            db.rollback()


def _content(db: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    return [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in _TABLES]


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def _some_row(db: sqlite3.Connection, table: str, chance: random.Random) -> dict[str, object]:
    rows = db.execute(f"SELECT * FROM {table}").fetchall()
    return dict(zip(_columns(db, table), chance.choice(rows), strict=True))


def _where(row: dict[str, object]) -> tuple[str, list[object]]:
    return " AND ".join(f"{name} IS ?" for name in row), list(row.values())


def _edit(db: sqlite3.Connection, table: str, chance: random.Random) -> str:
    row = _some_row(db, table, chance)
    column = chance.choice(list(row))
    where, values = _where(row)
    db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", [_other(row[column], chance), *values])
    return f"{column} of {row}"


def _other(value: object, chance: random.Random) -> object:
    if isinstance(value, str):
        place = chance.randrange(len(value) + 1)
        return value[:place] + chance.choice("0aZ ") + value[place + chance.randrange(2) :]
    if isinstance(value, bytes):
        place = chance.randrange(len(value))
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
    if isinstance(value, int | float):
        return value + chance.choice((1, -1, 100))
    return chance.choice((1, "x"))


def _remove(db: sqlite3.Connection, table: str, chance: random.Random) -> str:
    row = _some_row(db, table, chance)
    where, values = _where(row)
    db.execute(f"DELETE FROM {table} WHERE {where}", values)
    return str(row)


def _add(db: sqlite3.Connection, table: str, chance: random.Random) -> str:
    row = _some_row(db, table, chance)
    key = next(iter(row))
    row[key] = _other(row[key], chance)
    names = ", ".join(row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    return str(row)


def _swap(db: sqlite3.Connection, table: str, chance: random.Random) -> str:
    """Two rows change their keys with each other."""
    one, other = _some_row(db, table, chance), _some_row(db, table, chance)
    key = next(iter(one))
    where_one, values_one = _where(one)
    where_other, values_other = _where(other)
    away = -1 if isinstance(one[key], int) else "away"
    db.execute(f"UPDATE {table} SET {key} = ? WHERE {where_one}", [away, *values_one])
    db.execute(f"UPDATE {table} SET {key} = ? WHERE {where_other}", [one[key], *values_other])
    moved_where, moved_values = _where({**one, key: away})
    db.execute(f"UPDATE {table} SET {key} = ? WHERE {moved_where}", [other[key], *moved_values])
    return f"{one} and {other}"
