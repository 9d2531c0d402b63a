"""Short background work: a function runs in another thread, its answer comes back to the window's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from sperm_viewer.domain.errors import SpermViewerError


class Tasks(QObject):
    """A few threads for work that touches no widget. Answers that come after `close` are dropped."""

    _ended = Signal(int, object, object)

    def __init__(self, threads: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sperm-viewer")
        self._then: dict[int, tuple[Callable[[Any], None], Callable[[Exception], None]]] = {}
        self._number = 0
        self._open = True
        self._ended.connect(self._answer)

    @property
    def running(self) -> int:
        return len(self._then)

    def start(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        """Runs `work` in the background, then `done` with its answer or `failed` with its error in this thread."""
        if not self._open:
            return
        self._number += 1
        self._then[self._number] = (done, failed)
        self._pool.submit(self._work, self._number, work)

    def close(self, wait: bool = True) -> None:
        """Drops what has not begun; waits for what has, unless that may take long and leaves nothing half done."""
        self._open = False
        self._then.clear()
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _work(self, number: int, work: Callable[[], Any]) -> None:
        try:
            answer, error = work(), None
        except Exception as problem:  # noqa: BLE001 (whatever it is, it is told in the window's thread)
            answer, error = None, problem
        self._ended.emit(number, answer, error)

    @Slot(int, object, object)
    def _answer(self, number: int, answer: Any, error: Exception | None) -> None:
        done, failed = self._then.pop(number, (None, None))
        if error is None and done:
            done(answer)
        elif error is not None and failed:
            failed(error)


def telling(tell: Callable[[str], object]) -> Callable[[Exception], None]:
    """A `failed` for `Tasks.start`: tells the text of a SpermViewerError, and raises any other error again."""

    def failed(error: Exception) -> None:
        if not isinstance(error, SpermViewerError):
            raise error
        tell(str(error))

    return failed
