"""The question which reading to begin or to go on with."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.reading import NewReading, Reading, ReadingKind
from sperm_viewer.gui.dialogs.reading_dialog import ReadingBegun, ReadingDialog

_BO = Reading(2, ReadingKind.FURTHER, "Bo", 1.0, 7, True, None, "2026-11-28T10:00:00Z")


def _shown(qtbot: QtBot, *begun: ReadingBegun) -> ReadingDialog:
    dialog = ReadingDialog(begun, ("Ana", "Bo"), None)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_name_and_enter_begin_a_blind_reading_of_all_cells(qtbot: QtBot) -> None:
    dialog = _shown(qtbot)
    QTest.keyClicks(dialog.reader.lineEdit(), " Carl  B ")
    QTest.keyClick(dialog.reader.lineEdit(), Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.chosen == NewReading(ReadingKind.FURTHER, "Carl B", 1.0, True)


def test_a_share_of_the_cells_may_be_read_again_with_answers_shown(qtbot: QtBot) -> None:
    dialog = _shown(qtbot)
    dialog.kind.setCurrentIndex(1)
    dialog.reader.setEditText("Ana")
    dialog.share.setValue(25)
    dialog.blind.click()
    assert dialog.chosen == NewReading(ReadingKind.REPEAT, "Ana", 0.25, False)


def test_an_adjudicator_sees_the_answers_unless_asked_otherwise(qtbot: QtBot) -> None:
    dialog = _shown(qtbot)
    dialog.kind.setCurrentIndex(2)
    dialog.reader.setEditText("Dora")
    assert dialog.chosen == NewReading(ReadingKind.ADJUDICATION, "Dora", 1.0, False)


def test_an_unfinished_reading_is_offered_first_and_a_finished_one_is_not(qtbot: QtBot) -> None:
    finished = Reading(3, ReadingKind.FURTHER, "Carl", 1.0, 7, True, None, "2026-11-28T11:00:00Z")
    dialog = _shown(qtbot, ReadingBegun(_BO, "second reader", 4, 11), ReadingBegun(finished, "third reader", 11, 11))
    assert [button.text() for button in dialog.begun.buttons()] == [
        "Go on as Bo (second reader), 4 of 11 cells read",
        "Begin another reading",
    ]
    assert dialog.chosen == _BO
    dialog.begun.buttons()[1].click()
    dialog.reader.setEditText("Eva")
    assert dialog.chosen == NewReading(ReadingKind.FURTHER, "Eva", 1.0, True)


def test_nothing_begins_without_a_name(qtbot: QtBot) -> None:
    dialog = _shown(qtbot)
    QTest.keyClick(dialog.reader.lineEdit(), Qt.Key.Key_Return)
    assert dialog.isVisible()
