"""The window and the command line leave the same files: one run is behind both."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from made_up import Answers
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from rendered_slide import write_rendered_slide

from sperm_viewer.app import Desktop, build
from sperm_viewer.domain.cell import CellFailed
from sperm_viewer.gui.review.loader import CellPicture
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.imaging.reading.read import decode
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import GREY, HeadClass, render_cell, render_field, typical_cell

_TIMES = {"at", "hash"}
"""Columns that hold when something happened, or a hash over it."""


@pytest.fixture
def slide(tmp_path: Path) -> Path:
    """Crops that are scored or referred, one that fails, and a file that is left out."""
    folder = tmp_path / "A-017"
    folder.mkdir()
    demo = write_rendered_slide(tmp_path / "demo")
    for number in (1, 2, 3, 4, 5, 6, 49):
        shutil.copy(demo / f"cell_{number:03d}.png", folder)
    (folder / "notes.txt").write_text("not an image")
    return folder


@pytest.fixture
def desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desktop]:
    made = build(qapp, tmp_path / "settings.json", lambda window: Answers())
    made.window.show()
    yield made
    made.window.close()
    qtbot.waitUntil(lambda: not made.window.isVisible(), timeout=5000)
    made.window.deleteLater()


@pytest.fixture
def by_command(slide: Path, tmp_path: Path) -> Callable[..., Path]:
    def score(*more: str) -> Path:
        out = tmp_path / "command line"
        command = [sys.executable, "-m", "sperm_viewer", "score", str(slide), "--out", str(out), *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return out

    return score


def _score_in_window(desktop: Desktop, qtbot: QtBot, slide: Path, count: int) -> Path:
    desktop.controller.open_paths([slide])
    rows = desktop.window.workspace.results.model
    qtbot.waitUntil(lambda: rows.rowCount() == count and not desktop.controller.runner.busy, timeout=60_000)
    assert desktop.controller.session is not None
    return desktop.controller.session.path.parent


def _tables(session: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a session but the audit trail, without times."""
    with closing(sqlite3.connect(session)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {}
        for name in names:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})") if row[1] not in _TIMES]
            found[name] = sorted(db.execute(f"SELECT {', '.join(columns)} FROM {name}"), key=repr)
    for timed in ("started", "audit_head"):
        found["meta"] = [row for row in found["meta"] if row[0] != timed]
    found["audit"] = [row for row in found["audit"] if "started" not in repr(row)]
    return found


def _record(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "run.json").read_text())
    assert "2" < record.pop("started") <= record.pop("finished") < "3"
    return record


def test_the_same_folder_gives_the_same_files(
    desktop: Desktop, qtbot: QtBot, slide: Path, by_command: Callable[..., Path]
) -> None:
    by_window = _score_in_window(desktop, qtbot, slide, 7)
    desktop.window.action(ActionId.CLOSE_SESSION).trigger()
    out = by_command()
    names = sorted(file.name for file in out.iterdir())
    assert names == ["cells.csv", "measurements.csv", "run.json", "samples.csv", "session.spermview", "slides.csv"]
    assert sorted(file.name for file in by_window.iterdir()) == names
    for table in ("cells.csv", "samples.csv", "slides.csv"):
        assert (by_window / table).read_bytes() == (out / table).read_bytes()
    assert _record(by_window) == _record(out)
    assert len(_record(out)["left_out"]) == 1
    assert _tables(by_window / "session.spermview") == _tables(out / "session.spermview")


def test_a_folder_of_fields_gives_the_same_rows_in_both_and_the_window_shows_each_cell(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "F-1"
    folder.mkdir()
    Image.fromarray(render_field(GREY, seed=4, heads=14, shape=(520, 640)).rgb).save(folder / "field.png")
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(folder / "crop.png")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "sperm_viewer", "score", str(folder), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    with (out / "cells.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["file"] for row in rows] == ["crop.png"] + ["field.png"] * (len(rows) - 1)
    assert 14 <= len(rows) - 1 <= 16
    assert [row["cell"] for row in rows[1:]] == [str(number) for number in range(1, len(rows))]
    assert all(int(row["box_width"]) > 20 and float(row["length_px"]) > 20 and row["length_um"] == "" for row in rows)

    by_window = _score_in_window(desktop, qtbot, folder, len(rows))
    workspace = desktop.window.workspace
    assert desktop.controller.session is not None
    shown: list[CellPicture] = []
    workspace.cell.loader.loaded.connect(shown.append)
    for cell in desktop.controller.session.cells(desktop.controller.session.cell_ids())[1:]:
        workspace.results.select(cell.id)
        qtbot.waitUntil(lambda wanted=cell: bool(shown) and shown[-1].cell == wanted.id, timeout=10_000)  # type: ignore[misc]
        part = shown[-1].crop
        assert part is not None
        assert cell.place is not None
        assert cell.place.height < part.height() < 520
    desktop.window.action(ActionId.CLOSE_SESSION).trigger()
    for name in ("cells.csv", "samples.csv", "slides.csv"):
        assert (by_window / name).read_bytes() == (out / name).read_bytes()
    assert _tables(by_window / "session.spermview") == _tables(out / "session.spermview")


def test_both_try_unread_files_again_in_the_next_run_and_leave_the_same_files_then(
    desktop: Desktop, qtbot: QtBot, slide: Path, by_command: Callable[..., Path]
) -> None:
    by_window = _score_in_window(desktop, qtbot, slide, 7)
    for folder in (by_window, by_command()):
        with Session.open(folder / "session.spermview") as session:
            ref = session.cells(session.cell_ids())[1].ref
            session.record([CellFailed(ref, "", "The drive was disconnected.")])
    shutil.copy(slide / "cell_002.png", slide / "new.png")
    _score_in_window(desktop, qtbot, slide, 8)
    out = by_command()
    with Session.open(out / "session.spermview", read_only=True) as session:
        assert sum(found.failed for found in session.slides()) == 1
    assert (by_window / "cells.csv").read_bytes() == (out / "cells.csv").read_bytes()
    assert _record(by_window) == _record(out)


def test_both_write_the_same_fine_heatmap(
    desktop: Desktop, qtbot: QtBot, slide: Path, by_command: Callable[..., Path], tmp_path: Path
) -> None:
    _score_in_window(desktop, qtbot, slide, 7)
    cells = desktop.window.workspace.results.model.ids()[:2]
    session = desktop.controller.session
    assert session is not None
    desktop.window.exporter.heatmaps(session.path, cells, tmp_path / "pictures", 0.7)
    qtbot.waitUntil(lambda: "Wrote 2 heatmaps" in desktop.window.notices.text, timeout=60_000)
    out = by_command("--heatmaps", "fine")
    written = sorted((tmp_path / "pictures").rglob("*.png"))
    assert len(written) == 2
    for file in written:
        other = out / "heatmaps" / file.relative_to(tmp_path / "pictures")
        assert (decode(file.read_bytes())[0] == decode(other.read_bytes())[0]).all()
        with Image.open(file) as picture:
            assert picture.format == "PNG"
