"""Windows for tests: closed and taken apart at the end of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up import Answers, made_up_scoring, shelf
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop, build


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def open_desktop(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> Iterator[Callable[..., Desktop]]:
    """Opens the app's window with made-up scoring; `models` names its models."""
    opened: list[Desktop] = []

    def open_one(score=None, models: tuple[str, ...] = ("smids",)) -> Desktop:
        made = build(
            qapp, tmp_path / "settings.json", lambda window: answers, score or made_up_scoring(), shelf(*models)
        )
        made.window.show()
        opened.append(made)
        return made

    yield open_one
    answers.yes = True
    for desktop in opened:
        desktop.window.close()
        qtbot.waitUntil(lambda made=desktop: not made.window.isVisible(), timeout=5000)
        desktop.window.deleteLater()
