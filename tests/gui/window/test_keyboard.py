"""Everything can be done from the keyboard, and what the keys are for is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import CLASSES, fill
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeySequence, QPaintEvent, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.session.session import Session


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[ResultsPane]:
    thumbnails = Thumbnails(lambda cell: None)
    made = ResultsPane(thumbnails, Theme(qapp, "light"))
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    with Session.open(fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)) as session:
        made.show_session(session, CLASSES)
        made.table.setFocus()
        qapp.processEvents()
        yield made
        made.show_session(None, ())
    thumbnails.close()


class Painted(QObject):
    """Which part of a widget was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.region = QRegion()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region = self.region.united(event.region())
        return False


def opened(desktop: Desktop, tmp_path: Path) -> Desktop:
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12, "B": 5}, tmp_path)])
    desktop.window.activateWindow()
    QApplication.processEvents()
    return desktop


def tab_stops(desktop: Desktop) -> list[QWidget]:
    """Every widget that the Tab key comes to, once round."""
    stops: list[QWidget] = []
    for _ in range(60):
        QTest.keyClick(desktop.window.focusWidget() or desktop.window, Qt.Key.Key_Tab)
        at = desktop.window.focusWidget()
        if at is None or at in stops:
            break
        stops.append(at)
    return stops


def test_the_row_that_was_current_loses_its_marks_in_every_column(pane: ResultsPane, qapp: QApplication) -> None:
    table = pane.table
    painted = Painted(table.viewport())
    flag = table.selectionModel().SelectionFlag.NoUpdate
    table.selectionModel().setCurrentIndex(pane.model.index(3, Col.FILE), flag)
    qapp.processEvents()
    for column in (Col.CROP, Col.CLASS, Col.STATUS):
        for row in (0, 3):
            assert painted.region.contains(table.visualRect(pane.model.index(row, column)).center())


def test_the_first_cell_is_selected_whatever_keys_are_held(open_desktop, tmp_path: Path, qtbot: QtBot) -> None:
    desktop = opened(open_desktop(), tmp_path)
    results = desktop.window.workspace.results
    results.filters._search.setText("no such file")
    qtbot.waitUntil(lambda: results.model.rowCount() == 0)
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyPress(desktop.window.windowHandle(), Qt.Key.Key_F12, held)
    assert QApplication.keyboardModifiers() == held
    desktop.window.action(ActionId.SHOW_ALL).trigger()
    QTest.keyRelease(desktop.window.windowHandle(), Qt.Key.Key_F12)
    assert results.selected_ids() == [results.model.id_at(0)]
    assert results.current_cell().id == results.model.id_at(0)


def test_tab_stops_only_where_there_is_something_to_see(open_desktop, tmp_path: Path) -> None:
    desktop = open_desktop()
    desktop.window.activateWindow()
    for prepare in (lambda: None, lambda: opened(desktop, tmp_path)):
        prepare()
        stops = tab_stops(desktop)
        assert len(stops) > 3
        for stop in stops:
            assert stop.isVisible()
            assert not (isinstance(stop, QToolButton) and not stop.text())
            scrolls = isinstance(stop, QScrollArea) and stop.verticalScrollBar().maximum() > 0
            assert scrolls or not isinstance(stop, QScrollArea)


def test_escape_clears_the_search_and_then_leaves_it(pane: ResultsPane, qtbot: QtBot) -> None:
    pane.filters.start_search()
    QTest.keyClicks(pane.filters._search, "img_1")
    qtbot.waitUntil(lambda: pane.model.rowCount() == 11)
    QTest.keyClick(pane.filters._search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: pane.model.rowCount() == 40)
    assert pane.focusWidget() is pane.filters._search
    QTest.keyClick(pane.filters._search, Qt.Key.Key_Escape)
    assert pane.focusWidget() is pane.table


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Return])
def test_down_and_enter_go_from_the_search_to_what_it_found(pane: ResultsPane, key: Qt.Key) -> None:
    pane.filters.start_search()
    QTest.keyClicks(pane.filters._search, "img_1")
    QTest.keyClick(pane.filters._search, key)
    assert pane.focusWidget() is pane.table
    assert pane.model.rowCount() == 11


