"""Damaged images, each read in a child process as the app reads it: `make torture-images`.

Each must be read or refused with a reason. Anything else fails: another exception, a crash, more than five seconds of
processor time, more than 1 GB of memory. Outcomes are kept in a file as they come; the same command goes on where it
was stopped, with a larger `--count` too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from torture.mutations import Mutation, mutation, sources

MOST_SECONDS = 5.0
MOST_BYTES = 2**30
READ, REFUSED = "read", "refused"
_PAGES = 3
"""Pages of one file that are read."""
_LOOK_SECONDS = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="how many files")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path("out/torture-images.jsonl"), help="file of the outcomes")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    with asked.out.open("a+", encoding="utf-8") as file:
        file.seek(0)
        kept = [json.loads(line) for line in file]
        if any(outcome["seed"] != asked.seed for outcome in kept):
            parser.error(f"{asked.out} has outcomes of another seed")
        for outcome in attack(asked.seed, len(kept), asked.count):
            file.write(json.dumps(outcome) + "\n")
            kept.append(outcome)
    print(table(kept))
    return any(outcome["outcome"] not in (READ, REFUSED) for outcome in kept)


def attack(seed: int, start: int, stop: int) -> Iterator[dict[str, object]]:
    """The outcomes of the mutations from `start` to before `stop`, in order."""
    number = start
    while number < stop:
        for outcome in _one_child(seed, number, stop):
            yield outcome
            number += 1


def table(outcomes: list[dict[str, object]]) -> str:
    """The outcomes as a table in Markdown, one row a format, and the files that failed."""
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    for outcome in outcomes:
        rows[str(outcome["format"])].append(outcome)
        rows["all"].append(outcome)
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"seed {outcomes[0]['seed'] if outcomes else '-'}",
        "",
        "| format | tried | read | refused | failed | worst processor time (s) | worst memory (MB) |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in sorted(rows, key=lambda name: (name == "all", name)):
        kinds = Counter(str(outcome["outcome"]) for outcome in rows[name])
        failed = sum(kinds.values()) - kinds[READ] - kinds[REFUSED]
        seconds = max(float(str(outcome["seconds"])) for outcome in rows[name])
        memory = max(int(str(outcome["bytes"])) for outcome in rows[name]) / 2**20
        cells = (name, sum(kinds.values()), kinds[READ], kinds[REFUSED], failed, f"{seconds:.2f}", f"{memory:.0f}")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    failures = [outcome for outcome in outcomes if outcome["outcome"] not in (READ, REFUSED)]
    lines += ["", *(f"{o['number']}: {o['outcome']} ({o['way']} of {o['source']}): {o['detail']}" for o in failures)]
    return "\n".join(lines)


def _one_child(seed: int, start: int, stop: int) -> Iterator[dict[str, object]]:
    # Outcomes up to the end, or up to the first file that the child doesn't survive.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_read_all, args=(sending, seed, start, stop), daemon=True)
    child.start()
    sending.close()
    watched = psutil.Process(child.pid)
    number, used = start, 0.0
    try:
        while number < stop:
            while not receiving.poll(_LOOK_SECONDS):
                if number > start and _processor_seconds(watched) - used > 2 * MOST_SECONDS:
                    child.kill()
            yield receiving.recv()
            number, used = number + 1, _processor_seconds(watched)
    except EOFError:
        child.join()
        damaged = mutation(sources(), seed, number)
        what = "hang" if child.exitcode == -9 else "crash"
        yield _outcome(seed, number, damaged, what, f"exit code {child.exitcode}", 0.0, 0)
    finally:
        receiving.close()
        child.join(MOST_SECONDS)
        child.kill()


def _processor_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _read_all(results: Connection, seed: int, start: int, stop: int) -> None:
    warnings.simplefilter("error")
    from sperm_viewer.imaging.reading import read  # noqa: F401 - its import is not to be counted as the first file's

    chosen = sources()
    with tempfile.TemporaryDirectory() as place:
        for number in range(start, stop):
            damaged = mutation(chosen, seed, number)
            path = Path(place) / "damaged.png"
            path.write_bytes(damaged.content)
            before = _begin_memory_peak()
            began = time.process_time()
            what, detail = _read(path)
            seconds, grown = time.process_time() - began, _memory_peak() - before
            if seconds > MOST_SECONDS:
                what = "slow"
            elif grown > MOST_BYTES:
                what = "memory"
            results.send(_outcome(seed, number, damaged, what, detail, seconds, grown))


def _read(path: Path) -> tuple[str, str]:
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
    except Exception as error:  # noqa: BLE001 - whatever else it is, it must not be
        return "exception", repr(error)
    return READ, digest.hexdigest()


def _outcome(
    seed: int, number: int, damaged: Mutation, what: str, detail: str, seconds: float, grown: int
) -> dict[str, object]:
    return {
        "seed": seed,
        "number": number,
        "format": damaged.source.format,
        "way": damaged.way,
        "source": damaged.source.name,
        "outcome": what,
        "detail": detail,
        "seconds": round(seconds, 3),
        "bytes": grown,
    }


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
