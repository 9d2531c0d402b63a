"""The list of slides: grouped by sample, with a menu that is about the slide under the pointer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_up import fill
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from sperm_viewer.gui.slides.slide_delegate import in_words, state_in_words
from sperm_viewer.gui.slides.slides_model import SlidesModel
from sperm_viewer.gui.slides.slides_pane import SlidesPane
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.session.arrange import Arrangement
from sperm_viewer.session.session import Session, SlideCounts

CLASSES = ("normal", "abnormal")
Role = Qt.ItemDataRole


def slide(number: int, sample: int, name: str, done: int = 10) -> SlideCounts:
    folder, classes = Path("/x") / name, {"normal": 5, "abnormal": 3}
    return SlideCounts(number, sample, f"P-{sample}", name, folder, 10, done, 8, 2, 0, 0, 2, classes, 4, 1)


SLIDES = [slide(1, 1, "1A"), slide(2, 1, "1B"), slide(3, 2, "2A")]


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot) -> SlidesPane:
    made = SlidesPane(Theme(qapp, "light"), [QAction("Rename", qapp)])
    qtbot.addWidget(made)
    made.resize(220, 600)
    made.show()
    made.show_slides(SLIDES, CLASSES)
    return made


def test_slides_are_under_the_heading_of_their_sample_if_it_has_several(qapp: QApplication) -> None:
    model = SlidesModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show(SLIDES, CLASSES)
    assert [model.index(row).data() for row in range(model.rowCount())] == [
        "All slides",
        "P-1",
        "1A",
        "1B",
        "P-2 / 2A",
    ]
    assert [model.slide_at(row) for row in range(5)] == [None, None, 1, 2, 3]
    assert [model.sample_at(row) for row in range(5)] == [None, 1, 1, 1, 2]
    assert [model.heading_at(row) for row in range(5)] == [None, 1, None, None, None]
    assert (model.row_of(1), model.row_of(3), model.row_of(None), model.row_of(None, 1)) == (2, 4, 0, 1)
    assert model.index(1).data(Role.AccessibleTextRole) == "Sample P-1, 2 slides"
    assert model.index(2).data(Role.AccessibleTextRole).startswith("P-1 / 1A, 10 of 10.")


def test_a_slide_says_how_many_sperm_of_those_wanted_are_counted(qapp: QApplication) -> None:
    model = SlidesModel()
    model.show([replace(SLIDES[0], sperm=143)], CLASSES, 300)
    assert "143 of 300 sperm" in model.index(1).data(Role.AccessibleTextRole)
    assert "sperm" not in model.index(0).data(Role.AccessibleTextRole)


def test_the_slides_of_one_sample_need_no_heading(qapp: QApplication) -> None:
    model = SlidesModel()
    model.show(SLIDES[:2], CLASSES)
    assert [model.index(row).data() for row in range(model.rowCount())] == ["All slides", "1A", "1B"]
    assert model.sample_at(0) == 1


def test_a_heading_shows_the_cells_and_the_percentages_of_its_sample(
    open_desktop, tmp_path: Path, qtbot: QtBot
) -> None:
    path = fill(tmp_path / "s.spermview", {"A": 12, "B": 5, "C": 8}, tmp_path)
    with Session.open(path) as session:
        second = session.samples()[1].slides[0].id
        Arrangement(session).move([second], "A", "Ada")
    desktop = open_desktop()
    desktop.controller.open_paths([path])
    workspace = desktop.window.workspace
    slides, rows = workspace.slides, workspace.results.model
    assert [slides.model.index(row).data() for row in range(5)] == ["All slides", "A", "A", "B", "C"]
    assert not slides.figures.isVisible()
    slides.list.setFocus()
    qtbot.keyClick(slides.list, Qt.Key.Key_Down)
    assert rows.rowCount() == 17
    assert slides.figures.isVisible()
    assert "of 16" in slides.figures.words.text()
    qtbot.waitUntil(lambda: "Sample A:" in slides.figures.headline.text())
    qtbot.keyClick(slides.list, Qt.Key.Key_Down)
    assert rows.rowCount() == 12
    qtbot.keyClick(slides.list, Qt.Key.Key_Up)
    workspace.results.filters._status.setCurrentIndex(workspace.results.filters._status.findData("failed"))
    assert rows.rowCount() == 1
    desktop.window.toolbar.failed_wanted.emit()
    assert slides.list.currentIndex().row() == 0


@pytest.mark.parametrize(("row", "slide"), [(3, 2), (1, 1)])
def test_a_right_click_offers_what_can_be_done_with_the_slide_under_the_pointer(
    pane: SlidesPane, row: int, slide: int
) -> None:
    place: QPoint = pane.list.visualRect(pane.model.index(row)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, pane.list.viewport().mapToGlobal(place))
    QApplication.sendEvent(pane.list.viewport(), event)
    (menu,) = pane.list.findChildren(QMenu)
    assert [action.text() for action in menu.actions()] == ["Rename"]
    assert pane.current == slide
    menu.close()


def test_a_slide_says_what_waits_for_a_person(qapp: QApplication) -> None:
    assert state_in_words(SLIDES[0]) == "referred 1 of 2, reviewed 4"
    assert in_words(SLIDES[0], CLASSES) == "referred 1 of 2, reviewed 4, normal 5, abnormal 3"
    assert state_in_words(slide(1, 1, "1A", done=0)) == "waiting"
