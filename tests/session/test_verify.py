"""Whoever changes anything in a session's file behind the app's back is found."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from cells import scored, session_with
from killing import begin, killed_once
from tampering import tamper

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.sample import SampleDetails, SlideDetails
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.arrange import Arrangement
from sperm_viewer.session.audit import link
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

_TRIES = 150


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session in which everything has happened that can."""
    folder = tmp_path_factory.mktemp("session")
    session, refs = session_with(folder, [f"{number}.png" for number in range(6)])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        slide = session.add_slide("B", folder / "B", [ImageRef("B", folder / "B" / "x.png", 1)])
        session.set_slide_details(slide, SlideDetails("Diff-Quik", um_per_px=0.1), "Ada")
        session.set_sample_details(1, SampleDetails("2026-11-20"), "Ada")
        arrangement = Arrangement(session)
        arrangement.move([slide], "A-017", "Ada")
        arrangement.rename_sample(1, "P-1", "Ada")
        arrangement.remove([slide], "Ada")
        arrangement.undo("Ada")
        session.move_slide(slide, folder / "C", [(7, ImageRef("B", folder / "C" / "y.png", 1))])
        session.set_note("device", "cpu")
        review = Review(session)
        for cell in ids[:4]:
            review.decide({cell: Decision("tapered", "a note")}, "Ada")
        review.undo("Ada")
        second = begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo"))
        Review(session, second.id).decide({ids[0]: Decision("tapered")}, "Bo")
    return folder / "session.spermview"


def test_an_untouched_session_is_whole_and_its_head_is_told(whole: Path) -> None:
    found = verify(whole)
    assert found.problems == ()
    with Session.open(whole) as session:
        assert session.audit_head() == found.head
    assert found.head.rows > 15


def test_every_edit_removal_and_reordering_is_found(whole: Path, tmp_path: Path) -> None:
    """The full number is a command of its own: tests/benchmarks/survive.py."""
    chance = random.Random(11)
    touched = tmp_path / "touched.spermview"
    missed = []
    for _ in range(_TRIES):
        shutil.copy(whole, touched)
        what = tamper(touched, chance)
        if not verify(touched).problems:
            missed.append(what)
    assert missed == []


def test_a_chain_worked_out_anew_is_whole_but_has_another_head(whole: Path, tmp_path: Path) -> None:
    """Why reports print the head."""
    forged = tmp_path / "forged.spermview"
    shutil.copy(whole, forged)
    with closing(sqlite3.connect(forged)) as db:
        db.execute("UPDATE verdicts SET reader = 'Eve'")
        db.execute("UPDATE audit SET body = json_set(body, '$.reader', 'Eve') WHERE kind = 'verdict'")
        previous = "0" * 64
        for number, at, who, kind, body in db.execute("SELECT number, at, who, kind, body FROM audit").fetchall():
            previous = link(previous, number, at, who, kind, body)
            db.execute("UPDATE audit SET hash = ? WHERE number = ?", (previous, number))
        db.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (f"{number} {previous}",))
        db.commit()
    assert verify(forged).problems == ()
    assert verify(forged).head != verify(whole).head


def test_a_hash_in_the_place_of_a_heatmap_is_found(whole: Path, tmp_path: Path) -> None:
    touched = tmp_path / "touched.spermview"
    shutil.copy(whole, touched)
    with closing(sqlite3.connect(touched)) as db:
        db.execute("UPDATE results SET heat = (SELECT json_extract(body, '$.heat') FROM audit WHERE kind = 'result')")
        db.commit()
    assert "results" in verify(touched).problems[0]


def test_a_trigger_that_waits_in_the_file_is_found(whole: Path, tmp_path: Path) -> None:
    touched = tmp_path / "touched.spermview"
    shutil.copy(whole, touched)
    with closing(sqlite3.connect(touched)) as db:
        db.execute("CREATE TRIGGER t AFTER INSERT ON verdicts BEGIN DELETE FROM verdicts; END")
    assert "tables" in verify(touched).problems[0]


