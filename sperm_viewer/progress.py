"""Progress on the command line: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_LINE_EVERY_S = 10.0
_WINDOW_S = 5.0


class Rate:
    """Crops a second over the last seconds, and the time left at that pace."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def update(self, done: int) -> None:
        now = time.monotonic()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_S:
            self._marks.popleft()

    @property
    def per_second(self) -> float:
        (start, before), (end, after) = self._marks[0], self._marks[-1]
        return (after - before) / (end - start) if end > start else 0.0


class _Display:
    """A rich bar on a terminal; elsewhere a line every ten seconds, and always the last one."""

    def __init__(self, total: int, unit: str) -> None:
        self._total = total
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._last_line = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if self._console.is_terminal:
            self._bar = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}"),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._task = self._bar.add_task(unit, total=total, note="")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def _restart(self, total: int) -> None:
        self._total = total
        if self._bar:
            self._bar.reset(self._task, total=total)

    def _put(self, done: int, note: str, line: str) -> None:
        if self._bar:
            self._bar.update(self._task, completed=done, note=note)
        elif done >= self._total or time.monotonic() - self._last_line >= _LINE_EVERY_S:
            self._last_line = time.monotonic()
            self._console.print(line, soft_wrap=True)


class CropDisplay(_Display):
    """`done of total, crops a second, time left` of a scoring run."""

    def __init__(self, total: int) -> None:
        super().__init__(total, "crops")
        self._rate = Rate()

    def show(self, done: int) -> None:
        self._rate.update(done)
        pace = self._rate.per_second
        left = f"{(self._total - done) / pace:.0f} s left" if pace else "time left not known yet"
        self._put(done, f"{pace:.0f} crops/s", f"{done} of {self._total}, {pace:.0f} crops/s, {left}")


class EpochDisplay(_Display):
    """`epoch of epochs, loss, time left` of a training."""

    def __init__(self, epochs: int) -> None:
        super().__init__(epochs, "epochs")

    def show(self, epoch: int, loss: float, seconds_left: float) -> None:
        left = f"{seconds_left:.0f} s left"
        self._put(epoch, f"loss {loss:.3f}, {left}", f"epoch {epoch} of {self._total}, loss {loss:.4f}, {left}")


class FoldDisplay(_Display):
    """`system and fold, images of images, time left` of an evaluation."""

    def __init__(self) -> None:
        super().__init__(1, "images")

    def show(self, what: str, done: int, total: int, seconds_left: float | None) -> None:
        if total != self._total:
            self._restart(total)
        left = "time left not known yet" if seconds_left is None else f"{seconds_left / 60:.0f} min left"
        self._put(done, f"{what}, {left}", f"{what}: {done} of {total} images, {left}")
