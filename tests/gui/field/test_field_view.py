"""The field view shows the current cell among all heads of its image, linked with table and gallery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fields import HEADS, fields_session
from made_up import CLASSES, fill
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.field.field_pane import FieldPane
from sperm_viewer.gui.field.head_shape import head_under, shapes_of
from sperm_viewer.gui.results.view_switch import FIELD, GALLERY
from sperm_viewer.session.field_heads import heads_beside
from sperm_viewer.session.session import Session

_LEFT = Qt.MouseButton.LeftButton


def pane(desktop: Desktop) -> FieldPane:
    return desktop.window.workspace.field


def spot(desktop: Desktop, x: float, y: float) -> QPoint:
    """A point of the image on the widget."""
    return pane(desktop).view.point_on_screen(QPointF(x, y)).toPoint()


def current(desktop: Desktop) -> int:
    cell = desktop.window.workspace.current_cell()
    assert cell is not None
    return cell.number


def test_a_click_on_a_head_selects_its_cell_in_table_and_gallery(desktop: Desktop) -> None:
    window = desktop.window
    for number in (3, 1, 4, 2):
        QTest.mouseClick(pane(desktop).view, _LEFT, pos=spot(desktop, *HEADS[number - 1]))
        assert current(desktop) == number
        assert window.workspace.results.selected_ids() == [window.workspace.current_cell().id]
    desktop.settings.update(view=GALLERY)
    assert window.workspace.gallery.view.currentIndex().row() == 1


def test_a_click_on_the_background_or_a_drag_selects_nothing(desktop: Desktop) -> None:
    view = pane(desktop).view
    QTest.mouseClick(view, _LEFT, pos=spot(desktop, 320, 230))
    assert current(desktop) == 1
    QTest.mousePress(view, _LEFT, pos=spot(desktop, *HEADS[2]))
    QTest.mouseMove(view, spot(desktop, 420, 200))
    QTest.mouseRelease(view, _LEFT, pos=spot(desktop, 420, 200))
    assert current(desktop) == 1


def test_a_cell_chosen_in_the_table_is_current_in_the_field_and_brings_its_image(
    desktop: Desktop, qtbot: QtBot
) -> None:
    results, field = desktop.window.workspace.results, pane(desktop)
    results.select(results.model.id_at(6))
    qtbot.waitUntil(lambda: field.image is not None and field.image.key[0].path.name == "b.png")
    assert field.view.current == results.model.id_at(6)
    assert [head.cell.number for head in field.heads] == [1, 2, 3, 4]


def test_a_verdict_by_key_colours_the_head_and_goes_on_to_the_next(desktop: Desktop, qtbot: QtBot) -> None:
    field = pane(desktop)
    QTest.mouseClick(field.view, _LEFT, pos=spot(desktop, *HEADS[1]))
    before = shapes_of(field.heads, CLASSES)[1]
    QTest.keyClick(field.view, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: shapes_of(field.heads, CLASSES)[1].style is Qt.PenStyle.SolidLine)
    after = shapes_of(field.heads, CLASSES)[1]
    assert before.style is Qt.PenStyle.DashLine
    assert before.colour != after.colour
    assert current(desktop) == 3


def test_arrows_go_to_the_nearest_head_in_that_direction(desktop: Desktop) -> None:
    view = pane(desktop).view
    for key, number in ((Qt.Key.Key_Right, 2), (Qt.Key.Key_Down, 4), (Qt.Key.Key_Left, 3), (Qt.Key.Key_Up, 1)):
        QTest.keyClick(view, key)
        QApplication.processEvents()
        assert current(desktop) == number
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert current(desktop) == 1


def test_the_next_cell_that_needs_a_person_is_brought_into_view(desktop: Desktop, qtbot: QtBot) -> None:
    field = pane(desktop)
    field.zoom.look(4, QPointF(0.1, 0.9))
    assert not field.view.rect().contains(spot(desktop, *HEADS[1]))
    QTest.keyClick(field.view, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: field.view.rect().contains(spot(desktop, *HEADS[1])))
    assert current(desktop) == 2
    assert field.zoom.factor == 4


def test_a_click_on_the_small_map_moves_the_view_there(desktop: Desktop) -> None:
    field = pane(desktop)
    assert field.view._map().isEmpty()
    field.zoom.look(4, QPointF(0.2, 0.2))
    small = field.view._map()
    x, y = HEADS[3]
    target = QPointF(small.left() + small.width() * x / 640, small.top() + small.height() * y / 480)
    QTest.mouseClick(field.view, _LEFT, pos=target.toPoint())
    assert field.view.rect().contains(spot(desktop, x, y))
    assert current(desktop) == 1


def test_the_field_key_shows_the_field_of_the_cell_and_goes_back(desktop: Desktop) -> None:
    window = desktop.window
    desktop.settings.update(view="table")
    assert not pane(desktop).shown
    assert window.workspace.cell._to_field.isVisible()
    QTest.keyClick(window.workspace.results.table, Qt.Key.Key_F)
    assert pane(desktop).shown
    QTest.keyClick(pane(desktop).view, Qt.Key.Key_F)
    assert not pane(desktop).shown


def test_an_image_that_has_changed_is_not_shown(desktop: Desktop, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "A" / "b.png").write_bytes(b"another file")
    results, field = desktop.window.workspace.results, pane(desktop)
    results.select(results.model.id_at(5))
    qtbot.waitUntil(lambda: "changed since it was scored" in field.view._message)
    assert field.view.current == results.model.id_at(5)


def test_a_crop_is_shown_whole_with_the_box_of_its_head(
    open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path
) -> None:
    made = open_desktop()
    made.settings.update(view=FIELD)
    made.controller.open_session(fill(tmp_path / "s.spermview", {"A": 3}, tmp_path))
    qtbot.waitUntil(lambda: made.window.workspace.field.view.current is not None)
    assert len(made.window.workspace.field.heads) == 1
    assert not made.window.workspace.cell._to_field.isVisible()


def test_of_two_heads_over_each_other_the_smaller_one_is_clicked(tmp_path: Path) -> None:
    path = fields_session(tmp_path / "s.spermview", tmp_path / "A", ["a.png"])
    with Session.open(path) as session:
        shapes = shapes_of(heads_beside(session, 1), ("normal",))
    large = shapes[0]
    small = type(large)(99, large.path.translated(0, 0), large.box.adjusted(5, 5, -5, -5), large.colour, large.style)
    assert head_under([large, small], large.box.center()).cell == 99
    assert head_under([large], large.box.center() + QPointF(300, 0)) is None
