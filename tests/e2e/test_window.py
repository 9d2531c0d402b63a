"""The main job in the real window, with real files and a real model: the same bytes as the command line's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import Answers
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from rendered_slide import write_rendered_slide

from sperm_viewer.app import Desktop, build
from sperm_viewer.domain.cell import Status
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.system import paths

pytestmark = pytest.mark.skipif(
    not (paths.resources() / "models" / "smids" / "model.toml").is_file(),
    reason="resources/models/smids isn't there: no model to score with",
)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path, answers: Answers) -> Iterator[Desktop]:
    made = build(qapp, tmp_path / "settings.json", lambda window: answers)
    # Wide enough for every column: the offscreen screen is a small one.
    made.window.resize(1400, 840)
    made.window.show()
    yield made
    made.window.close()
    qtbot.waitUntil(lambda: not made.window.isVisible(), timeout=5000)
    made.window.deleteLater()


@pytest.mark.slow
def test_drop_wait_sort_filter_select_export_gives_the_command_lines_csv(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    slide = write_rendered_slide(tmp_path / "A-017")
    window, results = desktop.window, desktop.window.workspace.results
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(slide))])
    window.dropEvent(
        QDropEvent(
            QPointF(99, 99), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    qtbot.waitUntil(lambda: results.model.rowCount() == 49 and not desktop.controller.runner.busy, timeout=120_000)

    assert "48 of 48 cells of slide 'A-017' look unlike the training images" in window.notices.text

    header = results.table.horizontalHeader()
    place = QPointF(header.sectionViewportPosition(Col.CONFIDENCE) + 20, header.height() / 2).toPoint()
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    cells = [results.model.cell_at(row) for row in range(49)]
    confidences = [cell.prediction.confidence for cell in cells if cell and cell.prediction]
    assert confidences in (sorted(confidences), sorted(confidences, reverse=True))
    assert len(confidences) == 48

    window.toolbar.flagged_wanted.emit()
    assert results.model.rowCount() == 48
    window.toolbar.failed_wanted.emit()
    assert [results.model.cell_at(row).status for row in range(results.model.rowCount())] == [Status.FAILED]
    window.action(ActionId.SHOW_ALL).trigger()
    assert results.model.rowCount() == 49

    chosen = next(row for row in range(49) if results.model.cell_at(row).prediction)
    results.select(results.model.id_at(chosen))
    pane = window.workspace.cell
    qtbot.waitUntil(lambda: pane.crop_view._image is not None and pane.heat_view._layer is not None)
    assert pane.evidence.text("Model").startswith("smids")

    answers.path = tmp_path / "window.csv"
    window.action(ActionId.EXPORT_CSV).trigger()
    qtbot.waitUntil(lambda: "Wrote 49 cells" in window.notices.text)
    answers.path = tmp_path / "pictures"
    window.action(ActionId.EXPORT_HEATMAPS).trigger()
    qtbot.waitUntil(lambda: "Wrote 1 heatmap" in window.notices.text)
    assert len(list((tmp_path / "pictures").rglob("*.png"))) == 1

    out = tmp_path / "command line"
    command = [sys.executable, "-m", "sperm_viewer", "score", str(slide), "--model", "smids", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "window.csv").read_bytes() == (out / "cells.csv").read_bytes()
    assert len(list(slide.iterdir())) == 49
    assert not answers.told
