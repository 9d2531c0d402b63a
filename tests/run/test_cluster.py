"""Workers of a real Dask scheduler score what one machine would, and lose nothing when one of them dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from PIL import Image

pytest.importorskip("distributed", reason="the extra `cluster` isn't installed")

import dask.config

from sperm_viewer import __version__
from sperm_viewer.cli import run_command
from sperm_viewer.domain.cell import CellEvent, CellFailed, CellScored
from sperm_viewer.domain.detection import NO_HINTS
from sperm_viewer.domain.errors import ChildDiedError, EngineError, SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.imaging.discover import discover
from sperm_viewer.inference import cluster_worker
from sperm_viewer.inference.child import ChildFailed, EngineReady, ScoringPlan
from sperm_viewer.inference.cluster_worker import WorkerPlan, score_chunk
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.run import cluster
from sperm_viewer.run.cluster import score_on_cluster
from sperm_viewer.run.events import Recorded
from sperm_viewer.run.scoring import FoundImages, RunRequest, ScoringRun, score_pending
from sperm_viewer.run.settle import Settled, Wanted
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell
from sperm_viewer.system.terminal import INTERRUPTED

T = TypeVar("T")
_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60
DEADLY = "deadly.png"


class Machines:
    """A scheduler on loopback, and workers that come and go."""

    def __init__(self, folder: Path, stack: ExitStack, protocol: str = "tcp", options: Sequence[str] = ()) -> None:
        self._file = folder / "scheduler.json"
        self._folder = folder
        self._stack = stack
        self._options = options
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--protocol", protocol)
        self.address = _soon(lambda: json.loads(self._file.read_text())["address"])

    def add_worker(self, *options: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        options = options or ("--no-nanny",)
        return self._start("worker", "--nthreads", "1", "--local-directory", str(self._folder), *options, cwd=cwd)

    def _start(self, what: str, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(self._file)]
        command += ["--no-dashboard", *self._options, *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path])}
        process = subprocess.Popen(command, cwd=cwd, env=environment, stderr=subprocess.DEVNULL)
        self._stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _soon(found: Callable[[], T]) -> T:
    """Waits until there is something."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        with suppress(OSError, ValueError, SpermViewerError):
            value = found()
            if value:
                return value
        time.sleep(0.05)
    raise AssertionError("nothing came")


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    (tmp_path / "dask").mkdir()
    with ExitStack() as stack:
        yield Machines(tmp_path / "dask", stack)


@pytest.fixture
def plan() -> ScoringPlan:
    return ScoringPlan(find_model("smids").path, "onnx", "cpu", threads=2)


def _crops(folder: Path, count: int) -> list[ImageRef]:
    folder.mkdir()
    refs = []
    for seed in range(count):
        rgb = render_cell(typical_cell(list(HeadClass)[seed % 4], seed=seed)).rgb
        refs.append(ImageRef(folder.name, folder / f"{seed:02d}.png"))
        Image.fromarray(rgb).save(refs[-1].path)
    return refs


def _events(found: object) -> list[CellEvent]:
    return [event for events in found if isinstance(events, tuple) for event in events]


