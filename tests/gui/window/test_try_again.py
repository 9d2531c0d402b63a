"""Files that were out of reach get another chance in the window too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from made_up import made_up_scoring, write_images
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.widgets.actions import Act


def test_only_files_that_could_not_be_read_are_tried_again_and_no_row_is_lost(
    open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path
) -> None:
    scored: list[int] = []
    desktop = open_desktop(made_up_scoring(batch=10, after=scored.append))
    controller, rows = desktop.controller, desktop.window.workspace.results.model
    # Of ten made-up files the last can't be read.
    controller.open_paths([write_images(tmp_path / "A", 10)])
    qtbot.waitUntil(lambda: rows.rowCount() == 10 and not controller.runner.busy)
    action = desktop.window.acts[Act.TRY_AGAIN]
    assert action.isEnabled()
    action.trigger()
    qtbot.waitUntil(lambda: len(scored) == 2 and not controller.runner.busy)
    assert scored == [10, 1]
    qtbot.waitUntil(lambda: rows.rowCount() == 10)


def test_without_a_session_there_is_nothing_to_try(open_desktop: Callable[..., Desktop]) -> None:
    assert not open_desktop().window.acts[Act.TRY_AGAIN].isEnabled()
