"""Session files of older versions are brought up to date when they are opened, after a copy was put beside them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

VERSION = 2
_STEPS = {
    1: "".join(
        f"ALTER TABLE results ADD COLUMN heat_{part} REAL;" for part in ("acrosome", "postacrosome", "neck", "outside")
    )
    + "CREATE INDEX results_flagged ON results (model_id, slide_id) WHERE flags <> '';",
}
"""What leads from a version to the next."""


def upgrade(path: Path, connection: sqlite3.Connection, version: int) -> None:
    """From `version` to `VERSION`, all or nothing. Raises sqlite3.Error or OSError; the file is then as it was."""
    copy = path.with_name(f"{path.stem}.version-{version}{path.suffix}")
    if not copy.exists():
        partial = copy.with_name(f".{copy.name}.part")
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial)) as target:
            connection.backup(target)
        partial.replace(copy)
    steps = "".join(_STEPS[number] for number in range(version, VERSION))
    connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
