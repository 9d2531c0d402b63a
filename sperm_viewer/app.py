"""Composition root of the window: builds everything and hands it over."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from sperm_viewer import __version__
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.runner import Runner
from sperm_viewer.gui.dialogs.ask import Ask, DialogAsk, LateAsk
from sperm_viewer.gui.widgets.error_reporter import ErrorReporter, start_log
from sperm_viewer.gui.widgets.icons import app_icon
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.gui.window.file_open import FileOpening
from sperm_viewer.gui.window.main_window import MainWindow
from sperm_viewer.inference.model_shelf import ModelShelf, installed_models
from sperm_viewer.run.scoring import ScorePending, score_pending
from sperm_viewer.system import paths
from sperm_viewer.system.crash_log import WINDOW_CRASHES, catch_crashes
from sperm_viewer.training.load import load_network

_SWITCH_S = 0.0005
"""SQLite passes Python's lock on at each row: with the usual 5 ms, a page of rows waits 0.3 s for a busy thread."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desktop:
    """The window with what it is made of; whoever built it keeps it as long as the window lives."""

    window: MainWindow
    controller: Controller
    settings: SettingsStore
    theme: Theme
    reporter: ErrorReporter


def run_app(files: list[Path]) -> int:
    """Opens the window, with files, folders or a session in it, and returns the exit code when it is closed."""
    app = QApplication(sys.argv[:1])
    start_log(paths.log_folder())
    catch_crashes(paths.log_folder() / WINDOW_CRASHES)
    _log.info("Sperm Viewer %s", __version__)
    desktop = build(app, paths.settings_file())
    desktop.reporter.install()
    desktop.window.show()
    if files:
        wanted = [path.absolute() for path in files]
        QTimer.singleShot(0, lambda: desktop.controller.open_paths(wanted))
    try:
        return app.exec()
    finally:
        desktop.reporter.remove()


def build(
    app: QApplication,
    settings_file: Path,
    make_ask: Callable[[QWidget], Ask] = DialogAsk,
    score: ScorePending = score_pending,
    shelf: ModelShelf | None = None,
) -> Desktop:
    """The window and everything behind it, not yet shown; tests answer its questions and bring their own scoring."""
    sys.setswitchinterval(_SWITCH_S)
    app.setApplicationName("Sperm Viewer")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("sperm-viewer")
    app.setWindowIcon(app_icon())
    settings = SettingsStore(settings_file)
    theme = Theme(app, settings.value.theme)
    ask = LateAsk()
    controller = Controller(settings, shelf or installed_models(), ask, Runner(score), load_network)
    window = MainWindow(controller, theme, ask)
    ask.become(make_ask(window))
    app.installEventFilter(FileOpening(lambda file: controller.open_paths([file]), window))
    reporter = ErrorReporter(paths.log_folder(), window)
    controller.unexpected.connect(reporter.show)
    return Desktop(window, controller, settings, theme, reporter)
