"""Attempts of one kind, each in a child process: what a part of the torture bench is made of.

Each attempt must end as it should. An exception, a crash, too much processor time or too much memory fails. Outcomes
are kept in a file as they come, so the same command goes on where it was stopped, with a larger count too.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

FINE = ""
_LOOK_SECONDS = 0.5
_SMALL = 8_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """What is tried: its group (a row of the table), how it was made, its path, and its pixels if it is an image."""

    group: str
    way: str
    path: Path
    pixels: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one attempt may take: seconds of processor time, and bytes of memory on top of the process's own. Both grow
    with the pixels of an image above 8 million.
    """

    seconds: float = 5.0
    memory: int = 2**30

    def of(self, pixels: int) -> Limits:
        """The limits for an image of so many pixels."""
        if pixels <= _SMALL:
            return self
        return Limits(self.seconds + (pixels - _SMALL) / 2_000_000, self.memory * 3 // 2)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bench. `make` writes attempt `number` of a seed into a folder, `attempt` tries it and says how it
    ended and a detail; an ending that isn't in `endings` is a failure. Both are functions of a module, so that a child
    process can be given them.
    """

    name: str
    full: int
    make: Callable[[int, int, Path], Case]
    attempt: Callable[[Case], tuple[str, str]]
    endings: tuple[str, ...]
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt."""

    part: str
    seed: int
    number: int
    group: str
    way: str
    ending: str
    detail: str
    seconds: float
    bytes: int
    failed: bool


def run_part(part: Part, seed: int, count: int, file: Path) -> list[Outcome]:
    """Carries on with the outcomes in `file` up to `count` of them, and returns all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as kept:
        kept.seek(0)
        outcomes = [Outcome(**json.loads(line)) for line in kept]
        if any(outcome.seed != seed for outcome in outcomes):
            raise ValueError(f"{file} contains outcomes of another seed")
        for outcome in attack(part, seed, len(outcomes), count):
            kept.write(json.dumps(asdict(outcome)) + "\n")
            kept.flush()
            outcomes.append(outcome)
    return outcomes[:count]


def attack(part: Part, seed: int, start: int, stop: int) -> Iterator[Outcome]:
    """The outcomes of the attempts from `start` to before `stop`, in order."""
    while start < stop:
        for outcome in _one_child(part, seed, start, stop):
            yield outcome
            start += 1


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table in Markdown, one row per group, and the attempts that failed."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "",
        "| part | group | tried | failed | endings | worst processor time (s) | worst memory (MB) |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = list(dict.fromkeys((outcome.part, outcome.group) for outcome in sorted(outcomes, key=_row)))
    for part, group in groups:
        rows = [outcome for outcome in outcomes if (outcome.part, outcome.group) == (part, group)]
        endings = ", ".join(
            f"{sum(row.ending == name for row in rows)} {name}" for name in sorted({r.ending for r in rows})
        )
        cells: list[object] = [part, group, len(rows), sum(row.failed for row in rows), endings]
        cells += [f"{max(row.seconds for row in rows):.2f}", f"{max(row.bytes for row in rows) / 2**20:.0f}"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    failures = [outcome for outcome in outcomes if outcome.failed]
    return "\n".join([*lines, "", *(f"{o.part} {o.number}: {o.ending}, {o.way}: {o.detail}" for o in failures)])


def _row(outcome: Outcome) -> tuple[str, str]:
    return outcome.part, outcome.group


def _one_child(part: Part, seed: int, start: int, stop: int) -> Iterator[Outcome]:
    # Outcomes up to the end, or up to the first attempt that the child doesn't survive.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_attempt_all, args=(sending, part, seed, start, stop))
    child.start()
    sending.close()
    number, case, used, hangs = start, None, 0.0, False
    try:
        while number < stop:
            waited = time.monotonic()
            while not receiving.poll(_LOOK_SECONDS):
                if case is None:
                    continue
                most = 2 * part.limits.of(case.pixels).seconds
                # One that waits for a pipe takes no processor time.
                if _processor_seconds(child.pid) - used > most or time.monotonic() - waited > max(60, 10 * most):
                    hangs = True
                    child.kill()
            message: Case | Outcome = receiving.recv()
            used = _processor_seconds(child.pid)
            if isinstance(message, Case):
                case = message
            else:
                yield message
                number, case = number + 1, None
    except EOFError:
        child.join()
        if case is None:
            raise RuntimeError("the child process ended while nothing was tried") from None
        what = "hang" if hangs else "crash"
        yield Outcome(
            *(part.name, seed, number, case.group, case.way, what, f"exit code {child.exitcode}", 0.0, 0),
            failed=what not in part.endings,
        )
    finally:
        receiving.close()
        child.kill()
        child.join()


def _processor_seconds(process: int | None) -> float:
    try:
        times = psutil.Process(process).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _attempt_all(results: Connection, part: Part, seed: int, start: int, stop: int) -> None:
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as place:
        for number in range(start, stop):
            folder = Path(place) / str(number)
            folder.mkdir()
            case = part.make(seed, number, folder)
            results.send(case)
            limits, before, began = part.limits.of(case.pixels), _begin_memory_peak(), time.process_time()
            try:
                ending, detail = part.attempt(case)
            except Exception as error:  # noqa: BLE001 - whatever it is, it should have been one of the endings
                ending, detail = "exception", f"{error!r} {traceback.format_exc()[-600:]}"
            seconds, grown = time.process_time() - began, _memory_peak() - before
            if seconds > limits.seconds:
                ending, detail = "slow", f"{ending} {detail}"
            elif grown > limits.memory:
                ending, detail = "memory", f"{ending} {detail}"
            results.send(
                Outcome(
                    *(part.name, seed, number, case.group, case.way, ending, detail, round(seconds, 3), grown),
                    failed=ending not in part.endings,
                )
            )
            _remove(folder)


def _remove(folder: Path) -> None:
    for below in sorted(folder.rglob("*"), reverse=True):
        below.rmdir() if below.is_dir() and not below.is_symlink() else below.unlink()
    folder.rmdir()


def _begin_memory_peak() -> int:
    # Linux only: elsewhere the growth is 0 and only the other failures are found.
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return _memory_peak()


def _memory_peak() -> int:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
