"""The pipeline: every crop ends in one event, whatever happens to the child that scores it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest
from PIL import Image

from sperm_viewer.domain.cell import CellEvent, CellFailed, CellScored
from sperm_viewer.domain.errors import EngineError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.reading.large import LargeTurn
from sperm_viewer.inference import child, scorer
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_folders import ModelFolder, find_model
from sperm_viewer.run import pipeline
from sperm_viewer.run.counting import select
from sperm_viewer.run.events import EngineReady, Recorded, Waiting
from sperm_viewer.run.pipeline import score
from sperm_viewer.run.scoring import score_pending
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

DEADLY = "deadly.png"


def load_deadly_network(model: ModelFolder) -> object:
    """The model's own network, in a child whose reader crashes on files of a certain name."""
    from sperm_viewer.training.load import load_network

    read = scorer.read_bytes

    def crash(path: Path, turn: LargeTurn) -> bytes:
        if path.name == DEADLY:
            signal.raise_signal(signal.SIGSEGV)
        return read(path, turn)

    scorer.read_bytes = crash
    return load_network(model)


@pytest.fixture
def plan() -> ScoringPlan:
    return ScoringPlan(find_model("smids").path, "onnx", "cpu", threads=2)


@pytest.fixture
def refs(tmp_path: Path) -> list[ImageRef]:
    folder = tmp_path / "A"
    folder.mkdir()
    for number in range(12):
        head_class = list(HeadClass)[number % 4]
        Image.fromarray(render_cell(typical_cell(head_class, seed=number)).rgb).save(folder / f"{number}.png")
    return [ImageRef("A", folder / f"{number}.png") for number in range(12)]


def _events(found: object) -> list[CellEvent]:
    assert isinstance(found, list)
    return [event for events in found if isinstance(events, tuple) for event in events]


def _pending(session: Session, plan: ScoringPlan) -> Generator[EngineReady | Waiting | Recorded, None, None]:
    return score_pending(session, plan, select(session, None, by_arrival=False))


@pytest.mark.parametrize("low", [False, True])
def test_a_window_goes_before_its_scoring_process(plan: ScoringPlan, refs: list[ImageRef], low: bool) -> None:
    events = score(refs, replace(plan, low_priority=low))
    next(event for event in events if isinstance(event, EngineReady))
    own = psutil.Process().nice()
    (child,) = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
    # On Windows the classes of priority are no numbers in order.
    assert (child.nice() != own) is low
    events.close()


def test_every_crop_ends_in_one_event(plan: ScoringPlan, refs: list[ImageRef]) -> None:
    found = list(score([*refs, ImageRef("A", refs[0].path.with_name("gone.png"))], plan))
    assert isinstance(next(event for event in found if not isinstance(event, Waiting)), EngineReady)
    events = _events(found)
    assert len(events) == 13
    assert {event.ref for event in events if isinstance(event, CellScored)} == set(refs)


def test_the_number_of_threads_and_the_order_do_not_change_a_result(plan: ScoringPlan, refs: list[ImageRef]) -> None:
    one = _events(list(score(refs, replace(plan, threads=1))))
    many = _events(list(score(refs[::-1], replace(plan, threads=4))))
    by_ref = {event.ref: event for event in many}
    for event in one:
        other = by_ref[event.ref]
        assert isinstance(event, CellScored)
        assert isinstance(other, CellScored)
        assert event.prediction == other.prediction
        assert event.heatmap.grid.tobytes() == other.heatmap.grid.tobytes()


def test_a_child_that_is_killed_is_replaced_and_nothing_is_lost(plan: ScoringPlan, refs: list[ImageRef]) -> None:
    found = []
    kill_at = [1, 20]
    for event in score(refs * 4, plan):
        found.append(event)
        if kill_at and len(_events(found)) == kill_at[0]:
            del kill_at[0]
            for process in multiprocessing.active_children():
                process.kill()
    events = _events(found)
    assert len(events) == 48
    assert all(isinstance(event, CellScored) for event in events)


def test_the_crop_that_kills_its_child_twice_is_failed_and_the_rest_goes_on(
    refs: list[ImageRef], user_folders: Path
) -> None:
    pytest.importorskip("torch")
    deadly = refs[3].path.with_name(DEADLY)
    deadly.write_bytes(refs[3].path.read_bytes())
    plan = ScoringPlan(find_model("smids").path, "torch", "cpu", threads=2, load_network=load_deadly_network)
    events = _events(list(score([*refs[:3], ImageRef("A", deadly), *refs[3:6]], plan)))
    assert len(events) == 7
    (failed,) = [event for event in events if isinstance(event, CellFailed)]
    assert failed.ref.path == deadly
    assert "twice" in failed.reason
    (left,) = user_folders.rglob("crashes-scoring.log")
    assert left.read_text().count("Segmentation fault") == 2
    assert "in crash" in left.read_text()


def test_a_model_that_cannot_be_loaded_is_told_in_words(
    plan: ScoringPlan, refs: list[ImageRef], tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match="not a model folder"):
        list(score(refs, replace(plan, model=tmp_path)))


def test_a_device_that_is_not_there_is_told_in_words(plan: ScoringPlan, refs: list[ImageRef]) -> None:
    with pytest.raises(EngineError, match="coreml"):
        list(score(refs, replace(plan, device="coreml")))


def test_closing_the_generator_ends_the_child_within_a_second(plan: ScoringPlan, refs: list[ImageRef]) -> None:
    events = score(refs * 20, plan)
    for event in events:
        if isinstance(event, tuple):
            break
    process = multiprocessing.active_children()[0].pid
    begun = time.monotonic()
    events.close()
    assert time.monotonic() - begun < 1
    assert not _lives(process)


