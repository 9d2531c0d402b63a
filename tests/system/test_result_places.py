"""Folders of results are named so that every file system takes them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sperm_viewer.system.result_places import file_name, new_session_folder


def test_a_session_folder_is_named_after_date_and_slide_and_never_exists_yet(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 9, 5)
    first = new_session_folder(tmp_path, 'A/17: "left"', now)
    assert first.name == "2026-11-23 09.05 A_17_ _left_"
    first.mkdir()
    assert new_session_folder(tmp_path, 'A/17: "left"', now).name == f"{first.name} (2)"


def test_a_name_of_any_script_keeps_within_the_bytes_that_file_systems_take() -> None:
    assert len(file_name("🧬" * 60).encode()) <= 100
    assert file_name("A-017") == "A-017"
