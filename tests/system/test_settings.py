"""Settings never keep the app from starting."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from sperm_viewer.system.settings import Settings, load_settings, save_settings


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    settings = Settings(model="hushem", opacity=70, recent_folders=("/a", "/b"), score_at_once=False)
    save_settings(settings, tmp_path / "deep" / "settings.json")
    assert load_settings(tmp_path / "deep" / "settings.json") == settings


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == Settings()


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"version": 99, "model": "x"}'])
def test_a_broken_file_gives_defaults_with_a_warning(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with caplog.at_level(logging.WARNING):
        assert load_settings(path) == Settings()
    assert str(path) in caplog.text


def test_a_broken_key_is_skipped_with_a_warning_and_the_others_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": 1, "opacity": "much", "model": "hushem", "recent_folders": [1], "new": 3}))
    with caplog.at_level(logging.WARNING):
        assert load_settings(path) == Settings(model="hushem")
    assert "opacity" in caplog.text
    assert "recent_folders" in caplog.text


def test_the_newest_recent_entry_comes_first_once_and_ten_are_kept() -> None:
    settings = Settings()
    for number in [*range(12), 5]:
        settings = settings.with_recent("recent_folders", Path(f"/f{number}"))
    assert settings.recent_folders[:2] == (str(Path("/f5")), str(Path("/f11")))
    assert len(settings.recent_folders) == 10
