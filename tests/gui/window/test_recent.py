"""Recent sessions are listed by their samples, in the form of time of this computer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from made_up import fill, write_images
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.local_time import local_time
from sperm_viewer.session.session import Session
from sperm_viewer.system import paths

_BEGUN = "2026-11-24T22:15:00+00:00"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone can't be set on Windows")
@pytest.mark.parametrize(("language", "expected"), [("en_GB", "24/11/2026 23:15"), ("de_DE", "24.11.26 23:15")])
def test_a_time_is_in_the_zone_and_form_of_this_computer(
    language: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = QLocale()
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    QLocale.setDefault(QLocale(language))
    try:
        assert local_time(_BEGUN) == expected
        assert local_time("long ago") == "long ago"
    finally:
        QLocale.setDefault(before)
        monkeypatch.undo()
        time.tzset()


def test_recent_sessions_are_named_after_their_samples(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    path = fill(tmp_path / "folder" / "s.spermview", {"P-4": 2, "P-5": 2, "P-6": 2, "P-7": 2, "P-8": 2}, tmp_path)
    with Session.open(path) as session:
        session.set_note("started", _BEGUN)
    gone = tmp_path / "gone" / "s.spermview"
    desktop = open_desktop()
    desktop.settings.update(recent_sessions=(str(path), str(gone)))
    menu, welcome = desktop.window.menus.recent_sessions, desktop.window.welcome
    expected = f"P-4, P-5, P-6 and 2 more · {local_time(_BEGUN)}"
    qtbot.waitUntil(lambda: menu.actions()[0].text() == expected)
    assert menu.actions()[1].text() == "gone"

    def names() -> list[str]:
        return [button.text() for button in welcome.findChildren(QPushButton) if button.isVisible()]

    qtbot.waitUntil(lambda: expected in names())
    assert "gone" not in names()
    desktop.controller.open_session(path)
    with Session.open(path) as session:
        (first, *_) = session.samples()
        session.rows("UPDATE samples SET identifier = 'Q-1' WHERE id = ?", (first.id,))
    desktop.controller.close_session()
    qtbot.waitUntil(lambda: "Q-1" in menu.actions()[0].text())
    assert [file.name for file in path.parent.iterdir() if file.suffix != ".csv"] == ["s.spermview"]


def test_new_sessions_go_into_the_folder_of_the_settings(open_desktop, answers, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop()
    desktop.window.action(ActionId.SETTINGS).trigger()
    dialog = desktop.window.findChild(SettingsDialog)
    answers.path = tmp_path / "mine"
    dialog.sessions.choose.click()
    assert dialog.sessions.folder.accessibleName() == str(tmp_path / "mine")
    dialog.close()
    desktop.controller.open_paths([write_images(tmp_path / "A", 2)])
    qtbot.waitUntil(lambda: desktop.controller.session is not None and not desktop.controller.runner.busy)
    assert desktop.controller.session.path.parent.parent == tmp_path / "mine"
    desktop.controller.close_session()
    desktop.window.action(ActionId.SETTINGS).trigger()
    again = desktop.window.findChildren(SettingsDialog)[-1]
    again.sessions.default.click()
    assert desktop.settings.sessions_folder == paths.results_folder()
    again.close()
