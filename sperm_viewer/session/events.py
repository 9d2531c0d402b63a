"""The kinds of events in a session, each with the rows it writes: the only place that writes the session's tables.

A body is JSON: names, numbers and lists. It holds the SHA-256 of heatmaps and features in place of their bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from sperm_viewer.domain.natural_order import natural_key
from sperm_viewer.session.rows import RESULT_COLUMNS, STORED_COLUMNS, encoded

Body = Mapping[str, Any]
Blobs = Mapping[str, bytes | None] | None
"""The bytes behind a body's hashes, by column; None when the trail is replayed, with the hashes in their place."""

VERDICT_COLUMNS = (
    *("id", "action", "act", "of_action", "cell_id", "reading"),
    *("class", "note", "anomalies", "how", "why", "reader"),
)
READING_COLUMNS = ("id", "kind", "reader", "share", "seed", "blind", "repeats")
AUTHORISATION_COLUMNS = ("id", "sample_id", "number", "audit_rows", "audit_hash", "figures", "app_version")
SAMPLE_DETAIL_COLUMNS = ("collected", "received", "requester")
SLIDE_DETAIL_COLUMNS = (
    *("stain", "fixation", "magnification", "objective", "um_per_px", "criteria"),
    *("scale_source", "scale_size"),
)


def carry_out(db: sqlite3.Connection, kind: str, body: Body, at: str, who: str, blobs: Blobs = None) -> None:
    """Writes the rows of an event. Raises sqlite3.Error, and KeyError if the body lacks a column."""
    _KINDS[kind](db, body, at, who, blobs)


