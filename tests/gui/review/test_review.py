"""Review by keyboard: each verdict is on disk, nothing jumps away, and no key decides more than it says."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from made_up import Answers, fill, write_images
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.key_bindings import KeyBindings
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

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


def undo(desktop: Desktop) -> None:
    press(desktop, Key.Key_Z, held=Qt.KeyboardModifier.ControlModifier)


def stored(desktop: Desktop) -> list[Cell]:
    """The cells as another program would read them from the file."""
    with Session.open(desktop.controller.session.path, read_only=True) as session:
        return list(session.all_cells())


def said(desktop: Desktop) -> list[str]:
    return [cell.verdict.class_name if cell.verdict else "" for cell in stored(desktop)]


def current(desktop: Desktop) -> Cell:
    cell = desktop.window.workspace.current_cell()
    assert cell is not None
    return cell


def select_rows(desktop: Desktop, rows: range) -> None:
    results = desktop.window.workspace.results
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in rows:
        results.table.selectionModel().select(results.model.index(row, 0), flags)


def test_a_slide_is_reviewed_with_the_keyboard_alone(opened: Desktop) -> None:
    press(opened, Key.Key_1, Key.Key_2, Key.Key_X, Key.Key_Space, Key.Key_J, Key.Key_K, Key.Key_2)
    first = [cell.prediction.first for cell in stored(opened)[:4]]
    assert said(opened)[:6] == ["normal", "abnormal", "non-sperm", first[3], "abnormal", ""]
    assert [cell.prediction.first for cell in stored(opened)[:4]] == first
    assert current(opened).ref.path.name == "img_5.png"
    press(opened, Key.Key_K, Key.Key_Delete)
    assert said(opened)[4] == ""
    assert current(opened).ref.path.name == "img_4.png"
    assert not verify(opened.controller.session.path).problems


def test_undo_and_redo_go_back_to_the_cell_and_keep_the_filters_that_hide_it(opened: Desktop) -> None:
    press(opened, Key.Key_2, Key.Key_2, Key.Key_2)
    workspace = opened.window.workspace
    workspace.slides.list.setCurrentIndex(workspace.slides.model.index(2))
    assert current(opened).ref.slide == "B"
    undo(opened)
    assert current(opened).ref.slide == "B"
    assert "img_2.png, which the filters hide" in opened.window.status.currentMessage()
    workspace.show_only()
    undo(opened)
    undo(opened)
    assert said(opened)[:3] == ["", "", ""]
    assert (current(opened).ref.slide, current(opened).ref.path.name) == ("A", "img_0.png")
    press(opened, Key.Key_Y, held=Qt.KeyboardModifier.ControlModifier)
    press(opened, Key.Key_Z, held=Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert said(opened)[:3] == ["abnormal", "abnormal", ""]
    assert current(opened).ref.path.name == "img_1.png"


@pytest.mark.parametrize("narrowed", [False, True])
def test_rows_stay_and_the_reader_moves_on_in_the_order_that_was_on_screen(opened: Desktop, narrowed: bool) -> None:
    results = opened.window.workspace.results
    results.sorting.by(Col.VERDICT if narrowed else Col.CONFIDENCE, Qt.SortOrder.DescendingOrder)
    if narrowed:
        results.filters._review.setCurrentText("Not reviewed")
    order = list(results.model.ids())
    results.select(order[2])
    press(opened, Key.Key_1, Key.Key_1, Key.Key_1)
    assert list(results.model.ids()) == order
    assert current(opened).id == order[5]
    results.finish()
    assert list(results.model.ids()) == order
    results.filters._review.setCurrentText("Reviewed")
    assert set(results.model.ids()) == set(order[2:5])


def test_u_goes_to_cells_that_wait_for_a_person_and_says_when_none_is_left(opened: Desktop) -> None:
    seen = []
    press(opened, Key.Key_U)
    for _ in range(3):
        seen.append((current(opened).ref.slide, current(opened).ref.path.name))
        press(opened, Key.Key_1)
    assert seen == [("A", "img_3.png"), ("A", "img_10.png"), ("B", "img_3.png")]
    press(opened, Key.Key_U)
    assert "No uncertain or referred cell" in opened.window.status.currentMessage()


def test_a_failed_file_takes_no_verdict_and_is_passed_over(opened: Desktop) -> None:
    results = opened.window.workspace.results
    results.select(results.model.id_at(9))
    press(opened, Key.Key_1)
    assert "can't have a verdict" in opened.window.status.currentMessage()
    results.select(results.model.id_at(8))
    press(opened, Key.Key_1)
    assert current(opened).ref.path.name == "img_10.png"
    assert said(opened)[8:10] == ["normal", ""]


def test_several_cells_get_a_class_after_asking_with_their_number_as_one_action(
    opened: Desktop, answers: Answers
) -> None:
    press(opened, Key.Key_1)
    select_rows(opened, range(12))
    answers.yes = False
    press(opened, Key.Key_2)
    assert "Assign the class 'abnormal' to 11 cells?" in answers.asked[-1]
    assert "1 cell already has a verdict. 1 cell of the selection can't" in answers.asked[-1]
    assert said(opened)[:3] == ["normal", "", ""]
    answers.yes = True
    press(opened, Key.Key_2)
    assert said(opened)[:12] == ["abnormal"] * 9 + [""] + ["abnormal"] * 2
    assert current(opened).ref.slide == "B"
    undo(opened)
    assert said(opened)[:3] == ["normal", "", ""]
    assert len(answers.asked) == 2


def test_the_first_verdict_of_a_day_asks_who_reviews_and_none_is_stored_without_a_name(
    opened: Desktop, answers: Answers
) -> None:
    answers.name = ""
    press(opened, Key.Key_1)
    assert said(opened)[0] == ""
    assert "reviewer's name" in opened.window.status.currentMessage()
    answers.name = "Bo"
    press(opened, Key.Key_1, Key.Key_1)
    assert len(answers.names_asked) == 2
    assert opened.window.status.reviewer.text() == "Reviewer: Bo"
    answers.name = "Ana"
    opened.window.status.reviewer.click()
    press(opened, Key.Key_1)
    assert [cell.verdict.reader for cell in stored(opened)[:3]] == ["Bo", "Bo", "Ana"]
    assert opened.settings.value.readers == ("Ana", "Bo")
    tomorrow = Reviewer(opened.settings, answers, lambda: date.today() + timedelta(days=1))
    assert tomorrow.name == ""
    assert tomorrow.ensure_name() == "Ana"
    assert answers.names_asked[-1] == ("Ana", "Bo")


def test_keys_type_text_where_the_focus_is_in_a_field(opened: Desktop, qtbot: QtBot) -> None:
    results, note = opened.window.workspace.results, opened.window.workspace.cell.verdict.note
    results.filters.start_search()
    QTest.keyClicks(results.filters._search, "img_1x u")
    assert results.filters._search.text() == "img_1x u"
    results.filters._search.clear()
    press(opened, Key.Key_Escape, Key.Key_N)
    assert opened.window.focusWidget() is note
    QTest.keyClicks(note, "2 tails, x")
    press(opened, Key.Key_Return)
    assert opened.window.focusWidget() is results.table
    assert stored(opened)[0].verdict.note == "2 tails, x"
    assert set(said(opened)) == {""}
    press(opened, Key.Key_2)
    assert (stored(opened)[0].verdict.class_name, stored(opened)[0].verdict.note) == ("abnormal", "2 tails, x")


def test_escape_drops_a_note_and_closing_the_window_keeps_it(opened: Desktop) -> None:
    note, path = opened.window.workspace.cell.verdict.note, opened.controller.session.path
    press(opened, Key.Key_N)
    QTest.keyClicks(note, "never mind")
    press(opened, Key.Key_Escape)
    assert note.text() == ""
    press(opened, Key.Key_N)
    QTest.keyClicks(note, "kept")
    opened.window.close()
    with Session.open(path, read_only=True) as session:
        assert next(session.all_cells()).verdict.note == "kept"


def test_the_heatmap_its_opacity_and_the_zoom_have_keys(opened: Desktop) -> None:
    pane = opened.window.workspace.cell
    press(opened, Key.Key_H)
    assert not pane.heat_view.layer_shown
    press(opened, Key.Key_Plus)
    assert pane.heat_view.layer_shown
    assert pane.heat_view.opacity == pytest.approx(0.8)
    press(opened, Key.Key_Minus, Key.Key_Minus, Key.Key_Z)
    assert pane.heat_view.opacity == pytest.approx(0.6)
    assert pane.zoom.factor > 1
    press(opened, Key.Key_Z)
    assert pane.zoom.factor == 1
    press(opened, Key.Key_W, held=Qt.KeyboardModifier.ShiftModifier)
    assert pane.crop_view.window_shown
    assert pane.heat_view.window_shown


def test_a_session_held_elsewhere_is_read_only_and_says_by_whom(
    open_desktop: Callable[..., Desktop], tmp_path: Path, answers: Answers
) -> None:
    path = fill(tmp_path / "s.spermview", {"A": 12}, tmp_path)
    holder = path.with_name(f".{path.name}.holder")
    beat = '{"user": "Bo", "host": "bench-2", "since": "2026-01-01T10:00:00+00:00", "beat": "%s"}'
    holder.write_text(beat % "9999-01-01T00:00:00+00:00")
    desktop = open_desktop()
    desktop.controller.open_paths([path])
    desktop.window.activateWindow()
    QApplication.processEvents()
    assert "Bo on bench-2" in desktop.window.notices.text
    press(desktop, Key.Key_1)
    assert "Bo on bench-2" in desktop.window.status.currentMessage()
    assert said(desktop)[0] == ""
    holder.write_text(beat % "2026-01-01T10:00:00+00:00")
    desktop.controller.open_paths([path])
    assert "Take this session over?" in answers.asked[-1]
    press(desktop, Key.Key_1)
    assert said(desktop)[0] == "normal"


def test_a_session_that_cannot_be_written_is_read_only_and_says_so(
    open_desktop: Callable[..., Desktop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fill(tmp_path / "s.spermview", {"A": 12}, tmp_path)
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    desktop = open_desktop()
    desktop.controller.open_paths([path])
    desktop.window.activateWindow()
    QApplication.processEvents()
    assert desktop.window.workspace.results.model.rowCount() == 12
    assert "can't be written where it is" in desktop.window.notices.text
    assert "copy it to a folder of your own" in desktop.window.notices.text
    press(desktop, Key.Key_1)
    assert "can't be written where it is" in desktop.window.status.currentMessage()
    assert [file.name for file in tmp_path.glob("*.spermview*")] == ["s.spermview"]
    assert path.read_bytes() == before


def test_a_session_is_held_as_long_as_it_is_open_even_after_a_run(
    open_desktop: Callable[..., Desktop], tmp_path: Path, qtbot: QtBot
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([write_images(tmp_path / "A", 3)])
    qtbot.waitUntil(lambda: desktop.window.workspace.results.model.rowCount() == 3)
    qtbot.waitUntil(lambda: not desktop.controller.runner.busy)
    path = desktop.controller.session.path
    holder = path.with_name(f".{path.name}.holder")
    assert holder.exists()
    desktop.window.action(ActionId.CLOSE_SESSION).trigger()
    assert not holder.exists()
    with sole_writer(path):
        pass


def test_a_key_is_chosen_in_the_settings_and_one_that_is_taken_is_refused(opened: Desktop) -> None:
    dialog = SettingsDialog(opened.settings, ACTIONS, Answers(), opened.window)
    page = dialog.keys
    page.select(ActionId.ACCEPT)
    page.capture.setKeySequence(QKeySequence("X"))
    page.capture.editingFinished.emit()
    assert "X is the key of 'Not a Sperm'" in page.message.text()
    page.capture.setKeySequence(QKeySequence("Q"))
    page.capture.editingFinished.emit()
    assert "(Q)" in opened.window.action(ActionId.ACCEPT).toolTip()
    press(opened, Key.Key_Space)
    assert said(opened)[0] == ""
    press(opened, Key.Key_Q)
    assert said(opened)[0] != ""
    page.reset.click()
    press(opened, Key.Key_Space)
    assert said(opened)[1] != ""
    dialog.close()


def test_broken_keys_in_the_settings_are_skipped_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        bindings = KeyBindings(ACTIONS, ["accept=Q", "no-such-act=W", "undo=Ctrl+nonsense", "note=X", "zoom="])
    assert bindings.to_store() == ("accept=Q", "zoom=")
    assert bindings.keys(ActionId.ZOOM) == []
    assert bindings.keys(ActionId.NOTE) == [QKeySequence("N")]
    assert len(caplog.records) == 3


def test_the_filters_know_who_reviewed_and_where_a_reader_disagreed(opened: Desktop, qtbot: QtBot) -> None:
    first = current(opened).prediction.first
    press(opened, Key.Key_1 if first == "abnormal" else Key.Key_2, Key.Key_Space)
    results = opened.window.workspace.results
    assert results.model.index(0, Col.VERDICT).data().startswith("≠ ")
    assert not results.model.index(1, Col.VERDICT).data().startswith("≠ ")
    qtbot.waitUntil(lambda: results.filters._review.findText("by Ana") > 0)
    for entry, count in (("Disagreements", 1), ("by Ana", 2), ("Not reviewed", 15)):
        results.filters._review.setCurrentText(entry)
        assert results.model.rowCount() == count
    assert "reviewed 2" in opened.window.workspace.slides.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_a_copy_of_a_session_is_whole_and_never_replaces_the_session(
    opened: Desktop, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    press(opened, Key.Key_2)
    answers.path = tmp_path / "copy.spermview"
    opened.window.action(ActionId.SAVE_COPY).trigger()
    qtbot.waitUntil(lambda: "Wrote a copy" in opened.window.notices.text)
    with Session.open(answers.path) as copy:
        assert next(copy.all_cells()).verdict.class_name == "abnormal"
    answers.path = opened.controller.session.path
    opened.window.action(ActionId.SAVE_COPY).trigger()
    qtbot.waitUntil(lambda: any("not a copy" in told for told in answers.told))
