"""Errors of site models that other tests don't meet, each with its message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cells import scored, session_with
from fake_failures import fails_with

from sperm_viewer.cli import run_command
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.session.review import Review
from sperm_viewer.teaching import lock as locking
from sperm_viewer.teaching import locked_set
from sperm_viewer.teaching.compare import take_back
from sperm_viewer.teaching.lock import lock
from sperm_viewer.teaching.material import read_material
from sperm_viewer.teaching.register import changing, read_register, register_file
from sperm_viewer.teaching.site_model import TEACHING_FILE, write_teaching


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpermViewerError, match=r"file/x: can't be written \(.+\)\. Choose another --out\.$"):
        write_teaching(tmp_path / "file" / "x", {})


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_text", fails_with(OSError(28, "disk full")))
    with pytest.raises(SpermViewerError, match=r"x: can't be written \(disk full\)\. Choose another --out\.$"):
        write_teaching(tmp_path / "x", {})


def test_a_model_that_is_gone_cannot_be_taken_back() -> None:
    with changing(register_file()) as held:
        held[0] = held[0].with_entry("Ana", "promoted", "ours", {"against": "ab" * 32})
    message = r"^The model that was replaced is not installed any more\. Install it, then take back\.$"
    with pytest.raises(SpermViewerError, match=message):
        take_back("Ana")


def test_too_few_cells_for_a_locked_set_are_refused(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(4)])
    with session:
        session.record([scored(ref) for ref in refs])
    message = (
        r"^The locked set has 4 cells; 100 are needed\. Its cells come from 1 slide; 2 are needed\. "
        r"Score more slides that nobody has read yet, then draw again\.$"
    )
    with pytest.raises(SpermViewerError, match=message):
        lock([session.path], "Ana")


def test_a_locked_set_is_drawn_from_slides_that_nobody_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(locked_set, "LEAST_CELLS", 4)
    monkeypatch.setattr(locking, "find_cells", lambda cells, length: iter([None] * len(cells)))
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(4)])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        Review(session).decide({ids[0]: Decision("normal")}, "Ana", How.SINGLE)
        for name in ("B", "C"):
            more = [ImageRef(name, tmp_path / name / f"{number}.png") for number in range(3)]
            session.add_slide(name, tmp_path / name, more)
            session.record([scored(ref) for ref in more])
    assert run_command(["lock-cells", str(session.path), "--by", "Ana"]) == 0
    drawn = capsys.readouterr().out.splitlines()
    assert sorted(line.split("\t")[0] for line in drawn) == ["B"] * 3 + ["C"] * 3
    assert [entry.what for entry in read_register(register_file()).entries] == ["locked"]
    assert len(read_material([session.path]).labelled) == 1


def test_the_note_of_a_teaching_that_came_to_nothing_may_be_replaced(tmp_path: Path) -> None:
    write_teaching(tmp_path / "x", {"labels": 1})
    write_teaching(tmp_path / "x", {"labels": 2})
    assert json.loads((tmp_path / "x" / TEACHING_FILE).read_text("utf-8")) == {"labels": 2}
    (tmp_path / "x" / "other").write_text("something")
    with pytest.raises(SpermViewerError, match=r"x: is there already, and isn't replaced\. Choose another name\.$"):
        write_teaching(tmp_path / "x", {"labels": 3})