@pytest.mark.parametrize("name", ["sqlite_counted", "sqliteX"])
def test_a_view_that_hides_behind_a_name_of_sqlite_is_found(whole: Path, tmp_path: Path, name: str) -> None:
    touched = tmp_path / "touched.spermview"
    shutil.copy(whole, touched)
    with closing(sqlite3.connect(touched)) as db:
        db.execute("CREATE VIEW hidden AS SELECT 1")
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_master SET name = ?, tbl_name = ?, sql = replace(sql, name, ?) WHERE name = 'hidden'",
            [name] * 3,
        )
        db.commit()
    assert "tables" in verify(touched).problems[0]


def test_an_index_that_says_otherwise_than_its_table_is_found(whole: Path, tmp_path: Path) -> None:
    """The window counts by the index alone: without the check it shows other figures, and `verify` is content."""
    touched = tmp_path / "touched.spermview"
    shutil.copy(whole, touched)
    with closing(sqlite3.connect(touched)) as db:
        db.execute("UPDATE results SET class = 'non-sperm'")
        db.commit()
        db.execute("PRAGMA writable_schema = ON")
        index = db.execute("SELECT * FROM sqlite_master WHERE name = 'results_to_count'").fetchone()
        db.execute("DELETE FROM sqlite_master WHERE name = 'results_to_count'")
        db.commit()
    with closing(sqlite3.connect(touched)) as db:
        db.execute("UPDATE results SET class = 'normal'")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", index)
        db.commit()
    with Session.open(touched, read_only=True) as session:
        assert session.slides()[0].classes == {"non-sperm": 6}
    assert any("results_to_count" in problem for problem in verify(touched).problems)


@pytest.mark.parametrize("number", [-(1 << 63), 0, 1 << 40])
def test_a_row_of_the_trail_outside_its_numbers_is_found(whole: Path, tmp_path: Path, number: int) -> None:
    touched = tmp_path / "touched.spermview"
    shutil.copy(whole, touched)
    with closing(sqlite3.connect(touched)) as db:
        db.execute("INSERT INTO audit VALUES (?, '', 'Eve', 'note', '{}', '')", (number,))
        db.commit()
    assert "audit trail" in verify(touched).problems[0]


def test_a_head_that_is_written_otherwise_is_found(whole: Path, tmp_path: Path) -> None:
    touched = tmp_path / "touched.spermview"
    shutil.copy(whole, touched)
    with closing(sqlite3.connect(touched)) as db:
        db.execute("UPDATE meta SET value = '0' || value WHERE key = 'audit_head'")
        db.commit()
    assert "head" in verify(touched).problems[0]


def test_an_end_that_was_cut_off_with_all_that_followed_from_it_is_found_by_the_printed_hash(
    whole: Path, tmp_path: Path
) -> None:
    touched = tmp_path / "touched.spermview"
    shutil.copy(whole, touched)
    printed = verify(whole).head.hash
    assert verify(whole, printed[:16]).problems == ()
    with closing(sqlite3.connect(touched)) as db:
        last = db.execute("SELECT max(number) FROM audit").fetchone()[0]
        db.execute("DELETE FROM audit WHERE number = ?", (last,))
        db.execute("DELETE FROM current_verdicts WHERE reading = 2")
        db.execute("DELETE FROM verdicts WHERE reading = 2")
        head = db.execute("SELECT number || ' ' || hash FROM audit WHERE number = ?", (last - 1,)).fetchone()[0]
        db.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (head,))
        db.commit()
    assert verify(touched).problems == ()
    assert "cut off" in verify(touched, printed).problems[0]


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.spermview"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(SessionError):
        verify(path)


def test_no_decision_that_was_told_is_lost_to_a_kill(tmp_path: Path) -> None:
    """The full number is a command of its own: tests/benchmarks/survive.py."""
    begin(tmp_path)
    for after_s in (0.0, 0.11, 0.23):
        told, problems = killed_once(tmp_path / "session.spermview", after_s)
        assert problems == []
        assert told > 0
