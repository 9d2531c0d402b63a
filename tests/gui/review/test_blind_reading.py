"""The blind second reading hides what was said, ends by itself, and says how far the readings agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, fill
from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from sperm_viewer.app import Desktop
from sperm_viewer.domain.reading import ReadingKind
from sperm_viewer.gui.dialogs.agreement_dialog import AgreementDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.session.session import CellFilter, Session

Key = Qt.Key


@pytest.fixture
def reviewed(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    """Twelve cells, one of them failed, all reviewed by Ana."""
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12}, tmp_path)])
    desktop.window.activateWindow()
    QApplication.processEvents()
    press(desktop, *[Key.Key_Space] * 11)
    return desktop


def press(desktop: Desktop, *keys: Key) -> None:
    for key in keys:
        QTest.keyClick(desktop.window.focusWidget() or desktop.window, key)


def begin(desktop: Desktop, answers: Answers, name: str = "Bo") -> None:
    answers.name = name
    desktop.window.activateWindow()
    desktop.window.action(ActionId.READ_AGAIN).trigger()
    QApplication.processEvents()


def test_nothing_that_was_said_of_a_cell_is_on_screen(reviewed: Desktop, answers: Answers) -> None:
    press(reviewed, Key.Key_N)
    QTest.keyClicks(reviewed.window.focusWidget(), "odd one")
    press(reviewed, Key.Key_Return)
    begin(reviewed, answers)
    window = reviewed.window
    texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible() and label.text()]
    hints = ("normal", "abnormal", "non-sperm", "Ana", "odd", "uncertain", "referred", "reviewed", "img_", "0.")
    assert not [text for text in texts if any(hint in text for hint in hints)]
    checked = [button for button in window.blind.page.findChildren(QToolButton) if button.isChecked()]
    assert not checked
    assert not window.workspace.isVisible()
    assert not window.toolbar.isVisible()
    for action in (
        ActionId.ACCEPT,
        ActionId.HEATMAP,
        ActionId.EXPORT_CSV,
        ActionId.AGREEMENT,
        ActionId.FIND,
        ActionId.CLOSE_SESSION,
    ):
        assert not window.action(action).isEnabled()
    press(reviewed, Key.Key_Escape)
    assert window.workspace.isVisible()
    assert window.action(ActionId.EXPORT_CSV).isEnabled()


def test_the_second_reading_ends_by_itself_and_shows_the_agreement(reviewed: Desktop, answers: Answers) -> None:
    begin(reviewed, answers)
    order = list(reviewed.window.blind.page.shown_ids())
    assert len(order) == 11
    press(reviewed, Key.Key_1, Key.Key_2)
    assert reviewed.window.blind.page.current_cell().id == order[2]
    press(reviewed, *[Key.Key_1] * 9)
    assert not reviewed.window.blind.active
    page = reviewed.window.findChild(AgreementDialog).page.toPlainText()
    assert page.count("of 11 cells") == 3
    assert "First reader and second reader" in page
    with Session.open(reviewed.controller.session.path, read_only=True) as session:
        cells = {cell.id: cell for cell in session.all_cells()}
    assert [cells[cell].second.class_name for cell in order] == ["normal", "abnormal", *["normal"] * 9]
    assert {cells[cell].second.reader for cell in order} == {"Bo"}
    assert {cells[cell].verdict.reader for cell in order} == {"Ana"}


def test_a_second_reading_goes_on_where_it_was_left_and_undo_touches_it_alone(
    reviewed: Desktop, answers: Answers
) -> None:
    begin(reviewed, answers)
    order = list(reviewed.window.blind.page.shown_ids())
    press(reviewed, Key.Key_2, Key.Key_2, Key.Key_Escape)
    reviewed.window.findChild(AgreementDialog).close()
    begin(reviewed, answers)
    assert [(each.name, each.done, each.cells) for each in answers.readings_offered[-1]] == [("second reader", 2, 11)]
    assert list(reviewed.window.blind.page.shown_ids()) == order
    assert reviewed.window.blind.page.current_cell().id == order[2]
    QTest.keyClick(reviewed.window.focusWidget(), Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert reviewed.window.blind.page.current_cell().id == order[1]
    assert not reviewed.window.blind.page.current_cell().second.class_name
    press(reviewed, Key.Key_Escape)
    assert len(reviewed.controller.session.readable(unread_in=1)) == 0


def test_the_first_reader_can_not_be_the_second(reviewed: Desktop, answers: Answers) -> None:
    begin(reviewed, answers, "Ana")
    assert "can't be on both sides of an agreement" in answers.told[-1]
    assert not reviewed.window.blind.active


def test_a_third_reader_a_repeat_and_an_adjudicator_each_have_a_column_and_the_numbers_lead_to_their_cells(
    reviewed: Desktop, answers: Answers
) -> None:
    window = reviewed.window
    for kind, name, share, keys in (
        (ReadingKind.FURTHER, "Bo", 1.0, [Key.Key_1] * 11),
        (ReadingKind.FURTHER, "Carl", 0.5, [Key.Key_2] * 6),
        (ReadingKind.REPEAT, "Ana", 0.3, [Key.Key_3] * 4),
    ):
        answers.kind, answers.share = kind, share
        begin(reviewed, answers, name)
        press(reviewed, *keys)
        assert not window.blind.active
        window.findChildren(AgreementDialog)[-1].close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    answers.kind, answers.share, answers.blind = ReadingKind.ADJUDICATION, 1.0, False
    begin(reviewed, answers, "Dora")
    open_cells = len(window.blind.page.shown_ids())
    assert "second reader: normal" in window.blind.page.suggestion.text()
    press(reviewed, *[Key.Key_2] * open_cells)
    dialog = window.findChildren(AgreementDialog)[-1]
    heads = [dialog.table.horizontalHeaderItem(column).text() for column in range(dialog.table.columnCount())]
    assert heads[4:] == [
        "first reader\nAna",
        "second reader\nBo",
        "third reader\nCarl",
        "first reader again\nAna",
        "adjudicator\nDora",
        "Consensus",
        "Outcome",
    ]
    assert "First reader and first reader again" in dialog.page.toPlainText()
    assert f"adjudicated: {open_cells}" in dialog.page.toPlainText()
    second_and_third = next(place for place, pair in enumerate(dialog.pairs) if pair.one == "second reader")
    dialog.page.anchorClicked.emit(QUrl(f"{second_and_third}/0/1"))
    shown = [row for row in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(row)]
    assert {(dialog.table.item(row, 5).text(), dialog.table.item(row, 6).text()) for row in shown} == {
        ("normal", "abnormal")
    }
    assert len(shown) == 6
    file = dialog.table.item(shown[2], 2).text()
    dialog.table.cellActivated.emit(shown[2], 0)
    assert window.workspace.current_cell().ref.path.name == file


def test_a_check_of_the_model_hides_its_answers_and_tells_how_often_it_was_right(
    open_desktop: Callable[..., Desktop], answers: Answers, tmp_path: Path
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12, "B": 12}, tmp_path)])
    window = desktop.window
    window.activateWindow()
    QApplication.processEvents()
    window.action(ActionId.SPOT_CHECK).trigger()
    page = window.blind.page
    assert window.pages.currentWidget() is page
    assert "Cell 1 of 11" in page.title.text()
    assert not window.action(ActionId.ACCEPT).isEnabled()
    right = 0
    for number in range(11):
        cell = page.current_cell()
        assert cell is not None
        assert cell.ref.slide == "A"
        assert cell.prediction is not None
        assert cell.prediction.first not in page.suggestion.text()
        press(desktop, Key.Key_M)
        assert cell.prediction.first in page.suggestion.text()
        right += cell.prediction.first == "normal"
        if number == 5:
            press(desktop, Key.Key_Escape)
            assert "of 5 cells" in answers.told[-1]
            assert "6 cells of the check left" in answers.told[-1]
            window.action(ActionId.SPOT_CHECK).trigger()
        press(desktop, Key.Key_1)
    assert window.pages.currentWidget() is window.workspace
    assert f"right on {right} of 11 cells" in answers.told[-1]
    assert desktop.controller.session is not None
    assert len(desktop.controller.session.cell_ids(where=CellFilter(reviewed=True))) == 11


def test_a_slide_from_elsewhere_offers_the_check(open_desktop: Callable[..., Desktop]) -> None:
    window = open_desktop().window
    window.notices.show_text("Most of slide A is unlike the training data.", window.action(ActionId.SPOT_CHECK))
    assert window.notices.offer.isVisible()
    assert window.notices.offer.text().replace("&", "") == "Check on 50 Cells"
    window.notices.show_text("Something else.")
    assert not window.notices.offer.isVisible()
