"""Session files that were damaged or made up, given to every command: each is opened or refused in words."""

from __future__ import annotations

import contextlib
import io
import os
import random
import sqlite3
import struct
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from cells import failed, scored, session_with
from tampering import tamper
from torture.bench import Case, Limits, Part

from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.audit import link
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review

OPENED, REFUSED = "opened", "refused"
_PAGE = 4096
_COMMANDS = (
    ["verify", "{}"],
    ["report", "{}", "--format", "csv", "--out", "{}.csv"],
    ["report", "{}", "--format", "html", "--out", "{}.html"],
    ["report", "{}", "--format", "xlsx", "--out", "{}.xlsx"],
    ["samples", "{}", "--csv", "{}.list.csv"],
    ["plan", "{}"],
    ["authorise", "{}", "--sample", "A-017", "--by", "Ada"],
)


def give_to_every_command(case: Case) -> tuple[str, str]:
    """Runs each command on the session in this process; refused if one of them said no."""
    from sperm_viewer.cli import run_command

    ended = REFUSED
    for command in _COMMANDS:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run_command([word.format(case.path) for word in command])
        if code not in (0, 1):
            return "exit code", f"{command[0]}: {code}"
        ended = OPENED if code == 0 and command[0] != "verify" else ended
    return _reviewed(case.path, ended)


def _reviewed(path: Path, ended: str) -> tuple[str, str]:
    """Opens it for writing, as the window does, and gives a verdict."""
    from sperm_viewer.domain.errors import SpermViewerError
    from sperm_viewer.session.session import Session

    try:
        with Session.open(path) as session:
            cells = session.cells(session.cell_ids())
            session.slides()
            Review(session).decide({cells[0].id: Decision("normal")} if cells else {}, "Ada")
    except SpermViewerError:
        return ended, ""
    return OPENED, ""


@cache
def whole() -> bytes:
    """A session with results, failures, verdicts, readings and an authorised report."""
    with tempfile.TemporaryDirectory() as place:
        session, refs = session_with(Path(place), [f"{number}.png" for number in range(40)])
        with session:
            events = [
                scored(ref, flags=frozenset({Flag.UNCERTAIN}), reason="Not sure.") if n % 5 == 0 else scored(ref)
                for n, ref in enumerate(refs[:-2])
            ]
            ids = session.record([*events, failed(refs[-2])])
            review = Review(session)
            for cell in ids[:20]:
                review.decide({cell: Decision("tapered", "a note")}, "Ada")
            review.undo("Ada")
            second = begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo"))
            for cell in ids[:9]:
                Review(session, second.id).decide({cell: Decision("normal")}, "Bo")
        return session.path.read_bytes()


