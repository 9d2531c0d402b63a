"""Each error of a session, with its message."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from cells import MODEL, scored, session_with
from fake_failures import fails_with

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session import file as session_file
from sperm_viewer.session import verify as verifying
from sperm_viewer.session.arrange import Arrangement
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.readings import FIRST, begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.verify import verify


def _noise(folder: Path) -> Path:
    (folder / "s.spermview").write_bytes(b"not a session " * 400)
    return folder / "s.spermview"


def _other_database(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "s.spermview")) as other:
        other.execute("CREATE TABLE x (y)")
    return folder / "s.spermview"


def _of_version(version: int, folder: Path) -> Path:
    Session.create(folder / "s.spermview").close()
    with closing(sqlite3.connect(folder / "s.spermview")) as changed:
        changed.execute(f"PRAGMA user_version = {version}")
    return folder / "s.spermview"


def _with_an_endless_view(folder: Path) -> Path:
    Session.create(folder / "s.spermview").close()
    with closing(sqlite3.connect(folder / "s.spermview")) as changed:
        changed.execute("DROP VIEW counted")
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS cell_id FROM n"
        changed.execute(f"CREATE VIEW counted AS {endless}")
    return folder / "s.spermview"


def _of_an_older_version(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "s.spermview")) as older:
        older.execute(f"PRAGMA application_id = {session_file.APPLICATION}")
        older.execute("PRAGMA user_version = 1")
    return folder / "s.spermview"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda folder: folder / "s.spermview", r"s\.spermview: there is no such session file\. It was moved"),
        (_noise, r"s\.spermview: this file can't be read as a session \(.+\)\. Restore it from a copy"),
        (_other_database, r"s\.spermview: this is not a Sperm Viewer session\. Choose another file\.$"),
        (
            partial(_of_version, session_file.VERSION + 1),
            r"s\.spermview: made by a newer Sperm Viewer\. Update the app",
        ),
        (
            _with_an_endless_view,
            r"s\.spermview: the tables of .* changed by another program\. Restore it from a copy\.$",
        ),
        (_of_an_older_version, r"s\.spermview: made by an older .*\. Score the images again\.$"),
        (
            partial(_of_version, session_file.VERSION - 1),
            r"s\.spermview: this file claims that an older .* are those of this version\. .* Restore it from a copy\.$",
        ),
    ],
)
def test_a_file_that_can_not_be_opened_is_refused(made: Callable[[Path], Path], message: str, tmp_path: Path) -> None:
    with pytest.raises(SpermViewerError, match=message):
        Session.open(made(tmp_path))


@pytest.mark.parametrize(
    ("below", "message"),
    [
        ("file/s.spermview", r"s\.spermview: can't create the session here \(.+\)\. Choose another folder\.$"),
        ("file", r"file: there is a session already\. Open it, or choose another name\.$"),
    ],
)
def test_a_session_that_can_not_be_created_is_an_error(below: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpermViewerError, match=message):
        Session.create(tmp_path / below)


def test_a_damaged_session_can_not_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Session.create(tmp_path / "s.spermview").close()
    monkeypatch.setattr(verifying, "_verified", fails_with(sqlite3.DatabaseError("malformed")))
    with pytest.raises(SpermViewerError, match=r"s\.spermview: this file can't be read .*malformed\)\. Restore a copy"):
        verify(tmp_path / "s.spermview")


def _by_another_model(session: Session) -> None:
    other = SessionModel(ModelId("other", "ef" * 32), MODEL.classes, MODEL.normal_class)
    session.record([scored(next(iter(session.all_cells())).ref, model=other)])


def _of_no_slide(session: Session) -> None:
    session.record([scored(ImageRef("A-017", session.path.parent / "A-017" / "c.png"))])


def _two_slides_of_one_name(session: Session) -> None:
    session.add_slide("A-018", session.path.parent / "A-018", [], SampleOrigin("A-017"))
    Arrangement(session).rename_slide(2, "A-017", "Ada")


def _two_samples_of_one_name(session: Session) -> None:
    session.add_slide("A-018", session.path.parent / "A-018", [])
    Arrangement(session).rename_sample(2, "A-017", "Ada")


def _without_an_identifier(session: Session) -> None:
    Arrangement(session).rename_sample(1, " ", "Ada")


def _into_the_folder_of_another_slide(session: Session) -> None:
    session.move_slide(session.add_slide("A-018", session.path.parent / "A-018", []), session.path.parent / "A-017", [])


def _without_a_name(session: Session) -> None:
    Review(session).decide({session.cell_ids()[0]: Decision("normal")}, " ")


def _second_reading_by_the_first_reader(session: Session) -> None:
    Review(session).decide({session.cell_ids()[0]: Decision("normal")}, "Ada")
    begin_reading(session, NewReading(ReadingKind.FURTHER, "Ada"))


def _first_reading_by_the_second_reader(session: Session) -> None:
    cell, second = session.cell_ids()[0], begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo"))
    Review(session, second.id).decide({cell: Decision("normal")}, "Bo")
    Review(session, FIRST).decide({cell: Decision("normal")}, "Bo")


def _repeat_of_nothing(session: Session) -> None:
    begin_reading(session, NewReading(ReadingKind.REPEAT, "Ada"))


def _adjudication_of_nothing(session: Session) -> None:
    begin_reading(session, NewReading(ReadingKind.ADJUDICATION, "Ada"))


def _copied_to_nowhere(session: Session) -> None:
    session.copy_to(session.path.parent / "none" / "copy.spermview")


def _written_when_read_only(session: Session) -> None:
    with Session.open(session.path, read_only=True) as reader:
        reader.set_note("key", "value")


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (_by_another_model, r": these results are of another model .*\. Score again\.$"),
        (_of_no_slide, r"c\.png is .*\. Add its slide first\.$"),
        (_two_slides_of_one_name, r": sample 'A-017' would have two slides named 'A-017'\. Give one of them another"),
        (_two_samples_of_one_name, r": there is a sample 'A-017' already\. Move the slides to it, or choose another"),
        (_without_an_identifier, r": a sample and a slide need a name\. Type one\.$"),
        (_into_the_folder_of_another_slide, r"A-017 is .*another slide.*\. Choose another\.$"),
        (_without_a_name, r": a verdict needs a reader's name\."),
        (_second_reading_by_the_first_reader, r": Ada is the first reader already, .*\. Let another person read, or"),
        (_first_reading_by_the_second_reader, r": Bo read this cell as the second reader, .*\. Let another person dec"),
        (_repeat_of_nothing, r": Ada has read no cell yet, .*\. Read first\.$"),
        (_adjudication_of_nothing, r": there is nothing to read, since no two readers differ"),
        (_copied_to_nowhere, r"copy\.spermview: can't write the copy here \(.+\)\. Choose another folder\.$"),
        (_written_when_read_only, r": can't .*read-only\. Close it elsewhere, or copy it"),
    ],
)
def test_a_write_that_is_not_allowed_is_refused(cause: Callable[[Session], None], message: str, tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png"])
    with session:
        session.record([scored(ref) for ref in refs])
        with pytest.raises(SpermViewerError, match=message):
            cause(session)


def test_a_full_disk_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = session_with(tmp_path, ["a.png"])
    monkeypatch.setattr(session_file, "Trail", fails_with(sqlite3.OperationalError("database or disk is full")))
    with (
        session,
        pytest.raises(SpermViewerError, match=r"session\.spermview: can't .*disk is full\)\. Check that the disk"),
    ):
        session.set_note("key", "value")


def test_a_session_that_another_machine_holds_is_refused(tmp_path: Path) -> None:
    beat = "9999-01-01T00:00:00+00:00"
    holder = {"user": "ada", "host": "microscope-pc", "since": beat, "beat": beat}
    (tmp_path / ".s.spermview.holder").write_text(json.dumps(holder))
    with (
        pytest.raises(SpermViewerError, match=r"s\.spermview: another Sperm Viewer \(ada on microscope-pc.*or choose"),
        sole_writer(tmp_path / "s.spermview"),
    ):
        pass


def test_a_session_in_a_folder_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SpermViewerError, match=r"s\.spermview: can't be written here \(.+\)\. Choose another folder\.$"),
        sole_writer(tmp_path / "file" / "below" / "s.spermview"),
    ):
        pass


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "UPDATE results SET status = 'wish'",
            r"^This session holds .*'wish'.*: it is damaged, .*\. Restore it from a",
        ),
        ("UPDATE results SET probabilities = '[NaN, 0.5, 0.5]'", r"^This session holds .*NaN.* Restore it from a copy"),
        ("UPDATE models SET classes = '[]'", r"^This session holds .*classes.*\. Restore it from a copy\.$"),
        (
            "UPDATE meta SET value = 'x' WHERE key = 'audit_head'",
            r": the head of .* damaged \(.+\)\. Restore it from a",
        ),
    ],
)
def test_a_value_that_no_session_holds_is_an_error(change: str, message: str, tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session:
        session.record([scored(ref) for ref in refs])
    with closing(sqlite3.connect(session.path)) as db:
        db.execute(change)
        db.commit()
    with Session.open(session.path) as opened, pytest.raises(SpermViewerError, match=message):
        _read_and_write(opened)


def _read_and_write(session: Session) -> None:
    session.cells(session.cell_ids())
    session.set_note("key", "value")


def test_an_unexpected_error_of_a_changed_session_names_what_was_changed(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session:
        session.record([scored(ref) for ref in refs])
    with pytest.raises(KeyError), Session.open(session.path):
        raise KeyError("a mistake of ours")
    with closing(sqlite3.connect(session.path)) as db:
        db.execute("UPDATE images SET width = 'wide'")
        db.commit()
    changed = r"session\.spermview: this session is damaged, or .*\. Row 1 of images .* Restore it from a copy\.$"
    with pytest.raises(SpermViewerError, match=changed), Session.open(session.path):
        raise KeyError("wide")


def test_a_session_that_was_deleted_while_it_was_open_takes_nothing_more(tmp_path: Path) -> None:
    session, _ = session_with(tmp_path, ["a.png"])
    with session:
        session.path.unlink()
        gone = r"session\.spermview: this session was moved or deleted while it was open, .*\. Put it back and open it"
        with pytest.raises(SpermViewerError, match=gone):
            session.set_note("key", "value")


def test_a_drive_that_can_not_be_written_is_not_taken_for_a_damaged_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = session_with(tmp_path, ["a.png"])
    session.close()
    read_only = partial(sqlite3.connect, f"{session.path.as_uri()}?mode=ro", uri=True)
    monkeypatch.setattr(session_file, "_connected", lambda *_: read_only())
    with pytest.raises(
        SpermViewerError, match=r"session\.spermview: its drive can't be read or written \(.+\)\. Check"
    ):
        Session.open(session.path)
