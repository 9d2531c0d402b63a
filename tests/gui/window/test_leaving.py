"""One session after another: nothing of the one that was left stays behind."""

from __future__ import annotations

from pathlib import Path

from made_up import fill, write_images
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.session.session import Session


def rows(desktop: Desktop) -> int:
    return desktop.window.workspace.results.model.rowCount()


def choose_slide(desktop: Desktop, row: int) -> None:
    slides = desktop.window.workspace.slides
    slides.list.setCurrentIndex(slides.model.index(row))


def names(desktop: Desktop) -> list[str]:
    model = desktop.window.workspace.results.model
    return [model.index(row, Col.FILE).data() for row in range(model.rowCount())]


def is_in_order(desktop: Desktop) -> bool:
    model = desktop.window.workspace.results.model
    cells = [model.cell_at(row) for row in range(model.rowCount())]
    confidences = [cell.prediction.confidence for cell in cells if cell and cell.prediction]
    return confidences == sorted(confidences)


def test_a_session_is_closed_while_one_of_its_slides_is_chosen(open_desktop, tmp_path: Path) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12, "B": 5}, tmp_path)])
    choose_slide(desktop, 2)
    assert rows(desktop) == 5
    desktop.window.action(ActionId.CLOSE_SESSION).trigger()
    assert desktop.controller.session is None
    assert rows(desktop) == 0
    assert desktop.window.pages.currentWidget() is desktop.window.welcome


def test_another_session_is_opened_whole_while_a_slide_is_chosen_and_cells_are_filtered(
    open_desktop, tmp_path: Path
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12, "B": 5}, tmp_path)])
    choose_slide(desktop, 1)
    desktop.window.workspace.results.filters._search.setText("img_1")
    desktop.controller.open_paths([fill(tmp_path / "t.spermview", {"A": 4, "B": 7}, tmp_path)])
    assert rows(desktop) == 11
    assert desktop.window.workspace.slides.list.currentIndex().row() == 0
    assert desktop.window.workspace.slides.model.total.crops == 11


def test_another_session_is_in_natural_order_and_the_header_says_so(open_desktop, tmp_path: Path) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 30}, tmp_path)])
    header = desktop.window.workspace.results.table.horizontalHeader()
    header.setSortIndicator(Col.CONFIDENCE, Qt.SortOrder.AscendingOrder)
    assert is_in_order(desktop)
    desktop.controller.open_paths([fill(tmp_path / "t.spermview", {"A": 30}, tmp_path)])
    assert header.sortIndicatorSection() == -1
    assert names(desktop) == [f"img_{n}.png" for n in range(30)]


def test_a_sorted_table_is_sorted_again_after_a_run_and_the_selected_cell_stays_where_it_was(
    open_desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 60}, tmp_path)])
    results = desktop.window.workspace.results
    results.table.horizontalHeader().setSortIndicator(Col.CONFIDENCE, Qt.SortOrder.AscendingOrder)
    chosen = results.model.id_at(30)
    results.select(chosen)
    results.table.hold(30, 200)
    desktop.controller.open_paths([write_images(tmp_path / "B", 40)])
    qtbot.waitUntil(lambda: rows(desktop) == 100 and not desktop.controller.runner.busy)
    assert is_in_order(desktop)
    assert results.selected_ids() == [chosen]
    assert results.table.rowViewportPosition(results.model.row_of(chosen)) == 200


def test_a_line_about_what_is_left_to_score_goes_when_it_is_true_no_more(
    open_desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    path = fill(tmp_path / "s.spermview", {"A": 3}, tmp_path)
    with Session.open(path) as session:
        session.add_slide("A", tmp_path / "A", [ImageRef("A", tmp_path / "A" / "img_7.png")])
    desktop = open_desktop()
    desktop.controller.open_paths([path])
    assert "still to score" in desktop.window.notices.text
    desktop.window.action(ActionId.CLOSE_SESSION).trigger()
    assert desktop.window.notices.text == ""
    desktop.controller.open_paths([path])
    desktop.window.action(ActionId.SCORE).trigger()
    qtbot.waitUntil(lambda: rows(desktop) == 4 and not desktop.controller.runner.busy)
    assert desktop.window.notices.text == ""


def test_another_model_shows_the_same_cell_as_soon_as_it_has_scored_it(
    open_desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop = open_desktop(models=("smids", "hushem"))
    desktop.controller.open_paths([write_images(tmp_path / "A", 20)])
    qtbot.waitUntil(lambda: rows(desktop) == 20 and not desktop.controller.runner.busy)
    results = desktop.window.workspace.results
    chosen = results.model.id_at(13)
    results.select(chosen)
    desktop.controller.choose_model("hushem")
    qtbot.waitUntil(lambda: desktop.controller.chosen_model == "hushem" and not desktop.controller.runner.busy)
    assert rows(desktop) == 20
    assert results.current_cell().id == chosen
