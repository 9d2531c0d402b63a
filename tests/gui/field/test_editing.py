"""Heads are added, removed, split and redrawn in the field; each edit is a row, in the trail, and can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from fields import HEADS, ellipse
from made_up import Answers
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.cell import CellFailed
from sperm_viewer.domain.image import ImageKind
from sperm_viewer.gui.field.tool import HINTS, FieldTool
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.session.image_kind import image_kind
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

_LEFT = Qt.MouseButton.LeftButton
_KEYS = {FieldTool.ADD: Qt.Key.Key_A, FieldTool.SPLIT: Qt.Key.Key_D, FieldTool.REDRAW: Qt.Key.Key_R}


def session(desktop: Desktop) -> Session:
    opened = desktop.controller.session
    assert opened is not None
    return opened


def view(desktop: Desktop):
    return desktop.window.workspace.field.view


def spot(desktop: Desktop, x: float, y: float) -> QPoint:
    return view(desktop).point_on_screen(QPointF(x, y)).toPoint()


def key(desktop: Desktop, tool: FieldTool) -> None:
    QTest.keyClick(view(desktop), _KEYS[tool])
    assert desktop.window.workspace.field.tool is tool


def click(desktop: Desktop, x: float, y: float) -> None:
    QTest.mouseClick(view(desktop), _LEFT, pos=spot(desktop, x, y))


def draw(desktop: Desktop, points: Sequence[tuple[float, float]]) -> None:
    QTest.mousePress(view(desktop), _LEFT, pos=spot(desktop, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(view(desktop), spot(desktop, *point))
    QTest.mouseRelease(view(desktop), _LEFT, pos=spot(desktop, *points[-1]))


def numbers(desktop: Desktop) -> list[int]:
    """The numbers of the cells of the first field that are listed."""
    rows = desktop.window.workspace.results.model
    cells = [rows.cell_at(row) for row in range(rows.rowCount())]
    return [cell.number for cell in cells if cell.ref.path.name == "a.png"]


def current(desktop: Desktop) -> int:
    return desktop.window.workspace.current_cell().number


def undo(desktop: Desktop) -> None:
    QTest.keyClick(view(desktop), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def redo(desktop: Desktop) -> None:
    QTest.keyClick(view(desktop), Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)


def without(desktop: Desktop, number: int) -> None:
    """Removes a head, so that it can be added again."""
    click(desktop, *HEADS[number - 1])
    desktop.window.action(ActionId.REMOVE_HEAD).trigger()


def test_a_click_adds_a_head_with_its_outline_as_a_row_that_undo_takes_away(
    desktop: Desktop, scorer, qtbot: QtBot
) -> None:
    without(desktop, 3)
    assert numbers(desktop) == [1, 2, 4]
    key(desktop, FieldTool.ADD)
    click(desktop, HEADS[2][0] + 6, HEADS[2][1] + 3)
    qtbot.waitUntil(lambda: numbers(desktop) == [1, 2, 4, 5])
    assert current(desktop) == 5
    (asked,) = scorer.asked
    assert (len(asked.heads), asked.wanted) == (4, (3,))
    new = asked.heads[3].outline
    assert np.abs(new.mean(axis=0) - HEADS[2]).max() < 3
    cell = desktop.window.workspace.current_cell()
    assert (cell.outlined_by, cell.in_field, cell.prediction is not None) == ("Ana", True, True)
    undo(desktop)
    assert numbers(desktop) == [1, 2, 4]
    redo(desktop)
    assert numbers(desktop) == [1, 2, 4, 5]
    assert verify(session(desktop).path).problems == ()


def test_the_tool_that_adds_stays_in_hand_until_escape(desktop: Desktop, qtbot: QtBot) -> None:
    for number in (3, 4):
        without(desktop, number)
    tools = desktop.window.workspace.field.tools
    key(desktop, FieldTool.ADD)
    assert tools.hint() == HINTS[FieldTool.ADD]
    for count, middle in enumerate((HEADS[2], HEADS[3]), 3):
        click(desktop, *middle)
        qtbot.waitUntil(lambda count=count: len(numbers(desktop)) == count)
    QTest.keyClick(view(desktop), Qt.Key.Key_Escape)
    assert desktop.window.workspace.field.tool is FieldTool.SELECT
    assert tools.hint() == ""


def test_a_click_beside_any_head_adds_nothing_and_says_so(desktop: Desktop, qtbot: QtBot) -> None:
    key(desktop, FieldTool.ADD)
    click(desktop, 320, 230)
    qtbot.waitUntil(lambda: "No head stands out there" in desktop.window.status.currentMessage())
    assert numbers(desktop) == [1, 2, 3, 4]


def test_a_click_on_an_outlined_head_selects_it_instead(desktop: Desktop, scorer) -> None:
    key(desktop, FieldTool.ADD)
    click(desktop, *HEADS[3])
    assert current(desktop) == 4
    assert scorer.asked == []


def test_removing_the_selected_heads_goes_on_to_the_next_and_undo_returns(desktop: Desktop) -> None:
    results = desktop.window.workspace.results
    QTest.keyClick(view(desktop), Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert numbers(desktop) == [2, 3, 4]
    assert current(desktop) == 2
    undo(desktop)
    assert numbers(desktop) == [1, 2, 3, 4]
    assert current(desktop) == 1
    assert results.selected_ids() == [1]


def test_a_line_across_a_head_splits_it_and_undo_joins_it_again(desktop: Desktop, qtbot: QtBot) -> None:
    x, y = HEADS[3]
    click(desktop, x, y)
    key(desktop, FieldTool.SPLIT)
    draw(desktop, [(x, y - 60), (x, y - 20), (x, y + 20), (x, y + 60)])
    qtbot.waitUntil(lambda: numbers(desktop) == [1, 2, 3, 5, 6])
    assert desktop.window.workspace.field.tool is FieldTool.SELECT
    middles = sorted(head.outline[:, 0].mean() for head in desktop.window.workspace.field.heads[3:])
    assert middles[0] < x < middles[1]
    undo(desktop)
    assert numbers(desktop) == [1, 2, 3, 4]


def test_a_line_that_misses_the_head_splits_nothing(desktop: Desktop, qtbot: QtBot) -> None:
    key(desktop, FieldTool.SPLIT)
    draw(desktop, [(300, 20), (300, 100), (300, 200)])
    qtbot.waitUntil(lambda: "must cross the head" in desktop.window.status.currentMessage())
    assert numbers(desktop) == [1, 2, 3, 4]


def test_a_redrawn_outline_is_taken_as_it_was_drawn(desktop: Desktop, scorer, qtbot: QtBot) -> None:
    x, y = HEADS[1]
    click(desktop, x, y)
    key(desktop, FieldTool.REDRAW)
    wanted = ellipse(x + 4, y, points=40)
    draw(desktop, [(px + 0.5, py + 0.5) for px, py in wanted])
    qtbot.waitUntil(lambda: numbers(desktop) == [1, 3, 4, 5])
    drawn = scorer.asked[0].heads[3].outline
    assert np.abs(drawn.mean(axis=0) - wanted.mean(axis=0)).max() < 1.5
    assert np.abs(np.ptp(drawn, axis=0) - np.ptp(wanted, axis=0)).max() < 3


def test_a_scribble_is_no_outline(desktop: Desktop, qtbot: QtBot) -> None:
    key(desktop, FieldTool.REDRAW)
    x, y = HEADS[0]
    draw(desktop, [(x, y), (x + 8, y), (x + 8, y + 2), (x, y + 2)])
    qtbot.waitUntil(lambda: "too small for a head" in desktop.window.status.currentMessage())
    assert numbers(desktop) == [1, 2, 3, 4]


def test_undo_takes_back_verdicts_and_edits_in_the_order_in_which_they_were_made(desktop: Desktop) -> None:
    QTest.keyClick(view(desktop), Qt.Key.Key_1)
    without(desktop, 3)
    QTest.keyClick(view(desktop), Qt.Key.Key_2)
    decided = [1, 4]
    assert [cell.number for cell in session(desktop).cells([1, 2, 3, 4]) if cell.reviewed] == decided
    undo(desktop)
    assert [cell.number for cell in session(desktop).cells([1, 2, 3, 4]) if cell.reviewed] == [1]
    assert numbers(desktop) == [1, 2, 4]
    undo(desktop)
    assert numbers(desktop) == [1, 2, 3, 4]
    undo(desktop)
    assert not session(desktop).cells([1])[0].reviewed
    for _ in range(3):
        redo(desktop)
    assert numbers(desktop) == [1, 2, 4]
    assert [cell.number for cell in session(desktop).cells([1, 2, 3, 4]) if cell.reviewed] == decided


def test_counts_follow_an_edit(desktop: Desktop, qtbot: QtBot) -> None:
    without(desktop, 3)
    qtbot.waitUntil(lambda: desktop.window.workspace.slides.total.cells == 7)
    undo(desktop)
    qtbot.waitUntil(lambda: desktop.window.workspace.slides.total.cells == 8)


@pytest.mark.parametrize("changed", ["sha", "failed"])
def test_a_head_of_an_image_that_has_changed_is_not_stored(
    desktop: Desktop, scorer, qtbot: QtBot, changed: str
) -> None:
    def change(event):
        return replace(event, sha256="00" * 32) if changed == "sha" else CellFailed(event.ref, "", "The file is gone.")

    without(desktop, 3)
    scorer.change = staticmethod(change)
    key(desktop, FieldTool.ADD)
    click(desktop, *HEADS[2])
    words = "has changed since it was scored" if changed == "sha" else "The file is gone."
    qtbot.waitUntil(lambda: words in desktop.window.status.currentMessage())
    assert numbers(desktop) == [1, 2, 4]


def test_without_a_name_nothing_is_changed(desktop: Desktop, answers: Answers) -> None:
    desktop.settings.update(readers=(), reader_day="")
    answers.name = ""
    desktop.window.action(ActionId.REMOVE_HEAD).trigger()
    assert numbers(desktop) == [1, 2, 3, 4]


def test_leaving_the_session_drops_a_head_that_is_being_scored(desktop: Desktop, scorer, qtbot: QtBot) -> None:
    without(desktop, 3)
    path = session(desktop).path
    key(desktop, FieldTool.ADD)
    click(desktop, *HEADS[2])
    desktop.controller.close_session()
    qtbot.wait(50)
    with Session.open(path, read_only=True) as stored:
        assert len(stored.cell_ids()) == 7


def test_heads_of_a_session_whose_model_is_gone_can_not_be_added(
    desktop: Desktop, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(desktop.controller.shelf), "with_id", lambda shelf, model: None)
    key(desktop, FieldTool.ADD)
    assert "The model 'smids' of this session isn't installed here." in answers.told[-1]


def test_the_images_of_a_slide_are_scored_again_as_what_a_person_says(
    desktop: Desktop, answers: Answers, qtbot: QtBot
) -> None:
    answers.picked = "crops of one head"
    desktop.window.action(ActionId.IMAGE_KIND).trigger()
    qtbot.waitUntil(lambda: len(session(desktop).cell_ids()) == 2 and not desktop.controller.runner.busy)
    assert image_kind(session(desktop), 1) is ImageKind.CROP
    assert "Fields or crops?" in answers.asked[-1]
