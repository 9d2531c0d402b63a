"""Objectives are measured along a stage micrometer, and listed with date and person."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_up import Answers
from PySide6.QtCore import QLineF, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.objective import Objective
from sperm_viewer.gui.dialogs.micrometer_dialog import MicrometerDialog
from sperm_viewer.gui.dialogs.objectives_page import ObjectivesPage
from sperm_viewer.gui.widgets.settings_store import SettingsStore


def _micrometer() -> np.ndarray:
    """A mark every 80 px, 10 µm apart: 0.125 µm per pixel."""
    photo = np.full((300, 900, 3), 220, np.uint8)
    photo[100:200, 50:900:80] = 30
    return photo


@pytest.fixture
def stored() -> list[Objective]:
    return []


@pytest.fixture
def dialog(qtbot: QtBot, stored: list[Objective]) -> MicrometerDialog:
    made = MicrometerDialog(_micrometer(), "Ana", stored.append, None)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_line_over_ten_marks_gives_the_scale_with_size_date_and_person(
    dialog: MicrometerDialog, stored: list[Objective]
) -> None:
    dialog.view.draw(QLineF(50, 150, 850, 150))
    dialog.length.setValue(100)
    dialog.name.setText("100x oil")
    assert "0.125 µm per pixel (800.0 px)" in dialog.answer.text()

    dialog.accept()

    today = datetime.now().astimezone().date().isoformat()
    assert stored == [Objective("100x oil", 0.125, (900, 300), today, "Ana")]


def test_a_line_is_drawn_with_the_mouse_and_its_ends_are_moved_with_keys(dialog: MicrometerDialog) -> None:
    view = dialog.view
    start, end = (view.mapFromScene(QPointF(x, 150)) for x in (50, 850))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), QPoint(end.x(), end.y()))
    line = view.line
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert line.p1().x() == pytest.approx(50, abs=2)

    view.draw(QLineF(50, 150, 850, 150))
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert (view.line.p1().x(), view.line.p2().x()) == (49, 851)


def test_without_a_line_a_name_or_a_person_nothing_is_stored(dialog: MicrometerDialog, stored: list[Objective]) -> None:
    for prepare, words in (
        (lambda: None, "Draw a line"),
        (lambda: dialog.view.draw(QLineF(0, 0, 800, 0)), "Name the objective"),
        (lambda: (dialog.name.setText("100x"), dialog.by.clear()), "Enter who measured"),
    ):
        prepare()
        dialog.accept()
        assert words in dialog.answer.text()
    assert stored == []


def test_the_settings_list_objectives_and_forget_one(qtbot: QtBot, tmp_path: Path) -> None:
    settings, answers = SettingsStore(tmp_path / "settings.json"), Answers()
    page = ObjectivesPage(settings, answers)
    qtbot.addWidget(page)
    answers.path = tmp_path / "micrometer.png"
    page.measure.click()
    assert "This photo can't be opened" in answers.told[-1]

    cv2.imwrite(str(answers.path), _micrometer())
    page.measure.click()
    (dialog,) = page.findChildren(MicrometerDialog)
    dialog.view.draw(QLineF(50, 150, 850, 150))
    dialog.name.setText("100x oil")
    dialog.by.setText("Ana")
    dialog.accept()

    assert [one.um_per_px for one in settings.objectives] == [0.125]
    assert [page.table.item(0, column).text() for column in (0, 1, 2, 4)] == ["100x oil", "0.125", "900 x 300", "Ana"]

    page.table.setCurrentCell(0, 0)
    page.remove.click()
    assert settings.objectives == []
