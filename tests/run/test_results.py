"""The tables that a run left are written anew after review."""

from __future__ import annotations

import os
from pathlib import Path

from made_up import fill

from sperm_viewer.run.results import refresh_tables, result_files, write_tables
from sperm_viewer.session.session import Session


def test_tables_that_are_current_or_missing_are_left_alone(tmp_path: Path) -> None:
    path = fill(tmp_path / "session.spermview", {"A": 8}, tmp_path)
    with Session.open(path) as session:
        assert not refresh_tables(session)
        assert not result_files(path).cells.exists()
        write_tables(session)
        later = result_files(path).cells.stat().st_mtime + 60
        os.utime(result_files(path).cells, (later, later))
        assert not refresh_tables(session)
