"""Compare a Site Model: it says what was decided and why, puts a better model into use, and takes it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, model_folder
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.gui.teaching import compare_dialog
from sperm_viewer.gui.teaching.compare_dialog import CompareDialog, Comparing
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.teaching.compare import Compared
from sperm_viewer.teaching.promotion import Answers as Answered
from sperm_viewer.teaching.promotion import decide

_TRUTH = ("normal", "abnormal") * 60


def _compared(wrong: int) -> Compared:
    def answers(number: int) -> Answered:
        first = tuple("non-sperm" if place < number else name for place, name in enumerate(_TRUTH))
        return Answered(("normal", "abnormal", "non-sperm"), first, (0.9,) * len(_TRUTH), (True,) * len(_TRUTH))

    return Compared(len(_TRUTH), 1, decide(_TRUTH, answers(wrong), answers(60)))


@pytest.fixture
def dialog(qtbot: QtBot) -> CompareDialog:
    sites = [model_folder("ours", "cd" * 32)]
    made = CompareDialog(Comparing(sites, model_folder(), lambda: Path("/locked.spermview"), lambda: "Ana"), None)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made, before_close_func=lambda widget: widget.reject())
    made.show()
    return made


@pytest.mark.parametrize(("wrong", "words"), [(4, "ours is in use now."), (60, "ours stays a candidate.")])
def test_it_says_what_was_decided_and_why(
    wrong: int, words: str, dialog: CompareDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    used: list[str] = []
    dialog.put_into_use.connect(used.append)

    def compare(*given: object) -> Compared:
        asked.append(given)
        return _compared(wrong)

    monkeypatch.setattr(compare_dialog, "compare", compare)
    QTest.mouseClick(dialog.compare_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: words in dialog.page.toPlainText(), timeout=5000)
    assert "Look 1 of 3 at this locked set." in dialog.page.toPlainText()
    assert "smids: 100% of 120 cells kept, 50% of those right" in dialog.page.toPlainText()
    assert [(given[2], given[3]) for given in asked] == [([Path("/locked.spermview")], "Ana")]
    assert used == (["ours"] if "in use" in words else [])
    assert dialog.compare_button.isEnabled()


def test_a_locked_set_that_is_refused_is_said(
    dialog: CompareDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object) -> Compared:
        raise SpermViewerError("This locked set was looked at 3 times and is retired.")

    monkeypatch.setattr(compare_dialog, "compare", refuse)
    QTest.mouseClick(dialog.compare_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "is retired" in dialog.page.toPlainText(), timeout=5000)


def test_a_promotion_is_taken_back_with_one_click(
    dialog: CompareDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_dialog, "take_back", lambda who: "smids")
    with qtbot.waitSignal(dialog.put_into_use, timeout=5000) as given:
        QTest.mouseClick(dialog.back_button, Qt.MouseButton.LeftButton)
    assert given.args == ["smids"]
    assert "smids is in use again." in dialog.page.toPlainText()


def test_the_window_begins_new_sessions_with_the_model_that_was_promoted(
    open_desktop: Callable[..., Desktop], answers: Answers, qtbot: QtBot
) -> None:
    desktop = open_desktop(models=("smids", "ours"))
    desktop.window.action(ActionId.COMPARE_MODELS).trigger()
    dialog = desktop.window.findChild(CompareDialog)
    assert dialog is not None
    # Neither model of this window was taught.
    assert not dialog.compare_button.isEnabled()
    dialog.put_into_use.emit("ours")
    assert desktop.settings.value.model == "ours"
    assert desktop.controller.chosen_model == "ours"
    dialog.reject()
