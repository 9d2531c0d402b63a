"""Files of older versions open after a copy was made, with all they held."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cells import MODEL, scored

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import HeatShares
from sperm_viewer.session import heat_blob
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

_VERSION_2 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE slides (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL UNIQUE,
    sort_key TEXT NOT NULL
);
CREATE TABLE crops (
    id INTEGER PRIMARY KEY,
    slide_id INTEGER NOT NULL REFERENCES slides,
    file TEXT NOT NULL,
    page INTEGER NOT NULL,
    sort_key TEXT NOT NULL,
    folded TEXT NOT NULL,
    UNIQUE (slide_id, file, page)
);
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    classes TEXT NOT NULL,
    normal_class TEXT NOT NULL,
    UNIQUE (name, sha256)
);
CREATE TABLE results (
    crop_id INTEGER NOT NULL REFERENCES crops,
    model_id INTEGER NOT NULL REFERENCES models,
    slide_id INTEGER NOT NULL REFERENCES slides,
    sha256 TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    status TEXT NOT NULL,
    class TEXT NOT NULL,
    confidence REAL,
    probabilities TEXT NOT NULL,
    flags TEXT NOT NULL,
    reason TEXT NOT NULL,
    heat BLOB,
    app_version TEXT NOT NULL,
    heat_acrosome REAL,
    heat_postacrosome REAL,
    heat_neck REAL,
    heat_outside REAL,
    PRIMARY KEY (model_id, crop_id)
) WITHOUT ROWID;
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    crop_id INTEGER NOT NULL REFERENCES crops,
    said TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX verdicts_of_crop ON verdicts (crop_id, id);
-- Counting is done many times while results arrive, and never has to look at a result itself.
CREATE INDEX results_to_count ON results (model_id, slide_id, status, class);
CREATE INDEX results_flagged ON results (model_id, slide_id) WHERE flags <> '';
CREATE INDEX crops_in_order ON crops (slide_id, sort_key, page);
"""
_SHARES = ("heat_acrosome", "heat_postacrosome", "heat_neck", "heat_outside")


def _old_session(folder: Path, version: int) -> Path:
    """A file as version 1 or 2 wrote it: one slide, two crops, one of them scored."""
    path = folder / "session.spermview"
    event = scored(CropRef("A", folder / "A" / "a.png"))
    with closing(sqlite3.connect(path)) as old:
        old.executescript(_VERSION_2)
        if version == 1:
            old.execute("DROP INDEX results_flagged")
            for column in _SHARES:
                old.execute(f"ALTER TABLE results DROP COLUMN {column}")
        old.execute("INSERT INTO slides VALUES (1, 'A', ?, 'a')", (str(folder / "A"),))
        for number, name in enumerate(("a.png", "b.png"), 1):
            old.execute("INSERT INTO crops VALUES (?, 1, ?, 0, ?, ?)", (number, name, name, name))
        old.execute(
            "INSERT INTO models VALUES (1, ?, ?, ?, 'normal')", (*_model(), '["normal", "tapered", "non-sperm"]')
        )
        old.execute("INSERT INTO meta VALUES ('model', '1')")
        result = (1, 1, 1, event.sha256, *event.size, "scored", "normal", 0.7, "[0.7, 0.2, 0.1]", "", "")
        rest = (heat_blob.pack(event.heatmap), "0.1.0", *((0.5, 0.25, 0.125, 0.125) if version == 2 else ()))
        values = (*result, *rest)
        old.execute(f"INSERT INTO results VALUES ({', '.join('?' * len(values))})", values)
        old.execute(f"PRAGMA application_id = {0x53504D56}")
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()
    return path


def _model() -> tuple[str, str]:
    return MODEL.id.name, MODEL.id.sha256


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_sessions_file_opens_after_a_copy_was_made(tmp_path: Path, version: int) -> None:
    path = _old_session(tmp_path, version)
    with Session.open(path) as session:
        (cell,) = session.all_cells()
        assert (cell.ref.path.name, cell.final_class, cell.verdict) == ("a.png", "normal", None)
        assert cell.shares == (HeatShares(0.5, 0.25, 0.125, 0.125) if version == 2 else None)
        assert session.heatmap(cell.id) is not None
        assert [ref.path.name for ref in session.pending()] == ["b.png"]
        session.record([scored(ref) for ref in session.pending()])
    assert verify(path).problems == ()
    with closing(sqlite3.connect(tmp_path / f"session.version-{version}.spermview")) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (version,)
        assert copy.execute("SELECT count(*) FROM results").fetchone() == (1,)


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = _old_session(tmp_path, 2)
    with closing(sqlite3.connect(path)) as old:
        old.execute("DROP TABLE models")
    before = path.read_bytes()
    with pytest.raises(SessionError, match="older Sperm Viewer"):
        Session.open(path)
    assert path.read_bytes() == before


def test_an_older_session_held_elsewhere_is_not_brought_up_to_date(tmp_path: Path) -> None:
    path = _old_session(tmp_path, 2)
    with pytest.raises(SessionError, match="open it in the window once"):
        Session.open(path, read_only=True)
