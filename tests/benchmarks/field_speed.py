"""How fast fields and crops are scored by the command line, and how much memory one large TIFF takes; prints a table.

Crops are rendered, fields of 1280 x 1024 px hold 12 rendered heads of 80 px each, the TIFF is tiled with such fields.
Time is that of the whole command, its start included; memory is the largest sum of the resident sizes of the command's
processes (pages that they share are counted for each), read 20 times a second from /proc, so Linux alone.

    python tests/benchmarks/field_speed.py [--fields 50] [--crops 500] [--side 7000]
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.synthetic.render import GREY, CellDescription, HeadClass, render_cell, typical_cell

_WIDTH, _HEIGHT = 1280, 1024
_ACROSS, _DOWN = 4, 3
_BETWEEN_S = 0.05


@dataclass(frozen=True, slots=True)
class Measured:
    """One command: `peak` in bytes, `rows` of its table and `heads` of those with a box."""

    seconds: float
    peak: int
    rows: int
    heads: int


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("fields", 50), ("crops", 500), ("side", 7000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        crops, fields, large = (folder / name for name in ("crops", "fields", "large"))
        for place in (crops, fields, large):
            place.mkdir()
        tifffile.imwrite(large / "large.tif", tiled(asked.side), photometric="rgb", compression="zlib")
        found = scored(large)
        print(
            f"TIFF of {asked.side} x {asked.side} px: {found.heads} heads in {found.seconds:.1f} s, "
            f"{found.peak / 1e9:.2f} GB at most",
            flush=True,
        )
        for number in range(asked.fields):
            Image.fromarray(rendered_field(number)).save(fields / f"{number:04d}.png")
        found = scored(fields)
        print(
            f"fields of {_WIDTH} x {_HEIGHT} px with {_ACROSS * _DOWN} heads: {asked.fields / found.seconds:.2f} a "
            f"second, {found.heads / found.seconds:.1f} heads a second ({found.heads} heads found)",
            flush=True,
        )
        for number in range(asked.crops):
            cell = typical_cell(list(HeadClass)[number % 4], seed=number)
            Image.fromarray(render_cell(cell).rgb).save(crops / f"{number:04d}.png")
        found = scored(crops)
        print(f"crops: {asked.crops / found.seconds:.1f} a second ({asked.crops} in {found.seconds:.1f} s)")


def rendered_field(number: int) -> UInt8Array:
    """A field, uint8 RGB, with a head of about 80 px in each part of it."""
    width, height = _WIDTH // _ACROSS, _HEIGHT // _DOWN
    rows = []
    for row in range(_DOWN):
        cells = [
            CellDescription(
                HeadClass.NORMAL,
                GREY,
                turn=37.0 * (number + 5 * row + column),
                length=80.0,
                width=54.0,
                shape=(height + (_HEIGHT - _DOWN * height) * (row == 0), width),
                seed=100 * number + _ACROSS * row + column,
            )
            for column in range(_ACROSS)
        ]
        rows.append(np.concatenate([render_cell(cell).rgb for cell in cells], axis=1))
    return np.concatenate(rows)


def tiled(side: int) -> UInt8Array:
    field = rendered_field(0)
    return np.tile(field, (-(-side // _HEIGHT), -(-side // _WIDTH), 1))[:side, :side]


def scored(folder: Path) -> Measured:
    out = folder.with_name(f"{folder.name}-out")
    command = [sys.executable, "-m", "sperm_viewer", "score", str(folder), "--out", str(out)]
    started, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(resident, family(process.pid))))
            time.sleep(_BETWEEN_S)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    seconds = time.perf_counter() - started
    with (out / "cells.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    return Measured(seconds, peak, len(rows), sum(bool(row["box_x"]) for row in rows))


def family(process: int) -> list[int]:
    """A process and all that it started."""
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        found += [one for child in children for one in family(int(child))]
    return found


def resident(process: int) -> int:
    """Bytes of a process that are in memory, 0 where it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
