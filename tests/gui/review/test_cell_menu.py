"""A right click on a cell offers what can be done with it; what a reader sets aside is not counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import Answers, event_of, fill, session_model, shelf
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

Key = Qt.Key
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def opened(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    """A session of twelve cells, the first of which is current; img_3 is referred, img_9 failed."""
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12}, tmp_path)])
    desktop.window.activateWindow()
    QApplication.processEvents()
    return desktop


def press(desktop: Desktop, *keys: Key, held: Qt.KeyboardModifier = NONE) -> None:
    for key in keys:
        QTest.keyClick(desktop.window.focusWidget() or desktop.window, key, held)


def stored(desktop: Desktop, place: int) -> Cell:
    """A cell as another program would read it from the file."""
    with Session.open(desktop.controller.session.path, read_only=True) as session:
        return list(session.all_cells())[place]


def right_click(view: QAbstractItemView, row: int, entry: str) -> list[str]:
    """Right clicks a row and chooses an entry with the keyboard; returns the entries that were offered."""
    place = view.visualRect(view.model().index(row, 0)).center()
    offered: list[str] = []

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        entries = [action for action in menu.actions() if action.isVisible() and not action.isSeparator()]
        offered.extend(action.text().replace("&", "") for action in entries)
        menu.setActiveAction(next(action for action in entries if action.text().replace("&", "") == entry))
        QTest.keyClick(menu, Key.Key_Return)

    QTimer.singleShot(0, choose)
    QTest.mousePress(view.viewport(), Qt.MouseButton.RightButton, pos=place)
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), asked)
    # Without a window manager nobody gives the keyboard back to the window when the menu is closed.
    view.window().activateWindow()
    QApplication.processEvents()
    return offered


@pytest.mark.parametrize("gallery", [False, True])
def test_a_right_click_selects_the_cell_and_acts_on_it(opened: Desktop, gallery: bool, answers: Answers) -> None:
    workspace = opened.window.workspace
    view: QAbstractItemView = workspace.results.table
    if gallery:
        press(opened, Key.Key_G)
        view = workspace.gallery.view
    offered = right_click(view, 2, "abnormal")
    assert stored(opened, 2).verdict.class_name == "abnormal"
    assert offered == [
        *("normal", "abnormal", "non-sperm", "Not a Sperm", "Not Assessable", "Accept", "Take Back"),
        *("Add a Note", "Exclude…", "Show in Folder", "Copy Path", "Most Similar Cells"),
    ]
    answers.typed = "The same cell as another one"
    right_click(view, 4, "Exclude…")
    excluded = stored(opened, 4)
    assert (excluded.verdict.class_name, excluded.verdict.note) == ("excluded", "The same cell as another one")
    right_click(view, 5, "Copy Path")
    assert QGuiApplication.clipboard().text() == str(stored(opened, 5).ref.path)
    press(opened, Key.Key_1)
    assert stored(opened, 5).verdict.class_name == "normal", "the keys still act on the cells"


def test_the_folder_of_the_image_is_shown_or_it_is_said_that_it_is_missing(
    opened: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    table = opened.window.workspace.results.table
    right_click(table, 1, "Show in Folder")
    folder = stored(opened, 1).ref.path.parent
    assert shown == [str(folder)]
    folder.rename(folder.with_name("elsewhere"))
    right_click(table, 1, "Show in Folder")
    assert "there is no such folder. Choose File > Find Moved Images." in opened.window.notices.text


def test_a_cell_is_excluded_with_a_reason_and_counted_again_by_undo(
    opened: Desktop, answers: Answers, qtbot: QtBot
) -> None:
    workspace = opened.window.workspace
    answers.typed = ""
    opened.window.action(ActionId.EXCLUDE).trigger()
    assert stored(opened, 0).verdict is None, "without a reason nothing is excluded"
    answers.typed = "Two heads in one image"
    opened.window.action(ActionId.EXCLUDE).trigger()
    assert answers.offered[-1][0] == ""
    assert "The same cell as another one" in answers.offered[-1][1]
    cell = stored(opened, 0)
    assert (cell.status, cell.countable, cell.verdict.reader) == (Status.NOT_COUNTED, False, "Ana")
    qtbot.waitUntil(lambda: "1 excluded" in _words(opened))
    slides = workspace.slides.model
    assert "not counted 1" in slides.data(slides.index(0), Qt.ItemDataRole.AccessibleTextRole)
    press(opened, Key.Key_K)
    assert "excluded, by Ana" in workspace.cell.verdict.summary.text()
    assert "Not counted." in workspace.cell.verdict.summary.text()
    assert workspace.cell.verdict.note.text() == "Two heads in one image"
    press(opened, Key.Key_Z, held=CTRL)
    assert stored(opened, 0).countable
    qtbot.waitUntil(lambda: "excluded" not in _words(opened))
    with Session.open(opened.controller.session.path, read_only=True) as session:
        said = [row[0] for row in session.rows("SELECT body FROM audit WHERE kind = 'verdict' ORDER BY number")]
    assert ["excluded" in body for body in said] == [True, False]
    assert "Two heads in one image" in said[0]
    assert not verify(opened.controller.session.path).problems


def _words(desktop: Desktop) -> str:
    return " ".join(label.text() for label in desktop.window.workspace.slides.figures.findChildren(QLabel))


def test_one_key_says_that_nobody_can_judge_the_cell_and_goes_on(opened: Desktop) -> None:
    press(opened, Key.Key_0)
    assert stored(opened, 0).verdict.class_name == "not assessable"
    assert opened.window.workspace.current_cell().ref.path.name == "img_1.png"
    model = opened.window.workspace.results.model
    assert model.index(0, 5).data() == "not assessable"
    press(opened, Key.Key_K, Key.Key_1)
    assert stored(opened, 0).verdict.class_name == "normal", "it can still be decided"
    assert stored(opened, 0).countable


def test_a_field_without_a_head_takes_no_verdict_and_is_on_no_work_list(
    open_desktop: Callable[..., Desktop], tmp_path: Path
) -> None:
    model = session_model(shelf().folders[0])
    refs = [ImageRef("A", tmp_path / "A" / f"img_{number}.png") for number in (3, 10, 17)]
    (tmp_path / "A").mkdir()
    for ref in refs:
        ref.path.touch()
    events = [event_of(ref, model) for ref in refs]
    events[1] = replace(events[1], in_field=True, place=None)
    with Session.create(tmp_path / "s.spermview") as session:
        session.use_model(model)
        session.add_slide("A", tmp_path / "A", refs)
        ids = session.record(events)
        assert session.readable() == [ids[0], ids[2]]
    desktop = open_desktop()
    desktop.controller.open_paths([tmp_path / "s.spermview"])
    desktop.window.activateWindow()
    QApplication.processEvents()
    assert desktop.window.toolbar._referred.text() == "Referred 2"
    press(desktop, Key.Key_J, Key.Key_1)
    text = "No head was found in this field, so it can't have a verdict."
    assert desktop.window.status.currentMessage() == text
    assert desktop.window.workspace.cell.verdict.summary.text() == text
    assert stored(desktop, 1).verdict is None
    press(desktop, Key.Key_U)
    assert desktop.window.workspace.current_cell().id == ids[2]
    press(desktop, Key.Key_U)
    assert desktop.window.workspace.current_cell().id == ids[0]
