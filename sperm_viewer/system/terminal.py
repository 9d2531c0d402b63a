"""The command line's errors, exit codes and progress: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import ParamSpec, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import MovingRate, Progress, describe_progress, duration

_LINE_EVERY_S = 10.0
COULD_NOT_RUN, INTERRUPTED = 1, 130
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
P = ParamSpec("P")


def harmless(text: object) -> str:
    """A text without what a terminal obeys: control and direction characters of a file's name are written out."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), str(text))


def say(text: object) -> None:
    """Prints a line that may hold the names of files."""
    typer.echo(harmless(text))


class Errors(Console):
    """The console of errors and notices, which may hold the names of files."""

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False, soft_wrap=True, markup=False)

    def tell(self, text: object) -> None:
        self.print(harmless(text))


errors = Errors()


def report_errors(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose every error ends as one message and an exit code."""

    @wraps(command)
    def reported(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except SpermViewerError as error:
            errors.tell(f"sperm-viewer: {error}")
            raise typer.Exit(COULD_NOT_RUN) from error
        except OSError as error:
            errors.tell(f"sperm-viewer: {error.filename or 'a file'}: {error.strerror or error}.")
            raise typer.Exit(COULD_NOT_RUN) from error
        except (KeyboardInterrupt, typer.Abort):
            errors.print("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None

    return reported


class _Display:
    """A rich bar on a terminal; elsewhere a line every ten seconds, and always the last one."""

    def __init__(self, total: int, unit: str) -> None:
        self._total = total
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._last_line = time.monotonic()
        self._bar: Bar | None = None
        self._task = TaskID(0)
        if self._console.is_terminal:
            self._bar = Bar(
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
        self._rate = MovingRate()
        self._rate.add(time.monotonic(), 0)

    def show(self, done: int) -> None:
        rate = self._rate.add(time.monotonic(), done)
        self._put(done, f"{rate:.0f} crops/s" if rate else "", describe_progress(Progress(done, self._total, rate)))


class EpochDisplay(_Display):
    """`network, epoch of epochs, loss, time left` of a training."""

    def __init__(self) -> None:
        super().__init__(1, "epochs")

    def show(self, what: str, epoch: int, epochs: int, loss: float, seconds_left: float) -> None:
        if epochs != self._total:
            self._restart(epochs)
        left = f"{duration(seconds_left)} left"
        line = f"{what}: epoch {epoch} of {epochs}, loss {loss:.4f}, {left}"
        self._put(epoch, f"{what}, loss {loss:.3f}, {left}", line)


class StepDisplay(_Display):
    """`step of steps, loss, time left` of the detector's training."""

    def __init__(self) -> None:
        super().__init__(1, "steps")

    def show(self, step: int, steps: int, loss: float, seconds_left: float) -> None:
        if steps != self._total:
            self._restart(steps)
        left = f"{duration(seconds_left)} left"
        self._put(step, f"loss {loss:.3f}, {left}", f"step {step} of {steps}, loss {loss:.4f}, {left}")


class FoldDisplay(_Display):
    """`system and fold, images of images, time left` of an evaluation."""

    def __init__(self) -> None:
        super().__init__(1, "images")

    def show(self, what: str, done: int, total: int, seconds_left: float | None) -> None:
        if total != self._total:
            self._restart(total)
        left = "time left not known yet" if seconds_left is None else f"{duration(seconds_left)} left"
        self._put(done, f"{what}, {left}", f"{what}: {done} of {total} images, {left}")
