"""Predictions of a cross-validation, one row an image and repeat, as CSV: every figure is worked out from these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.training.tables import read_table, write_table

_FIXED = ("repeat", "fold", "path", "label", "group")


@dataclass(frozen=True, slots=True)
class Predicted:
    """What one network said of one image it had not seen; `logits` in the order of the classes."""

    repeat: int
    fold: int
    path: str
    label: str
    group: str
    logits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Predictions:
    """All of one system on one data set and split: N images times repeats.

    `labels` (N,) are the numbers of the true classes, `logits` (N, classes) float64; `repeats` and `folds` (N,).
    """

    classes: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float64]
    repeats: npt.NDArray[np.int64]
    folds: npt.NDArray[np.int64]
    groups: tuple[str, ...]
    paths: tuple[str, ...]

    def probabilities(self) -> npt.NDArray[np.float64]:
        """Softmax of the logits as they are, (N, classes)."""
        return softmax(self.logits)


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Softmax over the last axis, float64."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def write_predictions(rows: Iterable[Predicted], classes: Sequence[str], path: Path) -> None:
    """Writes the CSV, by repeat and path."""
    ordered = sorted(rows, key=lambda row: (row.repeat, row.path))
    write_table(
        path,
        [*_FIXED, *(f"logit_{name}" for name in classes)],
        (
            [row.repeat, row.fold, row.path, row.label, row.group, *(f"{value:.4f}" for value in row.logits)]
            for row in ordered
        ),
    )


def read_rows(path: Path) -> list[Predicted]:
    """The rows of a CSV, as they stand in it."""
    return _read(path)[1]


def read_predictions(path: Path) -> Predictions:
    """The predictions in a CSV. Raises SpermViewerError where an image is missing in a repeat or there twice."""
    classes, rows = _read(path)
    seen = [(row.repeat, row.path) for row in rows]
    repeats = {row.repeat for row in rows}
    if len(set(seen)) != len(seen) or len(seen) != len(repeats) * len({row.path for row in rows}):
        raise SpermViewerError(f"{path}: not every image is predicted once in every repeat. Evaluate again.")
    return Predictions(
        classes,
        np.array([classes.index(row.label) for row in rows]),
        np.array([row.logits for row in rows]),
        np.array([row.repeat for row in rows]),
        np.array([row.fold for row in rows]),
        tuple(row.group for row in rows),
        tuple(row.path for row in rows),
    )


def _read(path: Path) -> tuple[tuple[str, ...], list[Predicted]]:
    rows = read_table(path)
    if not rows:
        raise SpermViewerError(f"{path}: no predictions. Evaluate again.")
    columns = [key for key in rows[0] if key.startswith("logit_")]
    classes = tuple(key.removeprefix("logit_") for key in columns)
    return classes, [
        Predicted(
            int(row["repeat"]),
            int(row["fold"]),
            row["path"],
            row["label"],
            row["group"],
            tuple(float(row[key]) for key in columns),
        )
        for row in rows
    ]
