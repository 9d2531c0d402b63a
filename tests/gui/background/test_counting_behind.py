"""Figures of the whole session are worked out in the background, so that keys and scrolling need not wait for them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up import fill
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.background import headline_finder
from sperm_viewer.gui.background.counts_finder import Counts, CountsFinder
from sperm_viewer.gui.background.headline_finder import HeadlineFinder
from sperm_viewer.session.session import Session


@pytest.fixture
def counts(qtbot: QtBot) -> Iterator[CountsFinder]:
    finder = CountsFinder()
    yield finder
    finder.close()


def test_after_a_verdict_the_window_counts_in_the_background(
    open_desktop: Callable[..., Desktop], tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12}, tmp_path)])
    desktop.window.activateWindow()
    QApplication.processEvents()
    threads: list[threading.Thread] = []
    tallies = Session.tallies
    monkeypatch.setattr(Session, "tallies", lambda self: threads.append(threading.current_thread()) or tallies(self))
    QTest.keyClick(desktop.window.focusWidget() or desktop.window, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: "1 reviewed" in desktop.window.status.text)
    assert threads
    assert threading.main_thread() not in threads


def test_counts_that_were_overtaken_are_dropped(counts: CountsFinder, tmp_path: Path, qtbot: QtBot) -> None:
    path = fill(tmp_path / "s.spermview", {"A": 12}, tmp_path)
    came: list[Counts] = []
    counts.found.connect(lambda session, found: came.append(found))
    counts.find(path)
    counts.drop()
    qtbot.waitUntil(lambda: not counts._tasks.running)
    assert came == []
    counts.find(path)
    qtbot.waitUntil(lambda: len(came) == 1)
    assert [(slide.name, slide.crops, slide.failed) for slide in came[0].slides] == [("A", 12, 1)]
    assert sum(tally.count for tally in came[0].tallies) == 12


def test_a_session_that_is_gone_has_no_counts_and_raises_nothing(
    counts: CountsFinder, tmp_path: Path, qtbot: QtBot
) -> None:
    counts.find(tmp_path / "gone.spermview")
    qtbot.waitUntil(lambda: not counts._tasks.running)


def test_the_headline_of_a_sample_is_worked_out_again_after_a_rest_and_that_of_another_at_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[tuple[int, float]] = []

    def work(path: Path, sample: int) -> str:
        began.append((sample, time.monotonic()))
        time.sleep(0.1)
        return f"sample {sample}"

    monkeypatch.setattr(headline_finder, "_headline", work)
    finder = HeadlineFinder()
    for _ in range(40):
        finder.find(Path("s"), 1)
        qtbot.wait(10)
    assert [sample for sample, _ in began] == [1]
    finder.find(Path("s"), 2)
    qtbot.waitUntil(lambda: len(began) == 2)
    assert began[1][0] == 2
    finder.find(Path("s"), 2)
    qtbot.waitUntil(lambda: len(began) == 3)
    assert began[2][1] - began[1][1] >= 0.4
    finder.close()


def test_a_busy_thread_does_not_hold_up_the_window_for_each_row_that_it_reads(
    open_desktop: Callable[..., Desktop],
) -> None:
    open_desktop()
    assert sys.getswitchinterval() <= 0.001
