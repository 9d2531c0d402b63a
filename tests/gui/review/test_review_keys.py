"""Review keys act on the cells after any click, and a verdict is stored only for what can be seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import fill
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.dialogs.reader_dialog import ReviewerDialog
from sperm_viewer.gui.widgets.action_spec import ActionId

Key = Qt.Key


@pytest.fixture
def opened(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    """A session of seventeen cells, the first of which is current; img_9 failed."""
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12, "B": 5}, tmp_path)])
    desktop.window.activateWindow()
    QApplication.processEvents()
    return desktop


def press(desktop: Desktop, *keys: Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(desktop.window.focusWidget() or desktop.window, key, held)


def click(widget: QWidget, place: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place or widget.rect().center())
    QApplication.processEvents()


def verdicts(desktop: Desktop) -> int:
    return sum(cell.reviewed for cell in desktop.controller.session.all_cells())


def current(desktop: Desktop) -> Cell:
    cell = desktop.window.workspace.current_cell()
    assert cell is not None
    return cell


def shown(desktop: Desktop) -> list[Cell]:
    session, workspace = desktop.controller.session, desktop.window.workspace
    assert session is not None
    return session.cells(workspace.shown_ids())


def click_slide(desktop: Desktop) -> None:
    slides = desktop.window.workspace.slides
    click(slides.list.viewport(), slides.list.visualRect(slides.model.index(2)).center())


def choose_filter(desktop: Desktop) -> None:
    box = desktop.window.workspace.results.filters._review
    click(box)
    view = box.view()
    # A new list ignores the mouse at first, lest the click that opened it chooses from it.
    end = time.monotonic() + 10
    while box.currentText() != "Not reviewed" and time.monotonic() < end:
        QTest.qWait(QApplication.doubleClickInterval() + 20)
        if not view.isVisible():
            click(box)
        elif view.visualRect(box.model().index(1, 0)).isValid():
            click(view.viewport(), view.visualRect(box.model().index(1, 0)).center())
    assert box.currentText() == "Not reviewed"
    # Without a window manager nobody gives the keyboard back to the window when the list is closed.
    desktop.window.activateWindow()
    QApplication.processEvents()


def click_from_search(desktop: Desktop) -> None:
    desktop.window.workspace.start_search()
    click_slide(desktop)


CLICKS = {
    "slide": click_slide,
    "filter": choose_filter,
    "slide, from the search": click_from_search,
    "box": lambda desktop: click(desktop.window.workspace.gallery.grouped),
    "crop": lambda desktop: click(desktop.window.workspace.cell.crop_view),
    "opacity": lambda desktop: click(desktop.window.workspace.cell.controls._slider),
    "reviewer": lambda desktop: click(desktop.window.status.reviewer),
    "toolbar": lambda desktop: click(
        desktop.window.toolbar.widgetForAction(desktop.window.action(ActionId.SCORE)) or desktop.window.toolbar
    ),
}


@pytest.mark.parametrize("clicked", CLICKS)
def test_digits_and_space_and_u_work_after_a_click(opened: Desktop, clicked: str) -> None:
    CLICKS[clicked](opened)
    before = current(opened)
    press(opened, Key.Key_2)
    assert verdicts(opened) == 1
    assert current(opened).id != before.id
    press(opened, Key.Key_Space)
    assert verdicts(opened) == 2
    press(opened, Key.Key_U)
    assert current(opened).ref.path.name in ("img_3.png", "img_10.png")


def test_the_tab_key_still_reaches_the_slides(opened: Desktop) -> None:
    slides = opened.window.workspace.slides.list
    for _ in range(60):
        QTest.keyClick(opened.window.focusWidget(), Key.Key_Tab)
        if slides.hasFocus():
            return
    pytest.fail("the Tab key never came to the slides")


def test_a_verdict_on_the_work_list_goes_to_its_next_cell_until_the_reader_leaves_it(opened: Desktop) -> None:
    press(opened, Key.Key_U)
    assert current(opened).ref.path.name == "img_3.png"
    press(opened, Key.Key_1)
    assert current(opened).ref.path.name == "img_10.png"
    press(opened, Key.Key_Z, held=Qt.KeyboardModifier.ControlModifier)
    assert current(opened).ref.path.name == "img_3.png"
    press(opened, Key.Key_2)
    assert current(opened).ref.path.name == "img_10.png"
    press(opened, Key.Key_K, Key.Key_K, Key.Key_1)
    assert current(opened).ref.path.name == "img_10.png", "img_9 failed and is passed over"
    press(opened, Key.Key_K, Key.Key_K, Key.Key_K, Key.Key_1)
    assert current(opened).ref.path.name == "img_8.png", "the next row, not the next of the list"


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (ActionId.LIST_AS_SHOWN, ["A/img_10", "B/img_3", "A/img_3"]),
        (ActionId.LIST_UNCERTAIN, ["A/img_10", "A/img_3", "B/img_3"]),
    ],
)
def test_the_work_list_has_the_chosen_order(opened: Desktop, order: ActionId, names: list[str]) -> None:
    opened.window.action(order).trigger()
    assert opened.window.action(order).isChecked()
    press(opened, *[Key.Key_J] * 5, Key.Key_U)
    seen = []
    for _ in names:
        cell = current(opened)
        seen.append(f"{cell.ref.slide}/{cell.ref.path.stem}")
        press(opened, Key.Key_2)
    assert seen == names


def test_the_random_work_list_stays_the_same_and_leaves_out_what_is_read(opened: Desktop) -> None:
    opened.window.action(ActionId.LIST_RANDOM).trigger()
    seen = []
    for _ in range(4):
        press(opened, Key.Key_U)
        seen.append(current(opened).id)
    assert len(set(seen[:3])) == 3
    assert seen[3] == seen[0]
    press(opened, Key.Key_1)
    assert current(opened).id == seen[1]
    press(opened, Key.Key_U, Key.Key_U)
    assert current(opened).id == seen[1]


def test_a_cell_of_the_list_that_is_passed_over_comes_again_at_the_end(opened: Desktop) -> None:
    opened.window.action(ActionId.LIST_UNCERTAIN).trigger()
    press(opened, Key.Key_U)
    passed = current(opened).id
    press(opened, Key.Key_U, Key.Key_2)
    assert current(opened).id != passed
    press(opened, Key.Key_2)
    assert current(opened).id == passed


def test_the_referred_count_down_as_they_are_read_and_the_button_shows_those_that_are_left(
    opened: Desktop, qtbot: QtBot
) -> None:
    button = opened.window.toolbar._referred
    assert button.text() == "Referred 3"
    press(opened, Key.Key_U, Key.Key_1)
    qtbot.waitUntil(lambda: button.text() == "Referred 2")
    slides = opened.window.workspace.slides.model
    assert "referred 2 of 3" in slides.data(slides.index(0), Qt.ItemDataRole.AccessibleTextRole)
    click(button)
    assert [f"{cell.ref.slide}/{cell.ref.path.stem}" for cell in shown(opened)] == ["A/img_10", "B/img_3"]
    press(opened, Key.Key_2, Key.Key_2)
    qtbot.waitUntil(lambda: button.text() == "Referred 0")
    assert not button.isEnabled()


def test_a_cell_whose_image_is_missing_takes_no_verdict(opened: Desktop) -> None:
    current(opened).ref.path.unlink()
    press(opened, Key.Key_1)
    assert verdicts(opened) == 0
    assert "Find Moved Images" in opened.window.status.currentMessage()


def test_undo_under_a_filter_keeps_it_and_comes_back_to_the_cell(opened: Desktop) -> None:
    filters = opened.window.workspace.results.filters
    filters._review.setCurrentText("Not reviewed")
    press(opened, Key.Key_2)
    filters.changed.emit()
    assert opened.window.workspace.results.model.rowCount() == 16
    press(opened, Key.Key_Z, held=Qt.KeyboardModifier.ControlModifier)
    assert filters._review.currentText() == "Not reviewed"
    assert current(opened).ref.path.name == "img_0.png"


def test_enter_accepts_the_reader_who_is_known(qtbot) -> None:
    dialog = ReviewerDialog(["Ana", "Bo"], None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    QApplication.processEvents()
    QTest.keyClick(dialog.focusWidget(), Key.Key_Return)
    assert dialog.result() == ReviewerDialog.DialogCode.Accepted
    assert dialog.name == "Ana"


def test_the_heatmap_is_hidden_while_its_key_is_held(opened: Desktop, qtbot) -> None:
    view = opened.window.workspace.cell.heat_view
    press(opened, Key.Key_H)
    assert not view.layer_shown
    press(opened, Key.Key_H)
    assert view.layer_shown
    QTest.keyPress(opened.window.focusWidget(), Key.Key_H)
    qtbot.wait(450)
    assert not view.layer_shown
    QTest.keyRelease(opened.window.focusWidget(), Key.Key_H)
    assert view.layer_shown
    # A keyboard repeats a key that is held down, which would switch the heatmap on and off.
    assert not opened.window.action(ActionId.HEATMAP).autoRepeat()


def test_what_appears_in_the_status_bar_never_covers_a_message(opened: Desktop) -> None:
    status = opened.window.status
    status.show_briefly("Read-only: the session is open elsewhere.")
    status.show_failed(3)
    status.show_busy(True)
    QApplication.processEvents()
    assert status.currentMessage()
    assert not status._failed.isVisible()
    assert not status._bar.isVisible()
    status.clearMessage()
    assert status._failed.isVisible()


def test_two_rows_stay_in_sight_around_the_current_one(opened: Desktop) -> None:
    table = opened.window.workspace.results.table
    opened.window.resize(1200, 700)
    QApplication.processEvents()
    height, room = table.rowHeight(0), table.viewport().height()
    assert room > 6 * height
    for key in (Key.Key_J, Key.Key_Down):
        press(opened, *[key] * 5)
        top = table.rowViewportPosition(table.currentIndex().row())
        assert top + 3 * height <= room
    press(opened, *[Key.Key_K] * 7)
    assert table.rowViewportPosition(table.currentIndex().row()) >= 2 * height
