"""macOS asks the running app to open what was double-clicked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from made_up import fill
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from sperm_viewer.app import Desktop


def test_a_session_that_the_system_asks_to_open_is_opened(
    qapp: QApplication, open_desktop: Callable[..., Desktop], tmp_path: Path
) -> None:
    desktop = open_desktop()
    session = fill(tmp_path / "session.spermview", {"A": 3}, tmp_path)
    QApplication.sendEvent(qapp, QFileOpenEvent(str(session)))
    assert desktop.controller.session is not None
    assert desktop.controller.session.path == session
