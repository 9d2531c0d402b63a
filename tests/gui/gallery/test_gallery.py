"""The gallery shows the table's cells: one selection, one current cell, one order, and nothing that jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import CLASSES, event_of, fill, session_model, shelf
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.cell import REFER, Status
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.gallery.arrangement import Arrangement
from sperm_viewer.gui.gallery.gallery_pane import GalleryPane
from sperm_viewer.gui.gallery.tile import Sign, sign_of
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.results.view_switch import GALLERY, TABLE
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session

_Key = Qt.Key
_Shift, _Ctrl = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.open(fill(tmp_path / "s.spermview", {"A": 60, "B": 30}, tmp_path)) as opened:
        yield opened


@pytest.fixture
def gallery(qapp: QApplication, qtbot: QtBot, tmp_path: Path, session: Session) -> Iterator[GalleryPane]:
    made = [Thumbnails(lambda cell: None) for _ in range(2)]
    theme = Theme(qapp, "light")
    settings = SettingsStore(tmp_path / "settings.json")
    results = ResultsPane(made[0], theme)
    qtbot.addWidget(results)
    pane = GalleryPane(results, made[1], theme, settings, {action: QAction() for action in ActionId})
    results.resize(700, 500)
    results.filters.switch.chosen.connect(results.show_view)
    results.show_view(GALLERY)
    results.show()
    pane.set_session(session, CLASSES)
    results.show_session(session, CLASSES)
    yield pane
    pane.set_session(None, ())
    results.show_session(None, ())
    for thumbnails in made:
        thumbnails.close()


def current(gallery: GalleryPane) -> int:
    """The row of the current cell, which has to be in sight."""
    index = gallery.view.currentIndex()
    assert gallery.view.viewport().rect().contains(gallery.view.visualRect(index))
    return index.row()


def test_places_and_points_are_each_others_reverse_and_headings_are_no_cells() -> None:
    placed = Arrangement([7, 1, 12], 330, QSize(60, 80), 30, 10)
    assert placed.columns == 5
    assert [placed.place_at(placed.rect(place).center()) for place in range(placed.count)] == list(range(20))
    assert placed.place_at(placed.heading(1).center()) is None
    assert placed.rect(7).top() == placed.heading(1).bottom() + 1
    assert list(placed.between(placed.rect(7).top(), placed.rect(8).bottom())) == list(range(7, 13))
    assert placed.height == placed.rect(19).bottom() + 1 + 10
    assert Arrangement([], 10, QSize(60, 80), 30, 10).nearest(QPoint(5, 5)) is None


def test_up_and_down_keep_the_column_across_headings_where_it_is_there() -> None:
    placed = Arrangement([7, 1, 12], 330, QSize(60, 80), 30, 10)
    assert [placed.lines_away(place, 1) for place in (1, 2, 6, 7)] == [6, 6, 7, 8]
    assert [placed.lines_away(place, -1) for place in (7, 10, 15, 3)] == [5, 7, 10, 3]
    assert (placed.lines_away(0, 99), placed.lines_away(19, -99)) == (18, 1)


def test_table_and_gallery_share_the_current_cell_the_selection_and_the_order(gallery: GalleryPane) -> None:
    results = gallery.results
    QTest.keyClick(gallery.view, _Key.Key_Right)
    QTest.keyClick(gallery.view, _Key.Key_Right, _Shift)
    gallery.results.filters.switch.button(TABLE).click()
    assert not gallery.view.isVisible()
    assert results.table.currentIndex().row() == 2
    assert results.selected_ids() == [results.model.id_at(1), results.model.id_at(2)]
    results.sorting.by(Col.CONFIDENCE, Qt.SortOrder.DescendingOrder)
    cell = results.current_cell().id
    gallery.results.filters.switch.button(GALLERY).click()
    assert results.model.id_at(current(gallery)) == cell
    assert list(gallery.ids()) == list(results.model.ids())


def test_keys_move_one_current_cell_which_is_always_in_sight(gallery: GalleryPane) -> None:
    columns = gallery.view._arrange().columns
    assert columns > 2
    for key, row in (
        (_Key.Key_Right, 1),
        (_Key.Key_Down, 1 + columns),
        (_Key.Key_Left, columns),
        (_Key.Key_Left, columns - 1),
        (_Key.Key_End, 89),
        (_Key.Key_Right, 89),
        (_Key.Key_Home, 0),
        (_Key.Key_Up, 0),
    ):
        QTest.keyClick(gallery.view, key)
        assert current(gallery) == row
        assert gallery.results.selected_ids() == [gallery.results.model.id_at(row)]
    QTest.keyClick(gallery.view, _Key.Key_PageDown)
    assert current(gallery) % columns == 0
    assert current(gallery) > columns
    gallery.results.resize(500, 300)
    QApplication.processEvents()
    assert current(gallery) > 0


def test_shift_selects_all_between_and_ctrl_adds_one(gallery: GalleryPane) -> None:
    view, results = gallery.view, gallery.results

    def click(row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, keys, view._rect(row).center())

    click(1)
    click(5, _Shift)
    assert results.selected_ids() == [results.model.id_at(row) for row in range(1, 6)]
    click(3, _Ctrl)
    click(8, _Ctrl)
    assert results.selected_ids() == [results.model.id_at(row) for row in (1, 2, 4, 5, 8)]
    click(2)
    assert results.selected_ids() == [results.model.id_at(2)]
    QTest.keyClick(view, _Key.Key_Down, _Shift)
    assert len(results.selected_ids()) == 1 + view._arrange().columns


def test_groups_are_the_final_classes_each_in_the_tables_order(gallery: GalleryPane, session: Session) -> None:
    results = gallery.results
    Review(session).decide({results.model.id_at(4): Decision("round")}, "Ada")
    results.sorting.by(Col.CONFIDENCE, Qt.SortOrder.AscendingOrder)
    gallery.grouped.click()
    groups = gallery.view._order.groups
    assert [group.title for group in groups] == [*CLASSES, "round", "referred, not reviewed", "failed"]
    finals = session.final_classes()
    for group, final in zip(groups, [*CLASSES, "round", REFER, ""], strict=True):
        assert {finals[results.model.id_at(row)] for row in group.rows} == {final}
        assert group.rows == sorted(group.rows)
    assert sorted(gallery.ids()) == sorted(results.model.ids())
    QTest.keyClick(gallery.view, _Key.Key_Home)
    QTest.keyClick(gallery.view, _Key.Key_Right)
    assert results.current_cell().id == gallery.ids()[1]


def test_new_cells_come_below_and_nothing_moves_until_the_run_ends(
    gallery: GalleryPane, session: Session, tmp_path: Path
) -> None:
    gallery.grouped.click()
    QTest.keyClick(gallery.view, _Key.Key_End)
    before, offset, seen = (
        list(gallery.ids()),
        gallery.view.verticalOffset(),
        gallery.view.visualRect(gallery.view.currentIndex()),
    )
    refs = [ImageRef("A", tmp_path / "A" / f"new_{n}.png") for n in range(30)]
    session.add_slide("A", tmp_path / "A", refs)
    ids = session.record([event_of(ref, session.model()) for ref in refs])
    gallery.results.append(ids[:20])
    gallery.results.append(ids[20:])
    assert list(gallery.ids()) == [*before, *ids]
    assert gallery.view._order.groups[-1].title == "Newly scored"
    assert (gallery.view.verticalOffset(), gallery.view.visualRect(gallery.view.currentIndex())) == (offset, seen)
    gallery.regroup()
    assert gallery.view._order.groups[-1].title == "failed"
    assert gallery.view.visualRect(gallery.view.currentIndex()) == seen


def test_a_verdict_moves_no_cell_to_another_group_until_cells_are_grouped_anew(
    gallery: GalleryPane, session: Session
) -> None:
    gallery.grouped.click()
    before = list(gallery.ids())
    Review(session).decide({before[0]: Decision("non-sperm")}, "Ada")
    assert list(gallery.ids()) == before
    gallery.regroup()
    assert gallery.ids()[0] != before[0]


def test_every_kind_of_cell_has_a_sign_of_its_own(session: Session) -> None:
    cells = list(session.all_cells())
    scored = next(cell for cell in cells if cell.status is Status.SCORED)
    referred = next(cell for cell in cells if cell.status is Status.REFERRED)
    failed = next(cell for cell in cells if cell.status is Status.FAILED)
    Review(session).decide(
        {scored.id: Decision(scored.prediction.first), referred.id: Decision("something else")}, "Ada"
    )
    agreed, disagreed = session.cells([scored.id, referred.id])
    assert [sign_of(cell) for cell in (scored, referred, failed, agreed, disagreed)] == [
        Sign.NONE,
        Sign.REFERRED,
        Sign.FAILED,
        Sign.REVIEWED,
        Sign.DISAGREES,
    ]
    assert sign_of(replace(disagreed, verdict=replace(disagreed.verdict, class_name=""))) is Sign.REFERRED


def test_the_pointer_shows_the_heat_of_the_cell_under_it_and_of_no_other_when_it_left(gallery: GalleryPane) -> None:
    QTest.mouseMove(gallery.view.viewport(), gallery.view._rect(3).center())
    assert gallery.view._hovered == 3
    QApplication.sendEvent(gallery.view.viewport(), QEvent(QEvent.Type.Leave))
    assert gallery.view._hovered == -1


def test_a_hundred_thousand_cells_are_read_only_where_they_are_looked_at(
    gallery: GalleryPane, tmp_path: Path, qapp: QApplication
) -> None:
    folder = session_model(shelf().folders[0])
    with Session.create(tmp_path / "large.spermview") as large:
        large.use_model(folder)
        refs = [ImageRef("S", tmp_path / "S" / f"img_{n}.png") for n in range(100_000)]
        large.add_slide("S", tmp_path / "S", refs)
        large.record([event_of(refs[1], folder)])
        large._db.execute("INSERT OR IGNORE INTO cells (image_id, number) SELECT id, 1 FROM images")
        large._db.execute(
            "INSERT OR IGNORE INTO results SELECT cells.id, model_id, slide_id, sha256, status,"
            " CASE cells.id % 3 WHEN 0 THEN 'normal' WHEN 1 THEN 'abnormal' ELSE 'non-sperm' END, confidence,"
            " probabilities, flags, reason, heat, app_version, NULL, NULL, NULL, NULL, '[]', NULL FROM results, cells"
        )
        asked: list[int] = []
        read = large.cells
        large.cells = lambda ids: asked.append(len(ids)) or read(ids)  # type: ignore[method-assign]
        gallery.grouped.setChecked(True)
        gallery.set_session(large, CLASSES)
        gallery.results.show_session(large, CLASSES)
        qapp.processEvents()
        assert len(gallery.view._order.groups) == 3
        assert sum(asked) < 1000
        bar = gallery.view.verticalScrollBar()
        for step in range(20):
            bar.setValue(bar.maximum() * step // 20)
            gallery.view.viewport().repaint()
        assert len(asked) < 60
        assert sum(asked) < 10_000
        gallery.set_session(None, ())
        gallery.results.show_session(None, ())


def test_g_switches_and_the_next_start_begins_with_the_view_of_the_last(
    open_desktop, tmp_path: Path, qtbot: QtBot
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    window = desktop.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert window.workspace.results.table.isVisible()
    QTest.keyClick(window.windowHandle(), _Key.Key_G)
    assert window.workspace.gallery.view.isVisible()
    assert window.action(ActionId.GALLERY).isChecked()
    assert window.workspace.results.filters.switch.button(GALLERY).isChecked()
    window.workspace.gallery.sizes.setValue(0)
    desktop.settings.save()
    again = open_desktop()
    again.controller.open_paths([tmp_path / "s.spermview"])
    assert again.window.workspace.gallery.view.isVisible()
    assert again.window.workspace.gallery.sizes.value() == 0
    again.window.action(ActionId.GALLERY).trigger()
    assert again.window.workspace.results.table.isVisible()
