"""Image references in, cell events out, as `pipeline.score`, but the workers of a Dask cluster score.

The events come in the order of the images, whichever worker is done first, so that the session is that of one machine.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from sperm_viewer import __version__
from sperm_viewer.domain.cell import CellEvent, CellFailed
from sperm_viewer.domain.detection import NO_HINTS, ImageHints
from sperm_viewer.domain.errors import ChildDiedError, EngineError, SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.child import Answer, EngineReady, ScoringPlan, interrupts_ignored
from sperm_viewer.inference.cluster_worker import ScoredChunk, WorkerPlan, score_chunk
from sperm_viewer.inference.model_folders import open_model
from sperm_viewer.run.events import Waiting
from sperm_viewer.run.pipeline import Event

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
_log = logging.getLogger(__name__)
_TICK_S = 0.1
_CONNECT_S = 10
_COUNT_WORKERS_S = 2.0
_PATIENCE_S = 60.0
_CHUNK = 8
"""Images in a task: a crop takes about as long as the scheduler needs for a task."""
_AHEAD = 3
"""Tasks on their way per thread of a worker."""
_WAITING_FOR_TURN = 4
"""Results may wait for an earlier image while they are fewer than this many times the images on their way."""
_KILLED = "Reading this image made every worker stop that tried it. Open it in another program and save it anew."


def score_on_cluster(
    refs: Sequence[ImageRef], plan: ScoringPlan, hints: Mapping[ImageRef, ImageHints], address: str
) -> Generator[Event, None, None]:
    """Scores images on the workers of the scheduler at `address`; `LOCAL` starts one here, with `plan.threads` workers.

    A task whose worker dies goes to another one; an image that kills every worker that tries it fails alone.
    Raises EngineError if there is no scheduler, no worker, or one that can't load the model; ChildDiedError if the
    scheduler goes away.
    """
    model = open_model(plan.model)
    shared = WorkerPlan(__version__, model.id, model.path, plan.engine, plan.device, plan.load_network)
    with ExitStack() as stack:
        client = _connect(address, plan.threads, stack)
        yield from _ClusterRun(client, address, refs, hints, shared).events()


def _connect(address: str, threads: int, stack: ExitStack) -> Client:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise EngineError(
            "Scoring on a cluster isn't part of this installation. It needs Python: pip install "
            f"'sperm-viewer[cluster]' ({error.name} is missing)."
        ) from error
    # What it reports, such as a worker or a scheduler that is gone, is dealt with here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if address == LOCAL:
        return stack.enter_context(Client(_start_here(threads, stack), set_as_default=False))
    try:
        # Certificates for tls:// come from Dask's own configuration.
        return stack.enter_context(Client(address, timeout=_CONNECT_S, set_as_default=False))
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise EngineError(
            f"{address}: no Dask scheduler answers there ({error}). Check the address and, for tls://, the "
            "certificates in Dask's configuration."
        ) from error


def _start_here(threads: int, stack: ExitStack) -> Any:
    from distributed import LocalCluster

    with interrupts_ignored():
        # Ctrl+C reaches the whole terminal group, and this process answers it.
        cluster = LocalCluster(
            n_workers=threads,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    return stack.enter_context(cluster)


class _ClusterRun:
    """What is still to send, what the workers have, and which results wait for their turn."""

    def __init__(
        self,
        client: Client,
        address: str,
        refs: Sequence[ImageRef],
        hints: Mapping[ImageRef, ImageHints],
        plan: WorkerPlan,
    ) -> None:
        self._client = client
        self._address = address
        self._refs = refs
        self._hints = hints
        self._plan = plan
        numbers = range(len(refs))
        self._to_send = deque(numbers[first : first + _CHUNK] for first in numbers[::_CHUNK])
        self._suspects: deque[int] = deque()
        self._in_flight: dict[Any, Sequence[int]] = {}
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._results: dict[int, tuple[CellEvent, ...]] = {}
        self._next = 0
        self._threads = 0
        self._counted = self._seen_workers = time.monotonic()
        self._engines: set[EngineReady] = set()

    def events(self) -> Iterator[Event]:
        self._count_workers()
        while self._next < len(self._refs):
            self._send()
            try:
                task = self._done.get(timeout=_TICK_S)
            except Empty:
                if time.monotonic() - self._counted > _COUNT_WORKERS_S:
                    self._count_workers()
                yield Waiting()
                continue
            yield from self._take(task)
            while self._next in self._results:
                yield self._results.pop(self._next)
                self._next += 1

    def _send(self) -> None:
        """Keeps the workers busy; suspects go alone, since Dask blames a worker's death on all that it had."""
        if self._suspects:
            if not self._in_flight:
                self._submit((self._suspects.popleft(),))
            return
        room = _AHEAD * max(1, self._threads)
        while (
            self._to_send
            and len(self._in_flight) < room
            and self._to_send[0][0] < self._next + room * _CHUNK * _WAITING_FOR_TURN
        ):
            self._submit(self._to_send.popleft())

    def _submit(self, numbers: Sequence[int]) -> None:
        refs = [(number, self._refs[number]) for number in numbers]
        images = [(number, ref, self._hints.get(ref, NO_HINTS)) for number, ref in refs]
        task = self._client.submit(score_chunk, self._plan, images, pure=False)
        self._in_flight[task] = numbers
        task.add_done_callback(self._done.put)

    def _take(self, task: Any) -> Iterator[Event]:
        """Keeps the results of a task, or makes its images suspects if workers died of it."""
        from distributed import KilledWorker

        numbers = self._in_flight.pop(task)
        try:
            chunk: ScoredChunk = task.result()
        except KilledWorker:
            if len(numbers) > 1:
                self._suspects.extend(numbers)
            else:
                self._results[numbers[0]] = (CellFailed(self._refs[numbers[0]], "", _KILLED),)
            return
        except SpermViewerError:
            raise
        except Exception as error:
            raise self._failed(task, error) from error
        if chunk.ready not in self._engines:
            self._engines.add(chunk.ready)
            yield chunk.ready
        for found in chunk.answers:
            if found.traceback:
                _log.error("%s: %s", self._refs[found.number].path, found.traceback)
            if found.changed:
                yield found.changed
            self._results[found.number] = self._seen_from_here(found, chunk)

    def _seen_from_here(self, found: Answer, chunk: ScoredChunk) -> tuple[CellEvent, ...]:
        """A file that is here but not there isn't the file's fault."""
        ref = self._refs[found.number]
        if found.number not in chunk.unseen or not ref.path.exists():
            return found.events
        reason = (
            f"The worker on {chunk.host} can't see this file. Put it where all machines find it under the same path, "
            "and score again."
        )
        return (CellFailed(ref, "", reason),)

    def _failed(self, task: Any, error: Exception) -> SpermViewerError:
        if task.status == "error":
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            return EngineError(
                f"{self._address}: a worker can't run Sperm Viewer ({reason}). Install "
                "'sperm-viewer[cluster]' in the same version on all machines."
            )
        return ChildDiedError(
            f"{self._address}: the scheduler is gone. What was scored is kept: start it, and give the same "
            "command again to go on."
        )

    def _count_workers(self) -> None:
        """Raises EngineError if there has been none for a minute."""
        try:
            self._threads = sum(self._client.nthreads().values())
        except (OSError, TimeoutError):
            self._threads = 0
        self._counted = time.monotonic()
        if self._threads:
            self._seen_workers = self._counted
        elif self._counted - self._seen_workers > _PATIENCE_S:
            raise EngineError(
                f"{self._address}: the scheduler has no worker. Start one with `dask worker {self._address}`, and give "
                "the same command again."
            )
