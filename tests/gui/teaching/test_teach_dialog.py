"""Teach This Microscope: it says what is missing, leads to the cells that teach most, teaches, and can be cancelled."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from made_up import fill
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.verdict import Decision, How, Why
from sperm_viewer.gui.background import teaching_task
from sperm_viewer.gui.teaching.teach_dialog import TeachDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.system import paths
from sperm_viewer.teaching.cross_validation import Figure
from sperm_viewer.teaching.teach import Step, Taught, TeachRequest


def _labelled(path: Path, count: int) -> None:
    """The first cells labelled, two classes in turn: the first one in bulk, the others singly."""
    with Session.open(path) as session:
        review = Review(session)
        for place, cell in enumerate(session.readable()[:count]):
            how = How.SINGLE if place else How.BULK
            review.decide({cell: Decision(("normal", "abnormal")[place % 2])}, "Ana", how)


@pytest.fixture
def opened(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Callable[[int], Desktop]:
    def open_one(labels: int) -> Desktop:
        path = fill(tmp_path / "s.spermview", {"A": 30, "B": 30, "C": 30}, tmp_path)
        _labelled(path, labels)
        desktop = open_desktop()
        desktop.controller.open_paths([path])
        return desktop

    return open_one


def _dialog(desktop: Desktop, qtbot: QtBot) -> TeachDialog:
    desktop.window.action(ActionId.TEACH).trigger()
    dialog = desktop.window.findChild(TeachDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: "Counting" not in dialog.page.toPlainText(), timeout=5000)
    return dialog


def test_it_says_what_is_missing_and_what_does_not_count(opened: Callable[[int], Desktop], qtbot: QtBot) -> None:
    dialog = _dialog(opened(9), qtbot)
    text = dialog.page.toPlainText()
    assert "8 labels of 1 slide." in text
    assert "8 cells have a label; 40 are needed." in text
    assert "1 verdict won't be used" in text
    assert "8 labels were given beside the model's answer" in text
    assert not dialog.teach_button.isEnabled()
    dialog.reject()


def test_it_leads_through_the_cells_that_teach_most(opened: Callable[[int], Desktop], qtbot: QtBot) -> None:
    desktop = opened(0)
    dialog = _dialog(desktop, qtbot)
    QTest.mouseClick(dialog.label_button, Qt.MouseButton.LeftButton)
    workspace, plan = desktop.window.workspace, desktop.window.plan
    assert plan.active
    first = workspace.current_cell()
    assert first is not None
    assert plan.why(first.id) in (Why.RANDOM, Why.OWN_CHOICE)
    desktop.window.activateWindow()
    QApplication.processEvents()
    QTest.keyClick(desktop.window.focusWidget() or desktop.window, Qt.Key.Key_1)
    QApplication.processEvents()
    second = workspace.current_cell()
    assert second is not None
    assert second.id != first.id
    assert plan.why(second.id) is not None
    with Session.open(desktop.controller.session.path, read_only=True) as session:
        assert session.cells([first.id])[0].reviewed
    plan.end()
    assert not plan.active


def _a_model(name: str) -> Path:
    """A folder of the user's that stands for a model that was taught."""
    folder = paths.user_models() / name
    shutil.copytree(find_model("smids-b0").path, folder, ignore=shutil.ignore_patterns("evaluation", "*.onnx"))
    spec = folder / "model.toml"
    spec.write_text(spec.read_text("utf-8").replace('name = "smids-b0"', f'name = "{name}"', 1), "utf-8")
    return folder


def test_a_model_that_was_taught_is_in_the_list_of_models(
    opened: Callable[[int], Desktop], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[TeachRequest] = []

    def teach(request: TeachRequest) -> Generator[Step, None, Taught]:
        asked.append(request)
        yield Step("Looking at cells", 3, 8)
        return Taught(_a_model(request.name), 60, 3, Figure(0.8, 0.7, 0.9), ())

    monkeypatch.setattr(teaching_task, "teach", teach)
    desktop = opened(90)
    dialog = _dialog(desktop, qtbot)
    dialog.name.setText("our lab")
    assert dialog.teach_button.isEnabled()
    QTest.mouseClick(dialog.teach_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Model card" in dialog.page.toPlainText(), timeout=5000)
    assert "Macro-F1 on cells held back: 0.80 (0.70-0.90" in dialog.page.toPlainText()
    assert asked[0].paths == (desktop.controller.session.path,)
    assert desktop.controller.shelf.named("our lab") is not None
    assert desktop.window.toolbar._models.findData("our lab") >= 0
    dialog.reject()
    shutil.rmtree(paths.user_models())


def test_labels_that_cannot_be_learnt_are_refused_with_the_reason(
    opened: Callable[[int], Desktop], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def teach(request: TeachRequest) -> Generator[Step, None, Taught]:
        yield Step("Looking at cells", 3, 8)
        return Taught(request.out / request.name, 60, 3, Figure(0.5, 0.4, 0.6), ("It is no better than chance.",))

    monkeypatch.setattr(teaching_task, "teach", teach)
    dialog = _dialog(opened(90), qtbot)
    QTest.mouseClick(dialog.teach_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "no better than chance" in dialog.page.toPlainText(), timeout=5000)
    assert "Model card" not in dialog.page.toPlainText()
    dialog.reject()


def test_teaching_shows_how_far_it_is_and_can_be_cancelled(
    opened: Callable[[int], Desktop], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause, closed = threading.Event(), threading.Event()

    def teach(request: TeachRequest) -> Generator[Step, None, Taught]:
        try:
            while True:
                yield Step("Looking at cells", 3, 8)
                pause.wait(0.01)
        finally:
            closed.set()

    monkeypatch.setattr(teaching_task, "teach", teach)
    dialog = _dialog(opened(90), qtbot)
    QTest.mouseClick(dialog.teach_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.steps.text() == "Looking at cells: 3 of 8", timeout=5000)
    assert not dialog.teach_button.isVisible()
    QTest.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Cancelled. Nothing was made." in dialog.page.toPlainText(), timeout=5000)
    assert closed.is_set()
    dialog.reject()


def test_a_folder_that_refuses_is_named(
    opened: Callable[[int], Desktop], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def teach(request: TeachRequest) -> Generator[Step, None, Taught]:
        yield Step("Looking at cells", 3, 8)
        raise SpermViewerError("/models/x: can't be written (full). Choose another --out.")

    monkeypatch.setattr(teaching_task, "teach", teach)
    dialog = _dialog(opened(90), qtbot)
    QTest.mouseClick(dialog.teach_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "/models/x: can't be written" in dialog.page.toPlainText(), timeout=5000)
    assert dialog.teach_button.isEnabled()
    dialog.reject()


def test_it_can_only_be_opened_where_there_are_results(open_desktop: Callable[..., Desktop]) -> None:
    assert not open_desktop().window.action(ActionId.TEACH).isEnabled()