def test_the_view_menu_sorts_by_every_column_both_ways_and_says_how_it_is_sorted(open_desktop, tmp_path: Path) -> None:
    desktop = opened(open_desktop(), tmp_path)
    menu, results = desktop.window.menus.sort, desktop.window.workspace.results
    header = results.table.horizontalHeader()
    entries = {entry.text().replace("&", ""): entry for entry in menu.actions()}
    assert not entries["Descending"].isEnabled()
    entries["Confidence"].trigger()
    entries["Descending"].trigger()
    cells = [results.model.cell_at(row) for row in range(17)]
    confidences = [cell.prediction.confidence for cell in cells if cell and cell.prediction]
    assert confidences == sorted(confidences, reverse=True)
    assert (header.sortIndicatorSection(), header.sortIndicatorOrder()) == (
        Col.CONFIDENCE,
        Qt.SortOrder.DescendingOrder,
    )
    header.setSortIndicator(Col.FILE, Qt.SortOrder.AscendingOrder)
    assert entries["File"].isChecked()
    assert entries["Ascending"].isChecked()
    entries["Natural Order"].trigger()
    assert header.sortIndicatorSection() == -1


def test_a_click_on_a_column_of_pictures_leaves_the_order_and_its_arrow_alone(pane: ResultsPane) -> None:
    header = pane.table.horizontalHeader()
    header.setSortIndicator(Col.CONFIDENCE, Qt.SortOrder.DescendingOrder)
    before = list(pane.model.ids())
    for column in (Col.CROP, Col.HEAT):
        place = QPointF(header.sectionViewportPosition(column) + 20, header.height() / 2).toPoint()
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert list(pane.model.ids()) == before
        assert header.sortIndicatorSection() == Col.CONFIDENCE
        assert header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder


def test_home_and_end_go_to_the_first_and_last_cell(pane: ResultsPane) -> None:
    pane.select(pane.model.id_at(7))
    QTest.keyClick(pane.table, Qt.Key.Key_End)
    assert pane.selected_ids() == [pane.model.id_at(39)]
    QTest.keyClick(pane.table, Qt.Key.Key_Home)
    assert pane.selected_ids() == [pane.model.id_at(0)]
    QTest.keyClick(pane.table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert len(pane.selected_ids()) == 40


def test_after_sorting_the_current_cell_is_in_sight(pane: ResultsPane) -> None:
    pane.select(pane.model.id_at(0))
    pane.table.verticalScrollBar().setValue(pane.table.verticalScrollBar().maximum())
    pane.sorting.by(Col.CONFIDENCE, Qt.SortOrder.DescendingOrder)
    top = pane.table.rowViewportPosition(pane.table.currentIndex().row())
    assert 0 <= top < pane.table.viewport().height()


def test_choosing_a_cell_never_scrolls_sideways(pane: ResultsPane, qapp: QApplication) -> None:
    pane.resize(330, 400)
    qapp.processEvents()
    pane.select(pane.model.id_at(30))
    pane.filters.set_slide(1)
    QTest.keyClick(pane.table, Qt.Key.Key_End)
    assert pane.table.horizontalScrollBar().maximum() > 0
    assert pane.table.horizontalScrollBar().value() == 0


def test_the_whole_row_under_the_pointer_is_hovered_and_no_longer_than_the_pointer_is_there(pane: ResultsPane) -> None:
    place = pane.table.visualRect(pane.model.index(2, Col.CLASS)).center()
    QTest.mouseMove(pane.table.viewport(), place)
    assert pane.table.hovered_row == 2
    QApplication.sendEvent(pane.table.viewport(), QEvent(QEvent.Type.Leave))
    assert pane.table.hovered_row == -1


def test_each_letter_of_a_menu_stands_for_one_entry(open_desktop, tmp_path: Path) -> None:
    desktop = opened(open_desktop(), tmp_path)
    paused = desktop.window.action(ActionId.PAUSE)
    for text in (paused.text(), "Co&ntinue"):
        paused.setText(text)
        for menu in (entry.menu() for entry in desktop.window.menuBar().actions()):
            assert isinstance(menu, QMenu)
            letters = [QKeySequence.mnemonic(entry.text()).toString() for entry in menu.actions() if entry.isVisible()]
            used = [letter for letter in letters if letter]
            assert len(used) > 3
            assert sorted(used) == sorted(set(used)), menu.title()
