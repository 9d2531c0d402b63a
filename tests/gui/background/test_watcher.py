"""A watched folder in the window: new images are scored as they come, into the open session, without a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, write_images
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.background import watcher
from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.slides.slide_delegate import AIM_ROLE
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.window.action_table import ACTIONS


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "LOOK_EVERY_S", 0.05)


def _rows(desktop: Desktop) -> int:
    return desktop.window.workspace.results.model.rowCount()


def test_images_that_come_into_a_watched_folder_are_scored_until_it_ends(
    open_desktop: Callable[..., Desktop], answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    desktop = open_desktop()
    action, folder = desktop.window.action(ActionId.WATCH), tmp_path / "slide"
    folder.mkdir()
    answers.path = folder
    action.trigger()
    assert action.isChecked()
    assert f"Watching {folder}" in desktop.window.notices.text

    write_images(folder, 2)
    qtbot.waitUntil(lambda: _rows(desktop) == 2 and not desktop.controller.runner.busy, timeout=20000)
    asked = len(answers.asked)
    write_images(folder / "second", 3)
    qtbot.waitUntil(lambda: _rows(desktop) == 5 and not desktop.controller.runner.busy, timeout=20000)
    assert len(answers.asked) == asked
    assert desktop.controller.opened.files() == {*folder.rglob("*.png")}

    action.trigger()
    assert not action.isChecked()
    assert desktop.controller.watcher.folder is None


def test_closing_the_session_ends_the_watching(
    open_desktop: Callable[..., Desktop], answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    desktop = open_desktop()
    answers.path = write_images(tmp_path / "slide", 1)
    desktop.window.action(ActionId.WATCH).trigger()
    qtbot.waitUntil(lambda: _rows(desktop) == 1 and not desktop.controller.runner.busy, timeout=20000)

    desktop.controller.close_session()

    assert not desktop.window.action(ActionId.WATCH).isChecked()


def test_without_a_folder_nothing_is_watched(open_desktop: Callable[..., Desktop], answers: Answers) -> None:
    desktop = open_desktop()
    answers.path = None
    desktop.window.action(ActionId.WATCH).trigger()
    assert not desktop.window.action(ActionId.WATCH).isChecked()


def test_the_number_to_stop_at_is_a_setting_that_runs_follow(
    open_desktop: Callable[..., Desktop], tmp_path: Path, qtbot: QtBot
) -> None:
    desktop = open_desktop()
    dialog = SettingsDialog(desktop.settings, ACTIONS, Answers(), desktop.window)
    assert dialog.stop_at.text() == "Score all images"
    dialog.stop_at.setValue(150)
    assert desktop.settings.value.stop_at == 150
    dialog.close()
    desktop.controller.open_paths([write_images(tmp_path / "slide", 2)])
    qtbot.waitUntil(lambda: _rows(desktop) == 2 and not desktop.controller.runner.busy, timeout=20000)
    slides = desktop.window.workspace.slides.model
    assert slides.data(slides.index(1), AIM_ROLE) == 150
