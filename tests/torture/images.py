"""Damaged images, each read in a child process as the app reads it: `make torture-images`.

Each must be read or refused with a reason. Anything else fails: another exception, a crash, more than five seconds of
processor time, more than 1 GB of memory. Outcomes are kept in a file as they come, so the same command goes on where
it was stopped, with a larger `--count` too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from torture.mutations import Mutation, mutation, sources

READ, REFUSED = "read", "refused"
_PAGES = 3
"""Pages of one file that are read."""
_LOOK_SECONDS = 0.5

Reader = Callable[[Path], tuple[str, str]]
"""Reads a file: `READ` and a digest of its pixels, `REFUSED` and the reason, or what failed and how."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: seconds of processor time, and bytes of memory on top of the process's own."""

    seconds: float = 5.0
    memory: int = 2**30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; `detail` is the digest of its pixels, the reason of its refusal, or the failure."""

    seed: int
    number: int
    format: str
    way: str
    source: str
    outcome: str
    detail: str
    seconds: float
    bytes: int

    @property
    def failed(self) -> bool:
        """Whether it was neither read nor refused with a reason."""
        return self.outcome not in (READ, REFUSED)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="how many files")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path("out/torture-images.jsonl"), help="file of the outcomes")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    with asked.out.open("a+", encoding="utf-8") as file:
        file.seek(0)
        outcomes = [Outcome(**json.loads(line)) for line in file]
        if any(outcome.seed != asked.seed for outcome in outcomes):
            parser.error(f"{asked.out} contains outcomes of another seed")
        for outcome in attack(asked.seed, len(outcomes), asked.count):
            file.write(json.dumps(asdict(outcome)) + "\n")
            outcomes.append(outcome)
    print(table(outcomes))
    return any(outcome.failed for outcome in outcomes)


def read_as_the_app(path: Path) -> tuple[str, str]:
    """Finds the pages of the file at `path` and reads the first of them."""
    from sperm_viewer.domain.errors import CropRefusedError
    from sperm_viewer.imaging.discover import discover
    from sperm_viewer.imaging.reading.read import read_crop

    try:
        (slide,) = discover([path]).slides
        digest = sha256()
        for ref in slide.crops[:_PAGES]:
            crop = read_crop(ref)
            digest.update(repr((crop.rgb.shape, sorted(crop.flags))).encode() + crop.rgb.tobytes())
    except CropRefusedError as refused:
        return (REFUSED, str(refused)) if str(refused) else ("no reason", "")
    return READ, digest.hexdigest()


def attack(
    seed: int, start: int, stop: int, read: Reader = read_as_the_app, limits: Limits | None = None
) -> Iterator[Outcome]:
    """The outcomes of the mutations from `start` to before `stop`, in order."""
    while start < stop:
        for outcome in _one_child(seed, start, stop, read, limits or Limits()):
            yield outcome
            start += 1


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table in Markdown, one row a format, and the files that failed."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "",
        "| format | tried | read | refused | failed | worst processor time (s) | worst memory (MB) |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in [*sorted({outcome.format for outcome in outcomes}), "all"]:
        rows = [outcome for outcome in outcomes if name in ("all", outcome.format)]
        kinds = Counter(outcome.outcome for outcome in rows)
        cells: list[object] = [name, len(rows), kinds[READ], kinds[REFUSED], sum(row.failed for row in rows)]
        cells += [f"{max(row.seconds for row in rows):.2f}", f"{max(row.bytes for row in rows) / 2**20:.0f}"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    failures = [outcome for outcome in outcomes if outcome.failed]
    return "\n".join([*lines, *(f"{o.number}: {o.outcome}, {o.way} of {o.source}: {o.detail}" for o in failures)])


def _one_child(seed: int, start: int, stop: int, read: Reader, limits: Limits) -> Iterator[Outcome]:
    # Outcomes up to the end, or up to the first file that the child doesn't survive.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_read_all, args=(sending, seed, start, stop, read, limits), daemon=True)
    child.start()
    sending.close()
    number, used, hangs = start, None, False
    try:
        while number < stop:
            while not receiving.poll(_LOOK_SECONDS):
                if used is not None and _processor_seconds(child.pid) - used > 2 * limits.seconds:
                    hangs = True
                    child.kill()
            outcome: Outcome | None = receiving.recv()
            if outcome is not None:  # None says that the child has started
                yield outcome
                number += 1
            used = _processor_seconds(child.pid)
    except EOFError:
        child.join()
        if used is None:
            raise RuntimeError("the child process did not start") from None
        what = "hang" if hangs else "crash"
        yield _outcome(seed, number, mutation(sources(), seed, number), (what, f"exit code {child.exitcode}"), 0.0, 0)
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


def _read_all(results: Connection, seed: int, start: int, stop: int, read: Reader, limits: Limits) -> None:
    warnings.simplefilter("error")
    from sperm_viewer.imaging.reading import read as _  # noqa: F401 - its import doesn't count as the first file's

    chosen = sources()
    results.send(None)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "damaged.png"
        for number in range(start, stop):
            damaged = mutation(chosen, seed, number)
            path.write_bytes(damaged.content)
            before = _begin_memory_peak()
            began = time.process_time()
            try:
                result = read(path)
            except Exception as error:  # noqa: BLE001 - whatever it is, it should have been a refusal
                result = "exception", repr(error)
            seconds, grown = time.process_time() - began, _memory_peak() - before
            if seconds > limits.seconds:
                result = "slow", result[0]
            elif grown > limits.memory:
                result = "memory", result[0]
            results.send(_outcome(seed, number, damaged, result, seconds, grown))


def _outcome(seed: int, number: int, damaged: Mutation, result: tuple[str, str], seconds: float, grown: int) -> Outcome:
    source = damaged.source
    return Outcome(seed, number, source.format, damaged.way, source.name, *result, round(seconds, 3), grown)


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


if __name__ == "__main__":
    sys.exit(main())