def _sample(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    folder = None if body["folder"] is None else encoded(body["folder"])
    db.execute(
        "INSERT INTO samples (id, identifier, folder, sort_key)"
        " VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))",
        (body["id"], encoded(body["identifier"]), folder, encoded(natural_key(body["identifier"]))),
    )


def _slide(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    name = body["name"]
    db.execute(
        "INSERT INTO slides (id, sample_id, name, folder, sort_key)"
        " VALUES (?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))",
        (body["id"], body["sample_id"], encoded(name), encoded(body["folder"]), encoded(natural_key(name))),
    )


def _images(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.executemany(
        "INSERT INTO images (id, slide_id, file, page, sort_key, folded)"
        " VALUES (?, ?, CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS TEXT))",
        (
            (image, body["slide_id"], encoded(name), page, encoded(natural_key(name)), encoded(name.casefold()))
            for image, name, page in body["images"]
        ),
    )


def _cells(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.executemany(
        "UPDATE images SET width = ?, height = ?, is_field = ? WHERE id = ?",
        ((width, height, is_field, image) for image, width, height, is_field in body["sizes"]),
    )
    db.executemany(
        f"INSERT INTO cells (id, image_id, number, {', '.join(STORED_COLUMNS)})"
        f" VALUES ({', '.join('?' * (3 + len(STORED_COLUMNS)))}) ON CONFLICT (id) DO UPDATE SET"
        f" {', '.join(f'{column} = excluded.{column}' for column in STORED_COLUMNS)}",
        body["cells"],
    )


def _heads(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    for column, value in (("removed", 1), ("shown", 0)):
        db.executemany("UPDATE cells SET is_removed = ? WHERE id = ?", ((value, cell) for cell in body[column]))
    if body["act"] == "do":
        db.executemany("UPDATE cells SET outlined_by = ? WHERE id = ?", ((who, cell) for cell in body["shown"]))


def _image_kind(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute("UPDATE slides SET image_kind = ? WHERE id = ?", (body["kind"], body["slide_id"]))
    db.execute(
        "DELETE FROM results WHERE cell_id IN (SELECT cells.id FROM cells JOIN images ON images.id = image_id"
        " WHERE images.slide_id = ?)",
        (body["slide_id"],),
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
        "DELETE FROM results WHERE model_id = ? AND cell_id = ?", ((body["model_id"], cell) for cell in body["cells"])
    )


def _recounted(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.executemany(
        "UPDATE results SET status = ?, flags = ?, reason = CAST(? AS TEXT) WHERE model_id = ? AND cell_id = ?",
        ((status, flags, encoded(reason), body["model_id"], cell) for cell, status, flags, reason in body["results"]),
    )


def _verdict(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    values = [*(body[column] for column in VERDICT_COLUMNS), body["at"] or at]
    columns = ", ".join((*VERDICT_COLUMNS, "at"))
    db.execute(f"INSERT INTO verdicts ({columns}) VALUES ({', '.join('?' * len(values))})", values)
    db.execute(
        "INSERT OR REPLACE INTO current_verdicts VALUES (?, ?, ?)", (body["cell_id"], body["reading"], body["id"])
    )


def _reading(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    values = [*(body[column] for column in READING_COLUMNS), at]
    db.execute(f"INSERT INTO readings VALUES ({', '.join('?' * len(values))})", values)


def _authorised(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    values = [*(body[column] for column in AUTHORISATION_COLUMNS), who, at]
    db.execute(f"INSERT INTO authorisations VALUES ({', '.join('?' * len(values))})", values)


def _sample_details(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute(
        f"UPDATE samples SET {', '.join(f'{column} = ?' for column in SAMPLE_DETAIL_COLUMNS)} WHERE id = ?",
        [*(body[column] for column in SAMPLE_DETAIL_COLUMNS), body["sample_id"]],
    )


def _slide_details(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute(
        f"UPDATE slides SET {', '.join(f'{column} = ?' for column in SLIDE_DETAIL_COLUMNS)} WHERE id = ?",
        [*(body[column] for column in SLIDE_DETAIL_COLUMNS), body["slide_id"]],
    )


def _arranged(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    # Both in two steps: two that exchange their names would break UNIQUE in between.
    samples, slides = body["after"]["samples"], body["after"]["slides"]
    db.executemany("UPDATE samples SET identifier = char(0) || id WHERE id = ?", ((sample[0],) for sample in samples))
    db.executemany(
        "UPDATE samples SET identifier = CAST(? AS TEXT), sort_key = CAST(? AS TEXT) WHERE id = ?",
        ((encoded(name), encoded(natural_key(name)), sample) for sample, name in samples),
    )
    db.executemany("UPDATE slides SET removed = 1 WHERE id = ?", ((slide[0],) for slide in slides))
    db.executemany(
        "UPDATE slides SET sample_id = ?, name = CAST(? AS TEXT), sort_key = CAST(? AS TEXT), removed = ? WHERE id = ?",
        (
            (sample, encoded(name), encoded(natural_key(name)), removed, slide)
            for slide, sample, name, removed in slides
        ),
    )


def _moved(db: sqlite3.Connection, body: Body, at: str, who: str, blobs: Blobs) -> None:
    db.execute("UPDATE slides SET folder = CAST(? AS TEXT) WHERE id = ?", (encoded(body["folder"]), body["slide_id"]))
    # In two steps: two files that exchanged their names would break UNIQUE in between.
    for number, (image, _) in enumerate(body["files"]):
        db.execute("UPDATE images SET page = ? WHERE id = ?", (-1 - number, image))
    for image, (name, page) in body["files"]:
        db.execute(
            "UPDATE images SET file = CAST(? AS TEXT), page = ?, sort_key = CAST(? AS TEXT), folded = CAST(? AS TEXT)"
            " WHERE id = ?",
            (encoded(name), page, encoded(natural_key(name)), encoded(name.casefold()), image),
        )


_KINDS: Mapping[str, Callable[[sqlite3.Connection, Body, str, str, Blobs], None]] = {
    "sample": _sample,
    "slide": _slide,
    "images": _images,
    "cells": _cells,
    "heads": _heads,
    "image-kind": _image_kind,
    "model": _model,
    "note": _note,
    "result": _result,
    "forgotten": _forgotten,
    "recounted": _recounted,
    "verdict": _verdict,
    "reading": _reading,
    "authorised": _authorised,
    "sample-details": _sample_details,
    "slide-details": _slide_details,
    "arranged": _arranged,
    "moved": _moved,
}
