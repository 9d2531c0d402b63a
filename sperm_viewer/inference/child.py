"""The scoring process: reads and scores crops, so that a decoder that crashes takes nothing else with it.

Parent and child hold one end of a pipe each. The child ends when the pipe does, so it never outlives its parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

import psutil

from sperm_viewer.domain.cell import CellEvent, CellFailed
from sperm_viewer.domain.detection import NO_HINTS, ImageHints
from sperm_viewer.domain.errors import EngineError, ModelError, SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.reading.large import LARGE_PIXELS
from sperm_viewer.inference.model_folders import open_model
from sperm_viewer.inference.open_engine import FallbackEngine, NetworkLoader, Opened, open_scorer
from sperm_viewer.system import paths
from sperm_viewer.system.crash_log import SCORING_CRASHES, catch_crashes
from sperm_viewer.system.other_computers import trust, trusted

_GRACE_S = 0.5
_NICER = 10
_WORD_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class ScoringPlan:
    """What a child needs; `threads` crops are scored side by side, and files of `computers` opened.

    With `low_priority` a window goes before it.
    """

    model: Path
    engine: str = "auto"
    device: str = "auto"
    threads: int = os.cpu_count() or 1
    computers: frozenset[str] = field(default_factory=trusted)
    load_network: NetworkLoader | None = None
    low_priority: bool = False


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The child has loaded its model, or had to change to another device on the way.

    `notes` are sentences for the user about the device.
    """

    engine: str
    device: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChildFailed:
    """The child can't load its model, or its engine failed for good; `message` is the reason and what to do."""

    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The events of the cells of the image that was sent under `number`.

    `changed` is set once, when the device failed and another took over; `traceback` is for the log.
    """

    number: int
    events: tuple[CellEvent, ...]
    changed: EngineReady | None = None
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Working:
    """An image of so many pixels is being worked on, and something of it was done just now."""

    pixels: int


Message = EngineReady | ChildFailed | Answer | Working


class ScoringChild:
    """A running scoring process, seen from the parent."""

    def __init__(self, plan: ScoringPlan) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, plan), name="sperm-viewer-scoring", daemon=True)
        with interrupts_ignored():
            # From its first instruction on: Ctrl+C reaches the whole terminal group, and the parent answers it.
            self._process.start()
        theirs.close()

    def ask(self, number: int, ref: ImageRef, hints: ImageHints = NO_HINTS) -> None:
        """Sends an image. Raises OSError if the child is gone."""
        self.pipe.send((number, ref, hints))

    def memory(self) -> int:
        """Bytes of memory that the child has; 0 if it is gone."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def stop(self) -> None:
        """Ends the child, at once if need be; safe to call again."""
        self.pipe.close()
        self._process.join(_GRACE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


@contextmanager
def interrupts_ignored() -> Iterator[None]:
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
    trust(plan.computers)
    if plan.low_priority:
        _lower_priority()
    parent = _Parent(pipe)
    try:
        opened = open_scorer(open_model(plan.model), plan.engine, plan.device, plan.load_network)
    except SpermViewerError as error:
        parent.send(ChildFailed(str(error)))
        return
    except Exception as error:  # noqa: BLE001 (whatever a model's files hold, the user is told which model it is)
        reason = f"{plan.model}: this model can't be used ({type(error).__name__}: {error}). Install it again."
        parent.send(ChildFailed(reason))
        return
    parent.send(EngineReady(opened.engine.name, opened.engine.device, opened.notes))
    answers: SimpleQueue[Future[Message]] = SimpleQueue()
    threading.Thread(target=_send, args=(parent, answers), daemon=True).start()
    with ThreadPoolExecutor(plan.threads) as pool:
        while True:
            try:
                number, ref, hints = pipe.recv()
            except (EOFError, OSError):
                # The parent is gone or wants no more: nobody needs what is under way.
                os._exit(0)
            answers.put(pool.submit(answer, opened, number, ref, hints, parent.working))


def _lower_priority() -> None:
    """The processor's time goes to the window first, which would otherwise wait for its turn at each frame."""
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        process.nice(min(19, process.nice() + _NICER))


class _Parent:
    """The parent, seen from any thread of the child."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._next_word = 0.0

    def send(self, message: Message) -> None:
        try:
            with self._lock:
                self._pipe.send(message)
        except OSError:
            # The parent is gone.
            os._exit(0)

    def working(self, pixels: int) -> None:
        """Says that something was done, once in a while."""
        now = time.monotonic()
        if pixels > LARGE_PIXELS or now >= self._next_word:
            self._next_word = now + _WORD_EVERY_S
            self.send(Working(pixels))


def _send(parent: _Parent, answers: SimpleQueue[Future[Message]]) -> None:
    """Sends answers in the order of the questions, so that rows arrive in the order of the slide."""
    while True:
        parent.send(answers.get().result())


def answer(
    opened: Opened,
    number: int,
    ref: ImageRef,
    hints: ImageHints = NO_HINTS,
    working: Callable[[int], None] | None = None,
) -> Answer | ChildFailed:
    """Scores an image; whatever goes wrong is in what it returns. A worker of a cluster runs this too.

    `working` is that of `Scorer.score`.
    """
    try:
        return Answer(number, opened.scorer.score(ref, hints, working), _changed_device(opened))
    except (EngineError, ModelError) as error:
        return ChildFailed(str(error))
    except Exception as error:  # noqa: BLE001 (one crop must not stop the others; the parent logs it)
        reason = f"An unexpected error ({type(error).__name__}: {error}) kept this image from being scored."
        return Answer(number, (CellFailed(ref, "", reason),), traceback=traceback.format_exc())


def _changed_device(opened: Opened) -> EngineReady | None:
    engine = opened.engine
    if not isinstance(engine, FallbackEngine) or not engine.note:
        return None
    note, engine.note = engine.note, ""
    return EngineReady(engine.name, engine.device, (note,))
