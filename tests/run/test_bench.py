"""`sperm-viewer bench` measures whole processes and the stages of the very code that scores."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from sperm_viewer.cli import run_command
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.run.bench import measure as bench_measure
from sperm_viewer.run.bench.machine import processor_name
from sperm_viewer.run.bench.measure import Bench, measure
from sperm_viewer.run.bench.processes import measure_process
from sperm_viewer.run.bench.text import bench_json, bench_text


@pytest.fixture(scope="module")
def found() -> Bench:
    """Measured where torch isn't installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench_measure, "_SCRIPT_NEEDS", ("no_such_package",))
        *steps, result = measure(find_model("smids"), 20)
    assert all(isinstance(step, str) for step in steps)
    assert isinstance(result, Bench)
    return result


def test_the_app_is_measured_end_to_end_and_by_stage(found: Bench) -> None:
    app = found.app
    assert 0 < app.ready < app.first <= app.end <= app.whole
    assert app.crops_per_s < app.loaded_crops_per_s
    # The parent and its scoring process.
    assert len(app.memory_mb) >= 2
    assert all(memory > 10 for memory in app.memory_mb[:2])
    assert found.machine.matrix_gflops > 0


def test_every_stage_is_one_that_scoring_goes_through_and_none_is_counted_twice(found: Bench) -> None:
    """A function that was renamed, or that another stage calls, would make a stage or the rest 0 or less."""
    assert {stage.name for stage in found.stages} >= {"network", "heatmap", "rest of scoring", "session"}
    assert [stage.name for stage in found.stages if stage.ms <= 0] == []
    assert sum(stage.ms for stage in found.stages if stage.name == "network") > 1


def test_without_torch_the_text_says_what_needs_it(found: Bench) -> None:
    assert found.script is None
    assert found.ratio is None
    text = bench_text(found)
    assert "pip install 'sperm-viewer[torch]'" in text
    assert f"{found.date} UTC, {processor_name()}" in text


def test_with_the_script_the_ratio_is_of_whole_processes(found: Bench) -> None:
    quiet = replace(found.machine, load=0.1)
    both = replace(found, script=replace(found.app, whole=3 * found.app.whole), machine=quiet)
    assert both.ratio == pytest.approx(3)
    assert "3.0 times as fast" in bench_text(both)
    assert "pip install" not in bench_text(both)


def test_on_a_busy_machine_the_text_gives_no_ratio(found: Bench) -> None:
    busy = replace(found, script=found.app, machine=replace(found.machine, cores=2, load=3.0))
    assert "Close them, and measure again" in bench_text(busy)
    assert "times as fast" not in bench_text(busy)
    assert "Close them, and measure again" in bench_text(replace(busy, script=None))


def test_json_has_every_figure(found: Bench) -> None:
    content = json.loads(bench_json(found))
    assert content["app"]["crops"] == 20
    assert content["machine"]["processor"] == found.machine.processor
    assert {stage["name"]: stage["ms"] for stage in content["stages"]}["network"] > 0
    assert content["packages"]["numpy"]


def test_the_script_explains_every_crop(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the script needs the torch extra")
    from sperm_viewer.training.script_people_write import explain

    files = bench_measure._render(tmp_path, 2)
    marks: list[str] = []
    explain(files, marks.append)
    assert marks == ["ready", "first", "end"]


def end_early(pipe: Connection) -> None:
    pipe.send("ready")


def say_why(pipe: Connection) -> None:
    pipe.send("No model here.")


def sleep_between_marks(pipe: Connection) -> None:
    for mark in ("ready", "first", "end"):
        time.sleep(0.2)
        pipe.send(mark)


def test_marks_are_timed_from_outside() -> None:
    measured = measure_process(sleep_between_marks, 10)
    assert measured.first - measured.ready == pytest.approx(0.2, abs=0.15)
    assert measured.crops_per_s == pytest.approx(10 / measured.whole)


@pytest.mark.parametrize(
    ("target", "message"), [(end_early, "ended early. Close other programs, and"), (say_why, "No model here.")]
)
def test_a_process_that_fails_is_reported(target: object, message: str) -> None:
    with pytest.raises(SpermViewerError, match=message):
        measure_process(target, 10)


def test_the_command_prints_the_text_and_writes_the_json(
    found: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_measure, "measure", lambda model, crops: iter([f"{model.spec.name} {crops}", found]))
    assert run_command(["bench", "--crops", "20", "--json", str(tmp_path / "bench.json")]) == 0
    assert capsys.readouterr().out == f"{bench_text(found)}\n{tmp_path / 'bench.json'}\n"
    assert (tmp_path / "bench.json").read_text() == bench_json(found)
