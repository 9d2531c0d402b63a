"""Session files of older versions are brought up to date when they are opened, after a copy was put beside them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sperm_viewer.session.audit import Trail
from sperm_viewer.session.rows import RESULT_BLOBS, RESULT_COLUMNS, blob_hash, decoded

_SHARES = ("heat_acrosome", "heat_postacrosome", "heat_neck", "heat_outside")


def upgrade(path: Path, version: int, make_tables: Callable[[sqlite3.Connection], None]) -> None:
    """From `version`, 1 or 2, to today's, all or nothing. Raises sqlite3.Error or OSError; the file is then as it was.

    Those versions had no audit trail: it begins with what the file held when it was brought up to date.
    """
    copy = path.with_name(f"{path.stem}.version-{version}{path.suffix}")
    partial = path.with_name(f".{path.name}.part")
    with closing(sqlite3.connect(path)) as old:
        old.text_factory = decoded
        if not copy.exists():
            unfinished = copy.with_name(f".{copy.name}.part")
            unfinished.unlink(missing_ok=True)
            with closing(sqlite3.connect(unfinished)) as target:
                old.backup(target)
            unfinished.replace(copy)
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial)) as new:
            make_tables(new)
            new.isolation_level = None
            new.execute("BEGIN")
            trail = Trail(new)
            _tell(old, trail)
            trail.close()
            new.execute("COMMIT")
        # Nothing may be left in the old file's log, which would be taken for the new one's.
        old.execute("PRAGMA journal_mode = DELETE")
    partial.replace(path)


def _tell(old: sqlite3.Connection, trail: Trail) -> None:
    old.row_factory = sqlite3.Row
    for row in old.execute("SELECT * FROM slides ORDER BY id"):
        trail.append("slide", _some(row, ("id", "name", "folder")))
        crops = old.execute("SELECT id, file, page FROM crops WHERE slide_id = ? ORDER BY id", (row["id"],))
        trail.append("crops", {"slide_id": row["id"], "crops": [tuple(crop) for crop in crops]})
    for row in old.execute("SELECT * FROM models ORDER BY id"):
        trail.append("model", _some(row, ("id", "name", "sha256", "classes", "normal_class")))
    for row in old.execute("SELECT * FROM meta ORDER BY key"):
        trail.append("note", _some(row, ("key", "value")))
    for row in old.execute("SELECT * FROM results ORDER BY model_id, crop_id"):
        blobs = {"heat": row["heat"], "features": None}
        known = [name for name in RESULT_COLUMNS if name not in RESULT_BLOBS and name in row.keys()]  # noqa: SIM118
        body = dict.fromkeys(_SHARES) | _some(row, known) | {name: blob_hash(blob) for name, blob in blobs.items()}
        trail.append("result", body, blobs=blobs)


def _some(row: sqlite3.Row, names: tuple[str, ...] | list[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}
