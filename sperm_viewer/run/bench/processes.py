"""Whole processes, measured from outside: from their start to their end, with the memory that they took."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from sperm_viewer.domain.errors import SpermViewerError

_SAMPLE_S = 0.25
READY, FIRST, END = "ready", "first", "end"


@dataclass(frozen=True, slots=True)
class Measured:
    """A process in seconds since its start: `ready` when its model was loaded, `first` when the first crop was done,
    `end` when all `crops` were, `whole` when it had ended. `memory_mb` is the largest resident memory of the process
    and, if it has one, of its child.
    """

    crops: int
    ready: float
    first: float
    end: float
    whole: float
    memory_mb: tuple[float, ...]

    @property
    def crops_per_s(self) -> float:
        return self.crops / self.whole

    @property
    def loaded_crops_per_s(self) -> float:
        """Without start, imports and loading."""
        return self.crops / (self.end - self.ready)


@dataclass(slots=True)
class _Watched:
    marks: dict[str, float] = field(default_factory=dict)
    problem: str = ""
    peaks: list[int] = field(default_factory=list)


class StoppedError(Exception):
    """The measurement was stopped."""


def never() -> bool:
    return False


def measure_process(
    target: Callable[..., None], crops: int, *arguments: object, stop: Callable[[], bool] = never
) -> Measured:
    """Runs `target(pipe, *arguments)` in a process of its own, which sends each mark, once, when it reaches it.

    Raises SpermViewerError with what the process says if it sends anything else or ends without its marks, and
    StoppedError soon after `stop` says so.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(theirs, *arguments), name="sperm-viewer-bench")
    watched = _Watched()
    started = time.perf_counter()
    process.start()
    theirs.close()
    try:
        for mark in _marks(ours, watched, process.pid or 0):
            if mark:
                watched.marks[mark] = time.perf_counter() - started
            if stop():
                raise StoppedError
        process.join()
        whole = time.perf_counter() - started
    finally:
        if process.is_alive():
            _end_with_children(process)
        process.join()
        ours.close()
    if watched.problem or {READY, FIRST, END} - set(watched.marks):
        raise SpermViewerError(
            watched.problem or "The measured process ended early. Close other programs, and measure again."
        )
    marks, memory = watched.marks, tuple(round(peak / 2**20, 1) for peak in watched.peaks)
    return Measured(crops, marks[READY], marks[FIRST], marks[END], whole, memory)


def _marks(pipe: Connection, watched: _Watched, pid: int) -> Iterator[str]:
    """Each mark as it comes, until the process closes its end; samples memory in between, and yields empty marks."""
    root = psutil.Process(pid)
    while True:
        if pipe.poll(_SAMPLE_S):
            try:
                mark = pipe.recv()
            except EOFError:
                return
            if mark in (READY, FIRST, END):
                yield mark
            else:
                watched.problem = str(mark)
        with suppress(psutil.Error):
            resident = [process.memory_info().rss for process in (root, *root.children(recursive=True))]
            # A process that is gone frees its place for the one that replaces it.
            watched.peaks += [0] * (len(resident) - len(watched.peaks))
            for place, now in enumerate(resident):
                watched.peaks[place] = max(watched.peaks[place], now)
        yield ""


def _end_with_children(process: BaseProcess) -> None:
    with suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
    process.kill()


def score_folder(pipe: Connection, model: Path, folder: Path, out: Path) -> None:
    """What `sperm-viewer score FOLDER` does: finds, scores, stores and writes the tables."""
    from sperm_viewer.imaging.discover import discover
    from sperm_viewer.inference.model_folders import open_model
    from sperm_viewer.run.events import EngineReady, Recorded
    from sperm_viewer.run.scoring import FoundImages, RunRequest, ScoringRun
    from sperm_viewer.run.settle import Settled, Wanted

    try:
        settled = Settled(open_model(model), "onnx", "cpu")
        found = FoundImages((folder,), discover((folder,)))
        first = True
        for event in ScoringRun(RunRequest(out, settled, Wanted(), (found,))).events():
            if isinstance(event, EngineReady):
                pipe.send(READY)
            elif isinstance(event, Recorded) and first:
                first = False
                pipe.send(FIRST)
        pipe.send(END)
    except SpermViewerError as error:
        pipe.send(str(error))


def explain_by_script(pipe: Connection, folder: Path) -> None:
    """The script that people write, over the same files. It needs torch."""
    from sperm_viewer.training.script_people_write import explain

    explain(sorted(folder.iterdir()), pipe.send)
