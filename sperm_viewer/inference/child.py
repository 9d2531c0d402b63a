"""The scoring process: reads and scores crops, so that a decoder that crashes takes nothing else with it.

Parent and child hold one end of a pipe each. The child ends when the pipe does, so it never outlives its parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

from sperm_viewer.domain.cell import CellEvent, CellFailed
from sperm_viewer.domain.errors import EngineError, SpermViewerError
from sperm_viewer.domain.image import CropRef
from sperm_viewer.inference.model_folders import open_model
from sperm_viewer.inference.open_engine import FallbackEngine, NetworkLoader, Opened, open_scorer
from sperm_viewer.system import paths
from sperm_viewer.system.crash_log import SCORING_CRASHES, catch_crashes

_GRACE_S = 0.5


@dataclass(frozen=True, slots=True)
class ScoringPlan:
    """What a child needs to know; `threads` crops are worked on side by side."""

    model: Path
    engine: str = "auto"
    device: str = "auto"
    threads: int = os.cpu_count() or 1
    load_network: NetworkLoader | None = None


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The child has loaded its model, or had to take another device on the way.

    `notes` says in words what the user should know of the device.
    """

    engine: str
    device: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """The child can't load its model, or its engine failed for good; `message` says why and what to do."""

    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The event of the crop that was sent under `number`.

    `changed` is set once, when the device failed and another took over; `trouble` is a traceback for the log.
    """

    number: int
    event: CellEvent
    changed: EngineReady | None = None
    trouble: str = ""


Message = EngineReady | Broken | Answer


class ScoringChild:
    """A running scoring process, seen from the parent."""

    def __init__(self, plan: ScoringPlan) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, plan), name="sperm-viewer-scoring", daemon=True)
        with _interrupts_ignored():
            # From its first instruction on: Ctrl+C reaches the whole terminal group, and what it means is ours to say.
            self._process.start()
        theirs.close()

    def ask(self, number: int, ref: CropRef) -> None:
        """Sends a crop. Raises OSError where the child is gone."""
        self.pipe.send((number, ref))

    def stop(self) -> None:
        """Ends the child, at once if need be; safe to call again."""
        self.pipe.close()
        self._process.join(_GRACE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl+C ignored meanwhile, which a process started meanwhile inherits; only the main thread may ask for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(pipe: Connection, plan: ScoringPlan) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    catch_crashes(paths.log_folder() / SCORING_CRASHES)
    try:
        opened = open_scorer(open_model(plan.model), plan.engine, plan.device, plan.load_network)
    except SpermViewerError as error:
        _tell(pipe, Broken(str(error)))
        return
    _tell(pipe, EngineReady(opened.engine.name, opened.engine.device, opened.notes))
    answers: SimpleQueue[Future[Message]] = SimpleQueue()
    threading.Thread(target=_send, args=(pipe, answers), daemon=True).start()
    with ThreadPoolExecutor(plan.threads) as pool:
        while True:
            try:
                number, ref = pipe.recv()
            except (EOFError, OSError):
                # The parent is gone or wants no more: what is under way is of no use to anyone.
                os._exit(0)
            answers.put(pool.submit(_answer, opened, number, ref))


def _send(pipe: Connection, answers: SimpleQueue[Future[Message]]) -> None:
    """Sends answers in the order of the questions, so that rows arrive in the order of the slide."""
    while True:
        _tell(pipe, answers.get().result())


def _tell(pipe: Connection, message: Message) -> None:
    try:
        pipe.send(message)
    except OSError:
        # The parent is gone.
        os._exit(0)


def _answer(opened: Opened, number: int, ref: CropRef) -> Message:
    try:
        return Answer(number, opened.scorer.score(ref), _news(opened))
    except EngineError as error:
        return Broken(str(error))
    except Exception as error:  # noqa: BLE001 (one crop must not stop the others; the parent logs it)
        reason = f"An unexpected error ({type(error).__name__}: {error}) kept this image from being scored."
        return Answer(number, CellFailed(ref, "", reason), trouble=traceback.format_exc())


def _news(opened: Opened) -> EngineReady | None:
    engine = opened.engine
    if not isinstance(engine, FallbackEngine) or not engine.note:
        return None
    note, engine.note = engine.note, ""
    return EngineReady(engine.name, engine.device, (note,))
