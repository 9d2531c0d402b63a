"""What can happen to a session, each kind with the rows it makes: the only place that writes the session's tables.

A body is JSON: names, numbers and lists. The bytes of heatmaps and features are not in it, their SHA-256 is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from sperm_viewer.domain.natural_order import natural_key
from sperm_viewer.session.rows import RESULT_COLUMNS, encoded

Body = Mapping[str, Any]
Blobs = Mapping[str, bytes | None] | None
"""The bytes behind a body's hashes, by column; None when the trail is replayed, and the hash stands for them."""

VERDICT_COLUMNS = ("id", "action", "act", "of_action", "crop_id", "reading", "said", "note", "anomalies")
DETAIL_COLUMNS = ("identifier", "date", "stain", "magnification", "um_per_px", "replicate_of")


def carry_out(db: sqlite3.Connection, kind: str, body: Body, at: str, who: str, blobs: Blobs = None) -> None:
    """Writes what a row of the trail says. Raises sqlite3.Error, and KeyError where the row makes no sense."""
    _KINDS[kind](db, body, at, who, blobs)


def _slide(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute(
        "INSERT INTO slides (id, name, folder, sort_key) VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))",
        (body["id"], encoded(body["name"]), encoded(body["folder"]), encoded(natural_key(body["name"]))),
    )


def _crops(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.executemany(
        "INSERT INTO crops (id, slide_id, file, page, sort_key, folded)"
        " VALUES (?, ?, CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS TEXT))",
        (
            (crop, body["slide_id"], encoded(name), page, encoded(natural_key(name)), encoded(name.casefold()))
            for crop, name, page in body["crops"]
        ),
    )


def _model(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    columns = ("id", "name", "sha256", "classes", "normal_class")
    db.execute("INSERT INTO models VALUES (?, ?, ?, ?, ?)", [body[column] for column in columns])


def _note(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (body["key"], body["value"]))


def _result(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    values = [body[column] if blobs is None else {**body, **blobs}[column] for column in RESULT_COLUMNS]
    db.execute(
        f"INSERT OR REPLACE INTO results ({', '.join(RESULT_COLUMNS)}) VALUES ({', '.join('?' * len(values))})", values
    )


def _forgotten(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.executemany(
        "DELETE FROM results WHERE model_id = ? AND crop_id = ?", ((body["model_id"], crop) for crop in body["crops"])
    )


def _verdict(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    values = [*(body[column] for column in VERDICT_COLUMNS), who, at]
    columns = ", ".join((*VERDICT_COLUMNS, "reviewer", "at"))
    db.execute(f"INSERT INTO verdicts ({columns}) VALUES ({', '.join('?' * len(values))})", values)
    db.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?)", (body["crop_id"], body["reading"], body["id"]))


def _details(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute(
        f"UPDATE slides SET {', '.join(f'{column} = ?' for column in DETAIL_COLUMNS)} WHERE id = ?",
        [*(body[column] for column in DETAIL_COLUMNS), body["slide_id"]],
    )


def _moved(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute("UPDATE slides SET folder = CAST(? AS TEXT) WHERE id = ?", (encoded(body["folder"]), body["slide_id"]))
    # Two steps, so that two files that changed names with each other are no conflict on the way.
    for number, (crop, _) in enumerate(body["files"]):
        db.execute("UPDATE crops SET page = ? WHERE id = ?", (-1 - number, crop))
    for crop, (name, page) in body["files"]:
        db.execute(
            "UPDATE crops SET file = CAST(? AS TEXT), page = ?, sort_key = CAST(? AS TEXT), folded = CAST(? AS TEXT)"
            " WHERE id = ?",
            (encoded(name), page, encoded(natural_key(name)), encoded(name.casefold()), crop),
        )


_KINDS: Mapping[str, Callable[[sqlite3.Connection, Body, str, str, Blobs], None]] = {
    "slide": _slide,
    "crops": _crops,
    "model": _model,
    "note": _note,
    "result": _result,
    "forgotten": _forgotten,
    "verdict": _verdict,
    "slide-details": _details,
    "moved": _moved,
}
