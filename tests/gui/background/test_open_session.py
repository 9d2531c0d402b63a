"""Leaving a session keeps the files beside it in step with what was decided."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from made_up import Answers, fill

from sperm_viewer.app import Desktop
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.run.results import result_files, write_tables
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session


def read(file: Path, column: str) -> list[str]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        return [row[column] for row in csv.DictReader(lines)]


def test_closing_a_session_writes_the_decisions_into_the_tables_beside_it(
    open_desktop: Callable[..., Desktop], tmp_path: Path
) -> None:
    path = fill(tmp_path / "session.spermview", {"A": 8}, tmp_path)
    files = result_files(path)
    with Session.open(path) as session:
        write_tables(session)
    assert set(read(files.cells, "verdict")) == {""}
    desktop = open_desktop()
    desktop.controller.open_session(path)
    session = desktop.controller.session
    Review(session).decide({session.cell_ids()[0]: Decision("abnormal")}, "Ada")
    desktop.controller.close_session()
    assert read(files.cells, "verdict").count("abnormal") == 1
    assert read(files.samples, "read") == ["1"]


def test_tables_that_cannot_be_written_are_named(
    open_desktop: Callable[..., Desktop], tmp_path: Path, answers: Answers
) -> None:
    path = fill(tmp_path / "session.spermview", {"A": 8}, tmp_path)
    result_files(path).cells.mkdir()
    desktop = open_desktop()
    desktop.controller.open_session(path)
    session = desktop.controller.session
    Review(session).decide({session.cell_ids()[0]: Decision("abnormal")}, "Ada")
    desktop.controller.close_session()
    assert [told for told in answers.told if "cells.csv" in told]
