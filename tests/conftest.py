"""What holds for every test: no screen, no folder of the user's, and nothing left behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from sperm_viewer.system import paths

_PATIENCE_S = 3.0


@pytest.fixture(autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders that the app thinks are the user's; also for processes that a test starts, on Linux."""
    home = tmp_path_factory.mktemp("user")
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DOCUMENTS_DIR"):
        monkeypatch.setenv(variable, str(home / variable.lower()))
    for name in ("user_models", "log_folder", "cache_folder", "results_folder"):
        monkeypatch.setattr(paths, name, lambda folder=home / name: folder)
    monkeypatch.setattr(paths, "settings_file", lambda: home / "settings.json")
    return home


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread, a child process, a running timer or a window behind."""
    windows = bool({"qtbot", "qapp"} & set(request.fixturenames))
    threads = set(threading.enumerate())
    children = set(multiprocessing.active_children())
    yield
    found = _left_behind(threads, children, windows)
    end = time.monotonic() + _PATIENCE_S
    while found and time.monotonic() < end:
        time.sleep(0.02)
        found = _left_behind(threads, children, windows)
    assert not found, f"left behind: {found}"


def _left_behind(threads: set[threading.Thread], children: set[object], windows: bool) -> list[object]:
    # A thread of Qt's that ran Python code stays listed as a dummy; whether it runs is asked of Qt. tqdm, which
    # torch and pytorch-grad-cam bring, keeps one monitor for the whole process, and Dask two threads.
    left: list[object] = [
        thread
        for thread in threading.enumerate()
        if thread not in threads
        and thread.is_alive()
        and type(thread).__name__ not in ("_DummyThread", "TMonitor")
        and not thread.name.startswith("Dask-")
    ]
    left += [child for child in multiprocessing.active_children() if child not in children]
    return left + _left_of_qt() if windows else left


def _left_of_qt() -> list[object]:
    try:
        from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
        from PySide6.QtWidgets import QApplication
        from shiboken6 import isValid
    except ImportError:
        return []
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app.processEvents()
    left: list[object] = [w for w in app.topLevelWidgets() if w.isVisible()]
    for thing in gc.get_objects():
        # By type(), since isinstance() wakes up objects of torch that warn when they are looked at.
        if issubclass(type(thing), QTimer) and isValid(thing) and thing.isActive():
            left.append(thing)
        if issubclass(type(thing), QThread) and isValid(thing) and thing.isRunning() and thing is not app.thread():
            left.append(thing)
    return left
