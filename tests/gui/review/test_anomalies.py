"""Anomalies are ticked by letters beside the verdict, and what contradicts it is pointed out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, fill
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QTableWidget
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.dialogs.shortcuts_dialog import ShortcutsDialog
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.widgets.action_spec import TICKING, ActionId
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.session.session import Session

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


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


def tick(desktop: Desktop, *letters: Key) -> None:
    press(desktop, *letters, held=SHIFT)


def current(desktop: Desktop) -> Cell:
    cell = desktop.window.workspace.current_cell()
    assert cell is not None
    return cell


def stored(desktop: Desktop, place: int) -> tuple[str, frozenset[str] | None]:
    """The verdict and the anomalies of a cell as another program would read them from the file."""
    with Session.open(desktop.controller.session.path, read_only=True) as session:
        verdict = list(session.all_cells())[place].verdict
    return (verdict.class_name, verdict.anomalies) if verdict else ("", None)


def test_letters_tick_and_untick_anomalies_of_the_cell_without_a_dialog_and_without_leaving_it(opened: Desktop) -> None:
    tick(opened, Key.Key_T, Key.Key_I)
    assert stored(opened, 0) == ("", {"head-tapered", "tail-coiled"})
    assert opened.window.findChild(QDialog) is None
    toggles = opened.window.workspace.cell.verdict.anomalies
    assert {a for a, button in toggles.buttons.items() if button.isChecked()} == {
        Anomaly.HEAD_TAPERED,
        Anomaly.TAIL_COILED,
    }
    tick(opened, Key.Key_T)
    assert stored(opened, 0) == ("", {"tail-coiled"})
    press(opened, Key.Key_2)
    assert stored(opened, 0) == ("abnormal", {"tail-coiled"})
    assert current(opened).ref.path.name == "img_1.png"
    assert not any(button.isChecked() for button in toggles.buttons.values())
    press(opened, Key.Key_Z, Key.Key_Z, held=CTRL)
    assert stored(opened, 0) == ("", {"head-tapered", "tail-coiled"})
    assert toggles.buttons[Anomaly.HEAD_TAPERED].isChecked()


def test_a_click_on_a_toggle_ticks_and_leaves_the_keys_to_the_cells(opened: Desktop) -> None:
    button = opened.window.workspace.cell.verdict.anomalies.buttons[Anomaly.MIDPIECE_BENT]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert stored(opened, 0) == ("", {"midpiece-bent"})
    press(opened, Key.Key_2)
    assert stored(opened, 0) == ("abnormal", {"midpiece-bent"})


def test_each_anomaly_has_a_key_of_its_own_which_its_toggle_and_the_list_of_keys_show(opened: Desktop) -> None:
    keys = [key.toString() for spec in ACTIONS for key in spec.default_keys()]
    assert len(keys) == len(set(keys))
    opened.window.action(ActionId.KEYS).trigger()
    (shortcuts,) = opened.window.findChildren(ShortcutsDialog)
    (table,) = shortcuts.findChildren(QTableWidget)
    listed = {table.item(row, 1).text(): table.item(row, 0).text() for row in range(table.rowCount())}
    toggles = opened.window.workspace.cell.verdict.anomalies
    for action, anomaly in TICKING.items():
        spec = next(spec for spec in ACTIONS if spec.id is action)
        key = listed[spec.tip]
        assert key.startswith("Shift+")
        assert toggles.buttons[anomaly].text() == f"{key[-1]}  {anomaly.word}"
    shortcuts.close()


def test_another_key_of_an_anomaly_is_shown_on_its_toggle(opened: Desktop) -> None:
    opened.settings.update(keys=("tick-tail-coiled=F7",))
    toggles = opened.window.workspace.cell.verdict.anomalies
    assert toggles.buttons[Anomaly.TAIL_COILED].text() == "F7  coiled"
    assert toggles._title.text() == "Anomalies"
    press(opened, Key.Key_F7)
    assert stored(opened, 0) == ("", {"tail-coiled"})
    assert QKeySequence("Shift+I") not in opened.window.action(ActionId.TICK_TAIL_COILED).shortcuts()


def test_the_table_shows_the_anomalies_once_one_is_ticked_and_sorts_by_them(opened: Desktop, qtbot: QtBot) -> None:
    results = opened.window.workspace.results
    assert results.table.isColumnHidden(Col.ANOMALIES)
    press(opened, Key.Key_2)
    tick(opened, Key.Key_O, Key.Key_R)
    qtbot.waitUntil(lambda: not results.table.isColumnHidden(Col.ANOMALIES))
    assert results.model.index(1, Col.ANOMALIES).data() == "round head, short tail"
    results.sorting.by(Col.ANOMALIES, Qt.SortOrder.DescendingOrder)
    assert results.model.index(0, Col.ANOMALIES).data() == "round head, short tail"


def test_a_verdict_that_contradicts_the_ticks_is_pointed_out_before_the_reader_goes_on(opened: Desktop) -> None:
    warning = opened.window.workspace.cell.verdict.warning
    tick(opened, Key.Key_V)
    assert not warning.isVisible()
    press(opened, Key.Key_1)
    text = "The verdict is normal, but an anomaly is ticked: vacuolated head."
    assert stored(opened, 0) == ("normal", {"head-vacuolated"})
    assert current(opened).ref.path.name == "img_0.png"
    assert opened.window.status.currentMessage() == f"{text} Press the key again to go on."
    assert warning.text() == f"⚠ {text}"
    assert warning.isVisible()
    model = opened.window.workspace.results.model
    assert model.index(0, Col.ANOMALIES).data() == "⚠ vacuolated head"
    assert text in model.index(0, Col.ANOMALIES).data(Qt.ItemDataRole.ToolTipRole)
    press(opened, Key.Key_1)
    assert current(opened).ref.path.name == "img_1.png"
    press(opened, Key.Key_K)
    tick(opened, Key.Key_V)
    assert not warning.isVisible()
    assert model.index(0, Col.ANOMALIES).data() == ""


def test_ticks_that_contradict_the_verdict_are_pointed_out(opened: Desktop) -> None:
    press(opened, Key.Key_2, Key.Key_K)
    tick(opened, Key.Key_D)
    assert not opened.window.workspace.cell.verdict.warning.isVisible()
    tick(opened, Key.Key_D)
    assert opened.window.status.currentMessage() == "The verdict is abnormal, but no anomaly is ticked."
    assert opened.window.workspace.cell.verdict.warning.isVisible()


def test_with_the_setting_an_abnormal_cell_stays_until_an_anomaly_is_ticked(opened: Desktop) -> None:
    dialog = SettingsDialog(opened.settings, ACTIONS, Answers(), opened.window)
    assert not dialog.stay.isChecked()
    dialog.stay.click()
    dialog.close()
    press(opened, Key.Key_2)
    assert stored(opened, 0)[0] == "abnormal"
    assert current(opened).ref.path.name == "img_0.png"
    assert "Tick the anomalies" in opened.window.status.currentMessage()
    press(opened, Key.Key_2)
    assert current(opened).ref.path.name == "img_0.png"
    tick(opened, Key.Key_A, Key.Key_E)
    press(opened, Key.Key_2)
    assert stored(opened, 0) == ("abnormal", {"head-amorphous", "cytoplasm-excess"})
    assert current(opened).ref.path.name == "img_1.png"
    press(opened, Key.Key_1, Key.Key_U, Key.Key_2, Key.Key_J)
    assert current(opened).ref.path.name == "img_4.png", "J leaves img_3 without ticks"


def test_an_anomaly_of_several_cells_is_ticked_after_asking(opened: Desktop, answers: Answers) -> None:
    opened.window.workspace.results.table.selectAll()
    tick(opened, Key.Key_N)
    assert "Tick 'thin midpiece' for 11 cells?" in answers.asked[-1]
    assert stored(opened, 0) == ("", {"midpiece-thin"})
    assert stored(opened, 9) == ("", None), "img_9 failed"


def test_a_blind_reader_ticks_their_own_anomalies_and_sees_no_others(opened: Desktop, answers: Answers) -> None:
    tick(opened, Key.Key_T)
    answers.name = "Bo"
    opened.window.action(ActionId.READ_AGAIN).trigger()
    page = opened.window.blind.page
    while page.current_cell().ref.path.name != "img_0.png":
        press(opened, Key.Key_Right)
    toggles = page.verdict.anomalies
    assert not toggles.buttons[Anomaly.HEAD_TAPERED].isChecked()
    tick(opened, Key.Key_L)
    assert toggles.buttons[Anomaly.HEAD_LARGE].isChecked()
    assert "large head" in page.verdict.summary.text()
    assert stored(opened, 0) == ("", {"head-tapered"})