def test_events_are_on_disk_before_they_are_shown(plan: ScoringPlan, refs: list[ImageRef], tmp_path: Path) -> None:
    with _session(tmp_path, refs) as session:
        shown = 0
        for step in _pending(session, plan):
            if isinstance(step, Recorded):
                shown += len(step.ids)
                with Session.open(session.path) as reader:
                    assert len(reader.cell_ids()) >= shown
                    assert all(cell.prediction for cell in reader.cells(step.ids))
        assert shown == len(refs)


def test_a_run_that_was_cancelled_goes_on_where_it_stopped(
    plan: ScoringPlan, refs: list[ImageRef], tmp_path: Path
) -> None:
    with _session(tmp_path, refs * 1) as session:
        steps = _pending(session, plan)
        for step in steps:
            if isinstance(step, Recorded):
                break
        steps.close()
        done = set(session.cell_ids())
        assert done
        again = [i for step in _pending(session, plan) if isinstance(step, Recorded) for i in step.ids]
        assert not done & set(again)
        assert len(done) + len(again) == len(refs)


def test_a_session_with_nothing_left_to_score_starts_no_child(
    plan: ScoringPlan, refs: list[ImageRef], tmp_path: Path
) -> None:
    with _session(tmp_path, refs) as session:
        list(_pending(session, plan))
        assert list(_pending(session, replace(plan, model=tmp_path / "nowhere"))) == []


def test_an_unexpected_error_fails_its_crop_alone(refs: list[ImageRef]) -> None:
    pytest.importorskip("torch")
    plan = ScoringPlan(find_model("smids").path, "torch", "cpu", threads=2, load_network=load_confused_network)
    found = list(score(refs[:3], plan))
    events = _events(found)
    assert sorted(type(event).__name__ for event in events) == ["CellFailed", "CellScored", "CellScored"]
    (failed,) = [event for event in events if isinstance(event, CellFailed)]
    assert "ZeroDivisionError" in failed.reason


def load_confused_network(model: ModelFolder) -> object:
    """The model's own network, in a child that has a bug with files of a certain name."""
    from sperm_viewer.training.load import load_network

    read = scorer.read_bytes

    def confused(path: Path, turn: LargeTurn) -> bytes:
        return read(path, turn) if path.name != "1.png" else bytes(1 // 0)

    scorer.read_bytes = confused
    return load_network(model)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
def test_a_child_never_outlives_its_parent(plan: ScoringPlan, refs: list[ImageRef]) -> None:
    program = f"""
import multiprocessing
from pathlib import Path
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.run.pipeline import score
if __name__ == "__main__":
    refs = [ImageRef("A", Path({str(refs[0].path)!r}))] * 100000
    events = score(refs, ScoringPlan(Path({str(plan.model)!r}), "onnx", "cpu", threads=2))
    for event in events:
        if isinstance(event, tuple):
            print(multiprocessing.active_children()[0].pid, flush=True)
            break
    input()
"""
    script = refs[0].path.parent.parent / "parent.py"
    script.write_text(program)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        assert _lives(process)
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 10
        while _lives(process):
            assert time.monotonic() < deadline, "the child lives on"
            time.sleep(0.05)


def _session(folder: Path, refs: list[ImageRef]) -> Session:
    session = Session.create(folder / "session.spermview")
    session.add_slide("A", refs[0].path.parent, refs)
    model = find_model("smids")
    session.use_model(SessionModel(model.id, model.spec.classes, model.spec.normal_class))
    return session


def _lives(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie whose parent has not asked for it yet is dead enough.
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def _serve_hanging(pipe: Connection, plan: ScoringPlan) -> None:
    _serve_deadly(pipe, plan, lambda: time.sleep(60))


def _serve_greedy(pipe: Connection, plan: ScoringPlan) -> None:
    _serve_deadly(pipe, plan, lambda: (b"1" * 2**30, time.sleep(60)))


def _serve_deadly(pipe: Connection, plan: ScoringPlan, deed: Callable[[], object]) -> None:
    """A child that does the deed when it reads a file of a certain name."""
    read = scorer.read_bytes

    def read_or_die(path: Path, turn: LargeTurn) -> bytes:
        if path.name == DEADLY:
            deed()
        return read(path, turn)

    scorer.read_bytes = read_or_die
    _SERVE(pipe, plan)


_SERVE = child._serve


@pytest.mark.parametrize(("serve", "reason"), [(_serve_hanging, "took so long"), (_serve_greedy, "so much memory")])
def test_an_image_that_takes_too_long_or_too_much_memory_is_failed_and_the_rest_goes_on(
    plan: ScoringPlan,
    refs: list[ImageRef],
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[[Connection, ScoringPlan], None],
    reason: str,
) -> None:
    monkeypatch.setattr(child, "_serve", serve)
    monkeypatch.setattr(pipeline, "_PATIENCE_S", 3.0 if serve is _serve_hanging else 60.0)
    monkeypatch.setattr(pipeline, "_MEMORY_BYTES", 2**29)
    monkeypatch.setattr(pipeline, "_MEMORY_PER_THREAD_BYTES", 2**27)
    deadly = refs[1].path.with_name(DEADLY)
    deadly.write_bytes(refs[1].path.read_bytes())
    events = _events(list(score([refs[0], ImageRef("A", deadly), refs[2]], plan)))
    (failed,) = [event for event in events if isinstance(event, CellFailed)]
    assert failed.ref.path == deadly
    assert reason in failed.reason
    assert len(events) == 3
