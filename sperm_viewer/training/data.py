"""Labelled crops for training: which there are, and which side of a split each is on."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.errors import ImageRefusedError, SpermViewerError
from sperm_viewer.domain.head import Head
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.head import find_head
from sperm_viewer.imaging.reading.read import read_image

INDEX = "index.csv"


@dataclass(frozen=True, slots=True)
class LabelledCrop:
    """One labelled crop; crops of one `group` (near-duplicates, neighbours) stay on one side of every split."""

    path: Path
    label: str
    group: str


@dataclass(frozen=True, slots=True)
class LoadedCrop:
    """A labelled crop with its pixels (uint8 RGB) and its head, found once."""

    labelled: LabelledCrop
    rgb: UInt8Array
    head: Head | None


def read_dataset(folder: Path) -> list[LabelledCrop]:
    """The labelled crops of a data set: `index.csv` with path, label and group, or else one folder a class.

    Without an index each crop is a group of its own. Raises SpermViewerError where there is nothing to learn from.
    """
    index = folder / INDEX
    if index.is_file():
        with index.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        if rows and not {"path", "label", "group"} <= rows[0].keys():
            raise SpermViewerError(f"{index}: needs the columns path, label and group.")
        samples = [LabelledCrop(folder / row["path"], row["label"], row["group"]) for row in rows]
    else:
        files = sorted(path for path in folder.glob("*/*") if path.is_file())
        samples = [LabelledCrop(path, path.parent.name, str(path)) for path in files]
    if len({sample.label for sample in samples}) < 2:
        raise SpermViewerError(
            f"{folder}: no data set. It needs an index.csv with path, label and group, or a folder for each of at "
            "least two classes."
        )
    return samples


def classes_of(samples: Sequence[LabelledCrop]) -> tuple[str, ...]:
    """The classes, `normal` first and `non-sperm` last, the others by name."""
    order = {"normal": 0, "non-sperm": 2}
    return tuple(sorted({sample.label for sample in samples}, key=lambda label: (order.get(label, 1), label)))


def load(samples: Sequence[LabelledCrop]) -> list[LoadedCrop]:
    """Reads each crop's pixels and finds its head. Raises SpermViewerError naming a crop that can't be read."""
    loaded = []
    for sample in samples:
        try:
            rgb = read_image(ImageRef("", sample.path)).rgb
        except ImageRefusedError as error:
            raise SpermViewerError(f"{sample.path}: {error}") from error
        loaded.append(LoadedCrop(sample, rgb, find_head(rgb)))
    return loaded


def split_folds(samples: Sequence[LabelledCrop], folds: int, seed: int, by_group: bool = True) -> list[list[int]]:
    """The test indices of each of `folds` stratified folds. By group, no group is ever on both sides."""
    labels = np.array([sample.label for sample in samples])
    nothing = np.zeros(len(samples))
    if by_group:
        groups = np.array([sample.group for sample in samples])
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        return [test.tolist() for _, test in splitter.split(nothing, labels, groups)]
    return [test.tolist() for _, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(nothing, labels)]