def test_with_a_worker_killed_half_way_the_table_is_that_of_one_machine_to_the_byte(
    machines: Machines, tmp_path: Path
) -> None:
    slide = tmp_path / "slide"
    _crops(slide, 48)
    (slide / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    first, _ = machines.add_worker(), machines.add_worker()
    found = FoundImages((slide,), discover((slide,)))
    out = tmp_path / "cluster" / "session.spermview"
    out.parent.mkdir()
    request = RunRequest(out, Settled(find_model("smids"), "onnx", "cpu"), Wanted(), (found,))
    score_images = partial(score_on_cluster, address=machines.address)
    done = 0
    for event in ScoringRun(request, partial(score_pending, score_images=score_images)).events():
        if isinstance(event, Recorded):
            done += event.images
            if first.poll() is None and done >= 16:
                first.send_signal(signal.SIGKILL)
                first.wait()
    assert first.returncode == -signal.SIGKILL
    assert done == 49
    assert run_command(["score", str(slide), "--out", str(tmp_path / "alone"), "--device", "cpu"]) == 0
    for table in ("cells.csv", "slides.csv", "samples.csv"):
        assert (out.parent / table).read_bytes() == (tmp_path / "alone" / table).read_bytes()


def test_the_command_starts_a_cluster_here_and_goes_on_there_the_next_time(tmp_path: Path) -> None:
    slide = tmp_path / "slide"
    _crops(slide, 6)
    assert run_command(["score", str(slide), "--out", str(tmp_path / "out"), "--cluster", "local"]) == 0
    rows = (tmp_path / "out" / "cells.csv").read_text().splitlines()
    assert len(rows) == 7
    assert json.loads((tmp_path / "out" / "run.json").read_text())["counts"]["failed"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C reaches a process group by a signal elsewhere")
def test_ctrl_c_keeps_what_is_done_and_leaves_no_worker_behind(tmp_path: Path) -> None:
    _crops(tmp_path / "slide", 240)
    session = tmp_path / "out" / "session.spermview"
    command = [sys.executable, "-m", "sperm_viewer", "score", str(tmp_path / "slide"), "--out", str(session.parent)]
    # A shell starts a background job, such as these tests may be, so that it ignores Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [*command, "--cluster", "local"], start_new_session=True, stderr=subprocess.PIPE, text=True
    ) as process:
        _soon(lambda: _cells(session))
        workers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode == INTERRUPTED
    assert said.splitlines()[-1].startswith("Interrupted. What is done is kept")
    assert "Traceback" not in said
    assert 0 < _cells(session) < 240
    assert not psutil.wait_procs(workers, timeout=5)[1]


def _cells(session: Path) -> int:
    if not session.exists():
        return 0
    with Session.open(session, read_only=True) as opened:
        return len(opened.cell_ids())


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self differs from process to process on Linux alone")
def test_a_file_that_a_worker_cannot_see_is_listed_with_that_reason(
    machines: Machines, plan: ScoringPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = _crops(tmp_path / "slide", 3)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    machines.add_worker(cwd=elsewhere)
    monkeypatch.chdir(tmp_path / "slide")
    ours = ImageRef("slide", Path("/proc/self/cwd/01.png"))
    gone = ImageRef("slide", tmp_path / "slide" / "gone.png")
    events = _events(score_on_cluster([refs[0], ours, gone, refs[2]], plan, {}, machines.address))
    assert [event.ref for event in events] == [refs[0], ours, gone, refs[2]]
    assert [type(event) for event in events] == [CellScored, CellFailed, CellFailed, CellScored]
    assert "can't see this file. Put it where all machines" in events[1].reason
    # A file that is nowhere fails as it does on one machine.
    assert "can't see" not in events[2].reason


_DEADLY_READER = f"""
import os, signal
import sperm_viewer.inference.scorer as scorer

# Dask loads this file more than once.
scorer.undisturbed = read = getattr(scorer, "undisturbed", scorer.read_bytes)

def crash(path, *rest):
    if path.name == "{DEADLY}":
        os.kill(os.getpid(), signal.SIGKILL)
    return read(path, *rest)

scorer.read_bytes = crash
"""


def test_the_image_that_kills_its_workers_fails_alone_and_the_rest_goes_on(
    tmp_path: Path, plan: ScoringPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Dask tries three more workers; one is enough here.
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    refs = _crops(tmp_path / "slide", 10)
    refs[3].path.rename(refs[3].path.with_name(DEADLY))
    refs[3] = ImageRef("slide", refs[3].path.with_name(DEADLY))
    (tmp_path / "dask").mkdir()
    (tmp_path / "deadly_reader.py").write_text(_DEADLY_READER)
    with ExitStack() as stack:
        machines = Machines(tmp_path / "dask", stack)
        machines.add_worker("--nanny", "--preload", str(tmp_path / "deadly_reader.py"))
        events = _events(score_on_cluster(refs, plan, {}, machines.address))
    assert [event.ref for event in events] == refs
    (failed,) = [event for event in events if isinstance(event, CellFailed)]
    assert failed.ref == refs[3]
    assert "made every worker stop that tried it. Open it in another program" in failed.reason


def test_tls_is_used_where_the_scheduler_asks_for_it(tmp_path: Path, plan: ScoringPlan) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl isn't here to make certificates")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    refs = _crops(tmp_path / "slide", 2)
    (tmp_path / "dask").mkdir()
    files = {"ca-file": str(cert), "scheduler.cert": str(cert), "scheduler.key": str(key)}
    files |= {f"{role}.{part}": files[f"scheduler.{part}"] for role in ("worker", "client") for part in ("cert", "key")}
    options = ("--tls-ca-file", str(cert), "--tls-cert", str(cert), "--tls-key", str(key))
    with ExitStack() as stack:
        machines = Machines(tmp_path / "dask", stack, "tls", options)
        machines.add_worker()
        assert machines.address.startswith("tls://")
        with pytest.raises(EngineError, match=r"no Dask scheduler answers there .*certificates in Dask's config"):
            list(score_on_cluster(refs, plan, {}, machines.address))
        with dask.config.set({f"distributed.comm.tls.{name}": value for name, value in files.items()}):
            events = _events(score_on_cluster(refs, plan, {}, machines.address))
    assert [type(event) for event in events] == [CellScored, CellScored]


def test_an_address_without_a_scheduler_is_reported(tmp_path: Path) -> None:
    """In a process of its own: a client of Dask that finds no scheduler leaves a thread."""
    _crops(tmp_path / "slide", 1)
    patient = "from sperm_viewer.run import cluster; cluster._CONNECT_S = 1; from sperm_viewer.cli import run_command"
    command = ["score", str(tmp_path / "slide"), "--out", str(tmp_path / "out"), "--cluster", "tcp://127.0.0.1:9"]
    code = f"{patient}; raise SystemExit(run_command({command!r}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "tcp://127.0.0.1:9: no Dask scheduler answers there" in ended.stderr
    assert "Check the address" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_no_worker_and_a_scheduler_that_goes_are_reported(
    machines: Machines, plan: ScoringPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = _crops(tmp_path / "slide", 30)
    monkeypatch.setattr(cluster, "_PATIENCE_S", 0.5)
    monkeypatch.setattr(cluster, "_COUNT_WORKERS_S", 0.2)
    with pytest.raises(EngineError, match=r"has no worker\. Start one with `dask worker tcp://127"):
        list(score_on_cluster(refs, plan, {}, machines.address))
    monkeypatch.setattr(cluster, "_PATIENCE_S", 60)
    machines.add_worker()
    events = score_on_cluster(refs, plan, {}, machines.address)
    next(event for event in events if isinstance(event, tuple))
    machines.scheduler.kill()
    with pytest.raises(ChildDiedError, match=r"the scheduler is gone\. What was scored is kept: start it"):
        list(events)


def test_closing_the_generator_leaves_the_cluster_to_others(
    machines: Machines, plan: ScoringPlan, tmp_path: Path
) -> None:
    refs = _crops(tmp_path / "slide", 40)
    machines.add_worker()
    events = score_on_cluster(refs, plan, {}, machines.address)
    next(event for event in events if isinstance(event, tuple))
    events.close()
    assert len(_events(score_on_cluster(refs[:2], plan, {}, machines.address))) == 2


@pytest.fixture
def shared() -> Iterator[WorkerPlan]:
    model = find_model("smids")
    yield WorkerPlan(__version__, model.id, model.path, "onnx", "cpu", None)
    cluster_worker._opened.clear()


def test_a_worker_takes_the_model_that_is_installed_there(shared: WorkerPlan, tmp_path: Path) -> None:
    """Its folder may have another path on each machine."""
    refs = _crops(tmp_path / "slide", 1)
    found = score_chunk(replace(shared, folder=Path("/nowhere")), [(5, refs[0], NO_HINTS)])
    assert found.answers[0].number == 5
    assert isinstance(found.answers[0].events[0], CellScored)
    assert (found.ready, found.unseen) == (EngineReady("onnx", "cpu", ()), frozenset())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"app_version": "9.9"}, r"^The worker on .+ can't score: It has Sperm Viewer .+, the command 9\.9\. Install"),
        ({"model": ModelId("smids", "0" * 64)}, r"'smids' \(0{12}\) isn't installed there\. Install the same models"),
        ({"device": "coreml"}, r"^The worker on .+ can't score: .*coreml"),
    ],
)
def test_a_worker_that_cannot_score_says_why(
    shared: WorkerPlan, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        score_chunk(replace(shared, **change), [(0, ImageRef("A", tmp_path / "a.png"), NO_HINTS)])


def test_an_engine_that_fails_on_a_worker_stops_the_run(
    shared: WorkerPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_worker, "answer", lambda *_: ChildFailed("Out of memory."))
    with pytest.raises(EngineError, match=r"^The worker on .+ can't score: Out of memory\.$"):
        score_chunk(shared, [(0, ImageRef("A", tmp_path / "a.png"), NO_HINTS)])


def test_without_the_extra_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _crops(tmp_path / "slide", 1)
    monkeypatch.setitem(sys.modules, "distributed", None)
    out = tmp_path / "out"
    assert run_command(["score", str(tmp_path / "slide"), "--out", str(out), "--cluster", "tcp://127.0.0.1:9"]) == 1
    assert "pip install 'sperm-viewer[cluster]' (distributed is missing)." in capsys.readouterr().err
