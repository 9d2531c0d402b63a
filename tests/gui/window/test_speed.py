"""Help > Measure Speed shows the app's own stages, and closing it ends the measurement."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable

import pytest
from made_up import Answers
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.gui.background import measuring
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.window.speed_dialog import SpeedDialog
from sperm_viewer.inference.model_folders import find_model


def test_the_stages_of_this_machine_are_shown(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_CROPS", 20)
    dialog = SpeedDialog(find_model("smids"), None)
    qtbot.waitUntil(lambda: "network" in dialog.page.toPlainText(), timeout=120_000)
    text = dialog.page.toPlainText()
    assert "find the head" in text
    assert "needs torch" in text
    dialog.reject()


def test_closing_it_ends_the_measurement(qtbot: QtBot) -> None:
    dialog = SpeedDialog(find_model("smids"), None)
    qtbot.waitUntil(lambda: bool(multiprocessing.active_children()), timeout=60_000)
    begun = time.monotonic()
    dialog.reject()
    assert time.monotonic() - begun < 5
    assert not multiprocessing.active_children()


def test_a_measurement_that_fails_says_why(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> object:
        raise SpermViewerError("The measured process ended early.")

    monkeypatch.setattr(measuring, "measure", fail)
    dialog = SpeedDialog(find_model("smids"), None)
    qtbot.waitUntil(lambda: dialog.page.toPlainText() == "The measured process ended early.", timeout=5000)
    dialog.reject()


def test_the_menu_opens_it_with_the_chosen_model(
    open_desktop: Callable[..., Desktop], answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Shown(QDialog):
        def __init__(self, model: object, parent: object) -> None:
            super().__init__(parent)
            opened.append(model.spec.name)

        def open(self) -> None:
            pass

    monkeypatch.setattr("sperm_viewer.gui.window.app_commands.SpeedDialog", Shown)
    desktop = open_desktop(models=("smids", "hushem"))
    desktop.settings.update(model="hushem")
    desktop.window.action(ActionId.SPEED).trigger()
    assert opened == ["hushem"]
    desktop.settings.update(model="gone")
    desktop.window.action(ActionId.SPEED).trigger()
    assert opened == ["hushem"]
    assert "isn't installed" in answers.told[-1]
