"""A run tells of itself in few messages, can be paused and cancelled at any time, and ends exactly once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up import made_up_scoring, shelf
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.errors import EngineError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.gui.background.runner import Outcome, RunEnd, Runner, State
from sperm_viewer.imaging.discover import Discovery, SlideFound
from sperm_viewer.run.events import Recorded, RunEvent
from sperm_viewer.run.scoring import FoundImages, RunRequest, ScorePending
from sperm_viewer.run.settle import Settled, Wanted
from sperm_viewer.session.session import Session


def found(folder: Path, count: int, name: str = "A") -> FoundImages:
    crops = tuple(ImageRef(name, folder / name / f"img_{number}.png") for number in range(count))
    slide = SlideFound(name, folder / name, crops, SampleOrigin(name, folder / name))
    return FoundImages((folder / name,), Discovery((slide,), ()))


class Run:
    """A runner and everything it sent."""

    def __init__(self, score: ScorePending) -> None:
        self.runner = Runner(score)
        self.batches: list[Recorded] = []
        self.ends: list[RunEnd] = []
        self.runner.happened.connect(self._keep)
        self.runner.finished.connect(self.ends.append)

    def _keep(self, event: RunEvent) -> None:
        if isinstance(event, Recorded):
            self.batches.append(event)

    def start(self, folder: Path, count: int) -> None:
        settled = Settled(shelf().folders[0])
        self.runner.start(RunRequest(folder / "s.spermview", settled, Wanted(), (found(folder, count),)))


@pytest.fixture
def running(qapp: QApplication) -> Iterator[Callable[[ScorePending], Run]]:
    runs: list[Run] = []

    def make(score: ScorePending) -> Run:
        runs.append(Run(score))
        return runs[-1]

    yield make
    for run in runs:
        run.runner.close()


def results(folder: Path) -> int:
    with Session.open(folder / "s.spermview") as session:
        return len(session.cell_ids())


def test_a_run_records_everything_and_finishes_once(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring())
    run.start(tmp_path, 33)
    qtbot.waitUntil(lambda: bool(run.ends))
    qtbot.wait(50)
    assert [end.outcome for end in run.ends] == [Outcome.DONE]
    assert sum(len(batch.ids) for batch in run.batches) == results(tmp_path) == 33
    assert (run.runner.progress.done, run.runner.progress.total) == (33, 33)
    assert run.runner.state is State.IDLE


def test_however_fast_the_scoring_is_few_messages_are_sent(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring(batch=1, pause_s=0.001))
    start = time.monotonic()
    run.start(tmp_path, 300)
    qtbot.waitUntil(lambda: bool(run.ends), timeout=20_000)
    assert len(run.batches) <= 10 * (time.monotonic() - start) + 2


def test_cancel_ends_within_a_second_and_keeps_what_is_done(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring(pause_s=0.02))
    run.start(tmp_path, 1000)
    qtbot.waitUntil(lambda: bool(run.batches))
    start = time.monotonic()
    run.runner.cancel()
    assert run.runner.state is State.STOPPING
    qtbot.waitUntil(lambda: bool(run.ends))
    assert time.monotonic() - start < 1
    assert [end.outcome for end in run.ends] == [Outcome.CANCELLED]
    assert 0 < results(tmp_path) < 1000


def test_a_paused_run_does_nothing_and_then_goes_on(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring(batch=2, pause_s=0.01))
    run.start(tmp_path, 60)
    qtbot.waitUntil(lambda: bool(run.batches))
    run.runner.pause()
    qtbot.wait(150)
    held = results(tmp_path)
    qtbot.wait(150)
    assert results(tmp_path) == held < 60
    run.runner.resume()
    qtbot.waitUntil(lambda: bool(run.ends))
    assert results(tmp_path) == 60


def test_a_paused_run_can_be_cancelled(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring(batch=1, pause_s=0.01))
    run.start(tmp_path, 500)
    qtbot.waitUntil(lambda: bool(run.batches))
    run.runner.pause()
    qtbot.wait(60)
    run.runner.cancel()
    qtbot.waitUntil(lambda: bool(run.ends), timeout=1000)
    assert run.ends[0].outcome is Outcome.CANCELLED


def test_a_slide_added_during_a_run_is_scored_in_the_same_run(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring(batch=1, pause_s=0.01))
    run.start(tmp_path, 20)
    qtbot.waitUntil(lambda: bool(run.batches))
    run.runner.add(found(tmp_path, 15, "B"))
    qtbot.waitUntil(lambda: bool(run.ends))
    assert not run.runner.take_left_over()
    assert results(tmp_path) == 35
    assert run.runner.progress.total == 35


def test_images_dropped_on_a_paused_run_are_stored_at_once(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring(batch=1, pause_s=0.01))
    run.start(tmp_path, 30)
    qtbot.waitUntil(lambda: bool(run.batches))
    run.runner.pause()
    run.runner.add(found(tmp_path, 7, "B"))
    qtbot.waitUntil(lambda: run.runner.progress.total == 37)
    assert run.runner.state is State.PAUSED
    run.runner.resume()
    qtbot.waitUntil(lambda: bool(run.ends))
    assert results(tmp_path) == 37


def test_what_an_earlier_run_still_says_is_dropped(running, qtbot: QtBot, tmp_path: Path) -> None:
    run = running(made_up_scoring())
    run.start(tmp_path, 5)
    qtbot.waitUntil(lambda: bool(run.ends))
    run.start(tmp_path, 9)
    run.runner._worker.happened.emit(1, Recorded((1, 2, 3), 3))
    QApplication.processEvents()
    assert (1, 2, 3) not in [batch.ids for batch in run.batches]
    qtbot.waitUntil(lambda: len(run.ends) == 2)


@pytest.mark.parametrize(
    ("error", "message", "has_details"),
    [(EngineError("No such device."), "No such device.", False), (ZeroDivisionError(), "unexpected error", True)],
)
def test_an_error_ends_the_run_with_words_for_the_user(
    running, qtbot: QtBot, tmp_path: Path, error: Exception, message: str, has_details: bool
) -> None:
    def broken(session, plan, selection):
        yield from ()
        raise error

    run = running(broken)
    run.start(tmp_path, 3)
    qtbot.waitUntil(lambda: bool(run.ends))
    assert run.ends[0].outcome is Outcome.FAILED
    assert message in run.ends[0].message
    assert bool(run.ends[0].details) is has_details


def test_closing_during_a_run_stops_it_and_loses_nothing(running, qtbot: QtBot, tmp_path: Path) -> None:
    stored: list[int] = []
    run = running(made_up_scoring(batch=1, pause_s=0.01, after=stored.append))
    run.start(tmp_path, 500)
    qtbot.waitUntil(lambda: bool(run.batches))
    run.runner.close()
    assert results(tmp_path) == stored[-1]
