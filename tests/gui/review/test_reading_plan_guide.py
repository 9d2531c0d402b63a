"""The reading plan leads from cell to cell, and its verdicts say why their cells were read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, fill, session_model
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.verdict import Why
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.inference.model_folders import find_model


@pytest.fixture
def desktop(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    made = open_desktop()
    model = session_model(find_model("smids"))
    made.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 60}, tmp_path, model)])
    return made


def test_each_verdict_goes_to_the_next_cell_of_the_plan_and_stores_why(desktop: Desktop, qtbot: QtBot) -> None:
    window = desktop.window
    window.action(ActionId.READING_PLAN).trigger()
    qtbot.waitUntil(lambda: "0 read" in window.notices.text)
    assert window.action(ActionId.READING_PLAN).isChecked()
    planned = list(window.plan._waiting)
    audit = [cell for cell, why in window.plan._waiting.items() if why is Why.AUDIT]
    assert len(planned) == 5
    for cell in planned:
        assert window.workspace.current_cell().id == cell
        QTest.keyClick(window.workspace.results.table, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: "5 read" in window.notices.text)
    stored = dict(desktop.controller.session.rows("SELECT cell_id, why FROM verdicts"))
    assert stored == {cell: Why.AUDIT if cell in audit else Why.PLAN for cell in planned}
    window.action(ActionId.READING_PLAN).trigger()
    assert (window.plan.active, window.notices.text) == (False, "")


def test_a_cell_that_the_plan_did_not_ask_for_is_the_readers_own_choice(desktop: Desktop, qtbot: QtBot) -> None:
    window = desktop.window
    window.action(ActionId.READING_PLAN).trigger()
    qtbot.waitUntil(lambda: "0 read" in window.notices.text)
    other = next(cell for cell in window.workspace.shown_ids() if cell not in window.plan._waiting)
    window.workspace.go_to(other)
    QTest.keyClick(window.workspace.results.table, Qt.Key.Key_2)
    assert desktop.controller.session.rows("SELECT cell_id, why FROM verdicts") == [(other, Why.OWN_CHOICE)]


def test_without_the_models_known_errors_there_is_no_plan(
    open_desktop: Callable[..., Desktop], tmp_path: Path, answers: Answers, qtbot: QtBot
) -> None:
    made = open_desktop()
    made.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 20}, tmp_path)])
    made.window.action(ActionId.READING_PLAN).trigger()
    qtbot.waitUntil(lambda: bool(answers.told))
    assert "known errors" in answers.told[0]
    assert not made.window.plan.active
