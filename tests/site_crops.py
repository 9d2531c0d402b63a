"""A laboratory made of rendered heads of two classes, and its teaching."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sperm_viewer.synthetic.render import GREY, HeadClass, render_cell, typical_cell
from sperm_viewer.teaching.teach import Taught, TeachRequest, teach

CLASSES = (HeadClass.NORMAL, HeadClass.TAPERED)
SLIDES = 4
COUNT = 56


def rgb_of(number: int) -> np.ndarray:
    cell = typical_cell(CLASSES[number % 2], GREY, number)
    return render_cell(replace(cell, shape=(120, 120))).rgb


def write_index(folder: Path, labels: Sequence[str], images: Path | None = None) -> None:
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(["path", "label", "slide"])
        for number, label in enumerate(labels):
            rows.writerow([(images or folder) / f"{number:02d}.png", label, f"slide {number // 2 % SLIDES}"])


def teach_now(request: TeachRequest) -> Taught:
    steps = teach(request)
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            found = ended.value
            assert isinstance(found, Taught)
            return found
