"""The most similar cells: found in the background, a click or a key away, and not shown to a blind reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import CLASSES, event_of, fill, session_model, shelf
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.gui.review.similar import SimilarCells
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session


def pointing(degrees: float) -> np.ndarray:
    """Features that are the more alike, the nearer their angles are."""
    features = np.zeros(64, np.float16)
    features[:2] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return features


def record(session: Session, slide: str, numbers: range, angle: Callable[[int], float]) -> list[int]:
    refs = [ImageRef(slide, session.path.parent / slide / f"img_{n}.png") for n in numbers]
    session.add_slide(slide, refs[0].path.parent, refs)
    events = [event_of(ref, session.model()) for ref in refs]
    with_features = [
        replace(event, features=pointing(angle(n))) if isinstance(event, CellScored) else event
        for n, event in zip(numbers, events, strict=True)
    ]
    return session.record(with_features)


@pytest.fixture
def desktop(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    with Session.create(tmp_path / "alike.spermview") as session:
        session.use_model(session_model(shelf().folders[0]))
        # Neighbours in the order of the file names are neighbours in likeness.
        record(session, "A", range(60), lambda n: float(n))
    made = open_desktop()
    made.controller.open_paths([tmp_path / "alike.spermview"])
    return made


def shown(similar: SimilarCells) -> list[str]:
    return [button.cell.ref.path.name for button in similar.buttons if button.cell]


def test_the_five_nearest_are_shown_with_their_final_class(desktop: Desktop, qtbot: QtBot) -> None:
    results, similar = desktop.window.workspace.results, desktop.window.workspace.cell.similar
    with Session.open(desktop.controller.session.path) as session:
        Review(session).decide({results.model.id_at(22): Decision("non-sperm")}, "Ada")
    results.select(results.model.id_at(23))
    qtbot.waitUntil(lambda: sorted(shown(similar)) == [f"img_{n}.png" for n in (21, 22, 24, 25, 26)])
    assert similar.isVisible()
    names = [button.accessibleName() for button in similar.buttons]
    assert "non-sperm, img_22.png" in names


def test_a_click_goes_to_a_cell_even_if_a_filter_hides_it(desktop: Desktop, qtbot: QtBot) -> None:
    results, similar = desktop.window.workspace.results, desktop.window.workspace.cell.similar
    results.filters._search.setText("img_23")
    qtbot.waitUntil(lambda: results.model.rowCount() == 1)
    qtbot.waitUntil(lambda: "img_22.png" in shown(similar))
    next(button for button in similar.buttons if button.cell.ref.path.name == "img_22.png").click()
    assert results.current_cell().ref.path.name == "img_22.png"
    assert results.hasFocus() or results.table.hasFocus()


def test_s_enter_goes_to_the_most_similar_cell_and_escape_back(desktop: Desktop, qtbot: QtBot) -> None:
    window = desktop.window
    results, similar = window.workspace.results, window.workspace.cell.similar
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.waitUntil(lambda: len(shown(similar)) == 5)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_S)
    assert similar.buttons[0].hasFocus()
    QTest.keyClick(similar.buttons[0], Qt.Key.Key_Escape)
    assert results.table.hasFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_S)
    wanted = similar.buttons[0].cell.id
    QTest.keyClick(similar.buttons[0], Qt.Key.Key_Return)
    assert results.current_cell().id == wanted
    assert results.table.hasFocus()


def test_cells_scored_since_are_found_too(desktop: Desktop, qtbot: QtBot) -> None:
    workspace = desktop.window.workspace
    similar = workspace.cell.similar
    qtbot.waitUntil(lambda: len(shown(similar)) == 5)
    with Session.open(desktop.controller.session.path) as session:
        ids = record(session, "B", range(1, 3), lambda n: 0.0)
    desktop.controller.cells_recorded.emit(tuple(ids))
    similar.show_cell(workspace.current_cell())
    qtbot.waitUntil(lambda: set(ids) <= {button.cell.id for button in similar.buttons if button.cell})


def test_nothing_is_shown_of_failed_cells_and_old_sessions(desktop: Desktop, qtbot: QtBot, tmp_path: Path) -> None:
    results, similar = desktop.window.workspace.results, desktop.window.workspace.cell.similar
    qtbot.waitUntil(similar.isVisible)
    results.select(results.model.id_at(9))
    assert not similar.isVisible()
    results.select(results.model.id_at(8))
    qtbot.waitUntil(similar.isVisible)
    desktop.controller.open_paths([fill(tmp_path / "old.spermview", {"A": 20}, tmp_path)])
    qtbot.waitUntil(lambda: not similar.isVisible())
    assert desktop.controller.model.classes == CLASSES