def make_mutation(seed: int, number: int, folder: Path) -> Case:
    """A session whose bytes or rows were changed."""
    chance = random.Random(f"{seed} {number}")
    path = folder / "session.spermview"
    way = chance.choice((*_BYTE_WAYS, "rows", "rows", "wild", "wild", "wild"))
    if way in _BYTE_WAYS:
        content = bytearray(whole())
        _BYTE_WAYS[way](content, chance)
        path.write_bytes(content)
        return Case("bytes", way, path)
    path.write_bytes(whole())
    if way == "rows":
        done = []
        # Of a table that the first change emptied there is no row for the second.
        with contextlib.suppress(IndexError):
            done += [tamper(path, chance)[:60] for _ in range(chance.randint(1, 3))]
        return Case("rows", "; ".join(done), path)
    return Case("wild values", "; ".join(_wild(path, chance) for _ in range(chance.randint(1, 2))), path)


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 60)):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _overwrite(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    size = chance.randint(1, 500)
    content[start : start + size] = chance.randbytes(size)


def _header(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        content[chance.randrange(16, 108)] = chance.choice((0, 1, 2, 3, 127, 128, 255))


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def _page(content: bytearray, chance: random.Random) -> None:
    pages = len(content) // _PAGE
    one, other = chance.randrange(1, pages), chance.randrange(pages)
    content[one * _PAGE : (one + 1) * _PAGE] = content[other * _PAGE : (other + 1) * _PAGE]


def _empty_page(content: bytearray, chance: random.Random) -> None:
    page = chance.randrange(len(content) // _PAGE)
    content[page * _PAGE : (page + 1) * _PAGE] = bytes(_PAGE)


_BYTE_WAYS: dict[str, Callable[[bytearray, random.Random], None]] = {
    "flip": _flip,
    "overwrite": _overwrite,
    "header": _header,
    "cut": _cut,
    "page": _page,
    "empty page": _empty_page,
}
_WILD: tuple[object, ...] = (
    *("", "x", "[]", "{}", "null", "[1]", '["a"]', "[NaN]", "9" * 400, "\0", "../../x", "\\\\server\\share\\a.png"),
    *("[" * 5000, "é" * 10_000, b"", b"\xff\xfe", b"x" * 100, b"\xff" * 200, struct.pack("<HH", 60_000, 60_000) * 30),
    *(0, -1, 1, 2**31, 2**62, -(2**63), 1e308, float("inf"), -0.5, "/dev/zero", "\ud800", "\x1b[2J"),
)
_TABLES = (
    *("samples", "slides", "images", "cells", "models", "results", "readings", "verdicts", "current_verdicts"),
    *("authorisations", "meta", "audit"),
)


def _wild(path: Path, chance: random.Random) -> str:
    with closing(sqlite3.connect(path)) as db:
        while True:
            table = chance.choice(_TABLES)
            column = chance.choice([row[1] for row in db.execute(f"PRAGMA table_info({table})")])
            value = chance.choice(_WILD)
            if set_value(db, table, column, value, everywhere=chance.random() < 0.5):
                return f"{table}.{column} = {str(value)[:20]!r}"


def set_value(db: sqlite3.Connection, table: str, column: str, value: object, everywhere: bool = True) -> bool:
    """Puts a value into a column; False if the file's own rules don't allow it, or if there is no row."""
    said = f"CAST(? AS {'TEXT' if isinstance(value, str) else 'BLOB'})" if isinstance(value, str | bytes) else "?"
    stored = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    one = "" if everywhere else f" WHERE {column} = (SELECT {column} FROM {table} LIMIT 1)"
    try:
        changed = db.execute(f"UPDATE OR IGNORE {table} SET {column} = {said}{one}", (stored,)).rowcount
    except sqlite3.Error:
        db.rollback()
        return False
    db.commit()
    return changed > 0


def rechain(db: sqlite3.Connection) -> None:
    """Works out the whole chain anew, as somebody would who hides a change."""
    previous, number = "0" * 64, 0
    for number, at, who, kind, body in db.execute("SELECT number, at, who, kind, body FROM audit").fetchall():
        previous = link(previous, number, at, who, kind, body)
        db.execute("UPDATE audit SET hash = ? WHERE number = ?", (previous, number))
    db.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (f"{number} {previous}",))
    db.commit()


def _sql(*statements: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            for statement in statements:
                db.executescript(statement)
            db.commit()

    return change


def _in_both(table: str, column: str, value: object) -> Callable[[Path], None]:
    """A value in a table and in the trail, with the chain worked out anew."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            set_value(db, table, column, value)
            kind = {"results": "result", "verdicts": "verdict", "models": "model", "images": "images"}[table]
            stored = value.decode("latin-1") if isinstance(value, bytes) else value
            db.execute("UPDATE audit SET body = json_set(body, ?, ?) WHERE kind = ?", (f"$.{column}", stored, kind))
            rechain(db)

    return change


_ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT"
_RESULTS = "cell_id, model_id, slide_id, sha256, status, class, confidence, probabilities, flags, reason, heat"


def _replaced(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _beside(path: Path, ending: str, content: bytes) -> None:
    path.with_name(path.name + ending).write_bytes(content)


CRAFTED: dict[str, Callable[[Path], None]] = {
    "an endless view in the place of counted": _sql(
        f"DROP VIEW counted; CREATE VIEW counted AS {_ENDLESS} x AS cell_id FROM n"
    ),
    "an endless view in the place of audit": _sql(
        f"DROP TABLE audit; CREATE VIEW audit AS {_ENDLESS} x AS number, '' AS at, '' AS who, '' AS kind, '{{}}' AS"
        " body, '' AS hash FROM n"
    ),
    "an endless view in the place of meta": _sql(
        f"DROP TABLE meta; CREATE VIEW meta AS {_ENDLESS} 'model' AS key, x AS value FROM n"
    ),
    "an endless view in the place of slides": _sql(
        f"ALTER TABLE slides RENAME TO s; CREATE VIEW slides AS {_ENDLESS} x AS id, 1 AS removed FROM n"
    ),
    "a view of results that says normal": _sql(
        f"ALTER TABLE results RENAME TO r; CREATE VIEW results AS SELECT {_RESULTS} FROM r"
    ),
    "a trigger that deletes": _sql("CREATE TRIGGER t AFTER INSERT ON verdicts BEGIN DELETE FROM verdicts; END"),
    "a trigger without an end": _sql(
        f"CREATE TRIGGER t AFTER INSERT ON audit BEGIN INSERT INTO meta {_ENDLESS} x, x FROM n; END"
    ),
    "a table too many": _sql("CREATE TABLE more (x)"),
    "a table too few": _sql("DROP TABLE readings"),
    "a column too many": _sql("ALTER TABLE results ADD COLUMN more"),
    "a column too few": _sql("ALTER TABLE samples DROP COLUMN requester"),
    "an index too few": _sql("DROP INDEX results_to_count"),
    "no rows at all": _sql(*(f"DELETE FROM {table}" for table in reversed(_TABLES))),
    "no results": _sql("DELETE FROM results"),
    "no samples": _sql("PRAGMA foreign_keys = OFF; DELETE FROM samples"),
    "no models": _sql("PRAGMA foreign_keys = OFF; DELETE FROM models"),
    "no images": _sql("PRAGMA foreign_keys = OFF; DELETE FROM images"),
    "no verdicts": _sql("PRAGMA foreign_keys = OFF; DELETE FROM verdicts"),
    "no head": _sql("DELETE FROM meta WHERE key = 'audit_head'"),
    "a head that is none": _sql("UPDATE meta SET value = 'x' WHERE key = 'audit_head'"),
    "a head of another length": _sql("UPDATE meta SET value = '99999999999999999999 ab' WHERE key = 'audit_head'"),
    "a model that isn't there": _sql("UPDATE meta SET value = '77' WHERE key = 'model'"),
    "a model that is no number": _sql("UPDATE meta SET value = 'smids' WHERE key = 'model'"),
    "a trail whose bodies are no JSON": _sql("UPDATE audit SET body = '{'"),
    "a trail of another kind": _sql("UPDATE audit SET kind = 'wish'"),
    "a trail with numbers far apart": _sql("UPDATE audit SET number = number * 1000000000000"),
    "a version of the future": _sql("PRAGMA user_version = 99"),
    "a version of the past": _sql("PRAGMA user_version = 1"),
    "a negative version": _sql("PRAGMA user_version = -5"),
    "another program's mark": _sql("PRAGMA application_id = 7"),
    "a schema that can't be parsed": _sql(
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE VIEW counted AS SELEKT' WHERE name ="
        " 'counted'"
    ),
    "a table of a root page that isn't there": _sql(
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 9999 WHERE name = 'results'"
    ),
    "two tables on one page": _sql(
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE"
        " name = 'slides') WHERE name = 'samples'"
    ),
    **{
        f"{table}.{column} = {str(value)[:12]!r}, everywhere and in the trail": _in_both(table, column, value)
        for table, column, value in (
            *(("results", "status", "wish"), ("results", "probabilities", "wish"), ("results", "probabilities", "[]")),
            *(("results", "probabilities", "[0.5, 0.5, NaN]"), ("results", "flags", "wish"), ("results", "class", "x")),
            *(("results", "unfamiliar_in", "wish"), ("results", "heat", b"short"), ("results", "features", b"odd")),
            *(("verdicts", "how", "wish"), ("verdicts", "why", "wish"), ("verdicts", "anomalies", "wish")),
            *(("verdicts", "class", "wish"), ("models", "classes", "wish"), ("models", "classes", "[]")),
            *(("models", "classes", "7"), ("models", "normal_class", "wish")),
        )
    },
    "an empty file": lambda path: _replaced(path, b""),
    "the first page alone": lambda path: _replaced(path, whole()[:_PAGE]),
    "a text": lambda path: _replaced(path, b"not a session " * 400),
    "a pipe": _pipe,
    "a link to a device": lambda path: _link(path, "/dev/zero"),
    "a link to itself": lambda path: _link(path, "session.spermview"),
    "a folder": _folder,
    "a log of noise beside it": lambda path: _beside(path, "-wal", b"\x37\x7f\x06\x82" + bytes(9000)),
    "a journal of noise beside it": lambda path: _beside(path, "-journal", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" * 800),
    "shared memory of noise beside it": lambda path: _beside(path, "-shm", b"\xff" * 32_768),
    "in another encoding": lambda path: _replaced(path, _recoded(path)),
}


def _recoded(path: Path) -> bytes:
    other = path.with_name("other")
    with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(other)) as to:
        to.execute("PRAGMA encoding = 'UTF-16le'")
        to.executescript("\n".join(db.iterdump()))
        to.executescript(f"PRAGMA application_id = {0x53504D56}; PRAGMA user_version = 5")
    content = other.read_bytes()
    other.unlink()
    return content


def make_crafted(seed: int, number: int, folder: Path) -> Case:
    """Crafted session `number`."""
    name = list(CRAFTED)[number % len(CRAFTED)]
    path = folder / "session.spermview"
    path.write_bytes(whole())
    with contextlib.suppress(sqlite3.Error):
        CRAFTED[name](path)
    return Case("crafted", name, path)


_LIMITS = Limits(seconds=20.0)
MUTATED = Part("sessions", 1000, make_mutation, give_to_every_command, (OPENED, REFUSED), _LIMITS)
MADE_UP = Part("crafted sessions", len(CRAFTED), make_crafted, give_to_every_command, (OPENED, REFUSED), _LIMITS)
