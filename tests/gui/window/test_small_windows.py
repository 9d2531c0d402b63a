"""Long names, small and large screens: nothing is cut without a sign of it, and nothing is pushed out of reach."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from made_up import fill
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from sperm_viewer.gui.background.thumbnails import SIDE
from sperm_viewer.gui.results.columns import COLUMNS, Col
from sperm_viewer.gui.results.delegates import as_lines
from sperm_viewer.gui.review.verdict_panel import VerdictPanel
from sperm_viewer.gui.widgets.elided import elided
from sperm_viewer.gui.widgets.elided_label import ElidedLabel
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.window.notice_bar import NoticeBar


def test_a_window_larger_than_the_screen_is_made_to_fit_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    room = window.screen().availableGeometry()
    window.setGeometry(room.right() - 50, room.bottom() - 50, room.width() * 2, 100)
    fit_to_screen(window)
    assert room.contains(window.geometry())


def test_a_long_name_loses_its_middle_and_keeps_both_ends(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(150, 20)
    label.show_text("a_very_long_name_of_a_file_indeed_17.png")
    label.show()
    shown = label.text()
    assert shown.startswith("a_v")
    assert shown.endswith("17.png")
    assert "…" in shown
    label.resize(900, 20)
    assert label.text() == "a_very_long_name_of_a_file_indeed_17.png"


def test_files_that_differ_in_their_number_are_told_apart_in_the_narrowest_column(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    width = metrics.horizontalAdvance("amor…037.png")
    shown = [elided(f"amorphous_0{number}.png", metrics, width) for number in ("037", "137", "038")]
    assert shown[0] == "amor…037.png"
    assert len(set(shown)) == 3
    assert all(metrics.horizontalAdvance(name) <= width for name in shown)
    assert elided("short.png", metrics, 1000) == "short.png"
    assert elided("amorphous_0037.png", metrics, 0) == "…"


def test_flags_that_find_no_room_in_a_row_are_counted() -> None:
    assert as_lines(["cut", "focus", "unlike"], 3) == ["cut", "focus", "unlike"]
    assert as_lines(["cut", "focus", "unlike", "uncertain"], 3) == ["cut", "focus", "2 more"]


def test_a_tooltip_can_be_broken_into_lines_wherever_its_path_is_long() -> None:
    tip = plain_tip("/slides/" + "x" * 300 + "/img.png")
    pieces = tip.replace("/", "/\u200b").split("\u200b")
    assert max(map(len, pieces)) < 80


@pytest.mark.parametrize("width", [800, 900])
def test_in_a_small_window_every_control_of_the_toolbar_and_the_filters_is_whole(
    open_desktop, tmp_path: Path, qapp: QApplication, width: int
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    window = desktop.window
    window.resize(width, 600)
    qapp.processEvents()
    assert not window.toolbar.findChild(QToolButton, "qt_toolbar_ext_button").isVisible()
    filters = window.workspace.results.filters
    for box in [*filters.findChildren(QComboBox), *window.workspace.cell.findChildren(QComboBox)]:
        assert box.width() >= box.sizeHint().width()
    for button in window.workspace.cell.findChild(VerdictPanel).findChildren(QToolButton):
        assert button.width() >= button.sizeHint().width() or not button.isVisible()
    assert filters.findChild(QLineEdit).width() >= 120
    assert window.workspace.slides.list.horizontalScrollBar().maximum() == 0


def test_the_names_of_files_get_the_room_that_is_left(open_desktop, tmp_path: Path, qapp: QApplication) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    table = desktop.window.workspace.results.table
    for width in (1600, 1300):
        desktop.window.resize(width, 700)
        qapp.processEvents()
        assert table.horizontalHeader().length() == table.viewport().width()
        assert table.columnWidth(Col.STATUS) == COLUMNS[Col.STATUS].width
    desktop.window.resize(800, 600)
    qapp.processEvents()
    assert table.columnWidth(Col.FILE) == COLUMNS[Col.FILE].width


def test_in_a_window_of_1280_by_720_the_cell_pane_scrolls_as_one_and_shows_verdict_and_probabilities_first(
    open_desktop, tmp_path: Path, qapp: QApplication
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    desktop.window.resize(1280, 720)
    qapp.processEvents()
    pane = desktop.window.workspace.cell
    (scroll,) = pane.findChildren(QScrollArea)
    qapp.processEvents()
    page = scroll.widget()
    assert page.isAncestorOf(pane.crop_view)
    assert page.width() == scroll.viewport().width()
    assert page.minimumSizeHint().width() <= page.width()
    places = [page.layout().indexOf(part) for part in (pane.verdict, pane.bars, pane.evidence, pane.similar)]
    assert places[0] > -1
    assert places == sorted(places)
    for part in (pane.verdict, pane.bars):
        assert part.mapTo(scroll.viewport(), part.rect().bottomLeft()).y() < scroll.viewport().height()
    scroll.verticalScrollBar().setValue(scroll.verticalScrollBar().maximum())
    last = pane.similar if pane.similar.isVisible() else pane.evidence
    assert last.mapTo(scroll.viewport(), last.rect().bottomLeft()).y() < scroll.viewport().height()


def test_in_a_window_of_2560_by_1440_the_pictures_of_the_table_grow_with_the_room(
    open_desktop, tmp_path: Path, qapp: QApplication
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    window, results = desktop.window, desktop.window.workspace.results
    window.resize(1400, 840)
    qapp.processEvents()
    assert results.table.side == SIDE
    results.select(results.model.id_at(20))
    window.resize(2560, 1440)
    qapp.processEvents()
    assert SIDE * 1.4 < results.table.side <= SIDE * 2
    assert results.table.rowHeight(20) > results.table.side
    assert results.table.columnWidth(Col.CROP) > results.table.side
    assert window.workspace.thumbnails._look.side == results.table.side
    assert 0 <= results.table.rowViewportPosition(20) < results.table.viewport().height()
    window.resize(1400, 840)
    qapp.processEvents()
    assert results.table.side == SIDE


@pytest.mark.parametrize("width", [800, 1280])
def test_long_texts_in_the_status_bar_are_elided_and_never_cover_each_other(
    open_desktop, tmp_path: Path, qapp: QApplication, width: int
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    window, status = desktop.window, desktop.window.status
    name = "Dr. Maria Magdalena Wolfeschlegelsteinhausenbergerdorff"
    desktop.settings.update(readers=(name,), reader_day=date.today().isoformat())
    status.show_busy(True)
    status.show_text("148 of 20,000 · 93 crops/s · 1 h 12 min left · and more of it")
    window.resize(width, 700)
    qapp.processEvents()
    assert window.width() == width
    parts = [part for part in status.findChildren(QWidget) if part.isVisible() and not part.findChildren(QWidget)]
    assert len(parts) == 5
    places = [QRect(part.mapTo(status, QPoint(0, 0)), part.size()) for part in parts]
    assert not any(one.intersects(other) for one, other in combinations(places, 2))
    assert all(status.rect().contains(place) for place in places)
    assert status.reviewer.text().endswith("rdorff")
    assert name in status.reviewer.accessibleName()
    status.show_briefly("normal, short")
    assert status.reviewer.isVisible()
    status.show_briefly("normal for " + 300 * "long" + "_004.png")
    shown = status.currentMessage()
    assert shown.endswith("_004.png")
    assert status.fontMetrics().horizontalAdvance(shown) < status.width()
    assert [part for part in parts if part.isVisible()] == []
    status.clearMessage()
    assert status.reviewer.isVisible()


def test_a_long_notice_is_shown_in_lines_and_not_cut_off(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.resize(500, 40)
    bar.show_text("short")
    low = bar.sizeHint().height()
    bar.show_text("a notice of many words " * 12)
    assert bar.heightForWidth(500) > 1.5 * low


def test_on_a_screen_of_1280_by_720_everything_can_be_reached(open_desktop, tmp_path: Path, qapp: QApplication) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    window = desktop.window
    # Title bar and task bar take some 80 pixels.
    assert window.minimumSizeHint().height() <= 640
    window.resize(1280, 640)
    qapp.processEvents()
    assert (window.width(), window.height()) == (1280, 640)
    for scroll in window.findChildren(QScrollArea):
        if scroll.isVisible():
            assert scroll.widget().width() <= scroll.viewport().width()
            assert window.rect().contains(QRect(scroll.mapTo(window, QPoint(0, 0)), scroll.size()))
