"""Repeated, stratified five-fold cross-validation in which nothing is chosen on a test fold.

A recipe is fixed beforehand; each fold trains one network on the others and predicts the fold once. What is done is
kept, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from sperm_viewer.core.types import FloatArray
from sperm_viewer.training.data import LabelledCrop, LoadedCrop, classes_of, split_folds
from sperm_viewer.training.fit import CHECKPOINT, fit, view_logits
from sperm_viewer.training.network import HeadNetwork, build, load_pretrained
from sperm_viewer.training.predictions import Predicted, write_predictions
from sperm_viewer.training.recipes import Recipe

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Protocol:
    """`by_group` keeps groups on one side; repeat r splits with seed r and trains with seed r."""

    dataset: Path
    repeats: int
    by_group: bool
    pretrained: Path | None
    device: torch.device

    @property
    def split(self) -> str:
        return "group" if self.by_group else "image"


@dataclass(frozen=True, slots=True)
class FoldProgress:
    """`done` of `total` training images over all repeats and folds of a system; `seconds_left` is None at first."""

    repeat: int
    fold: int
    done: int
    total: int
    seconds_left: float | None


def cross_validate(
    protocol: Protocol,
    recipe: Recipe,
    samples: Sequence[LabelledCrop],
    loaded: Sequence[LoadedCrop],
    work: Path,
    out: Path,
) -> Iterator[FoldProgress]:
    """Predicts every image once a repeat and writes the predictions to `out`; `work` holds what is done so far."""
    classes = classes_of(samples)
    plan = [
        (repeat, fold, test)
        for repeat in range(protocol.repeats)
        for fold, test in enumerate(split_folds(samples, FOLDS, repeat, protocol.by_group))
    ]
    total = sum(len(samples) - len(test) for _, _, test in plan) * recipe.epochs
    rows: list[Predicted] = []
    done = trained = 0
    started = time.monotonic()
    for repeat, fold, test in plan:
        inside = set(test)
        known = [crop for i, crop in enumerate(loaded) if i not in inside]
        place = work / f"repeat-{repeat}-fold-{fold}"
        logits = _kept(place)
        if logits is None:
            network = _network(protocol, recipe, len(classes), repeat)
            seeded = _with_seed(recipe, repeat)
            for _ in fit(network, known, classes, seeded, place, protocol.device):
                trained += len(known)
                done += len(known)
                pace = (time.monotonic() - started) / trained
                yield FoldProgress(repeat, fold, done, total, pace * (total - done))
            logits = view_logits(network, [loaded[i] for i in test], recipe.preprocessing, protocol.device)
            _keep(place, logits)
        else:
            done += len(known) * recipe.epochs
            yield FoldProgress(repeat, fold, done, total, None)
        for i, of_views in zip(test, logits, strict=True):
            sample = samples[i]
            name = sample.path.relative_to(protocol.dataset).as_posix()
            mean = tuple(float(value) for value in of_views.mean(axis=0))
            rows.append(Predicted(repeat, fold, name, sample.label, sample.group, mean))
    write_predictions(rows, classes, out)
    shutil.rmtree(work)


def seconds_needed(protocol: Protocol, recipe: Recipe, loaded: Sequence[LoadedCrop], classes: Sequence[str]) -> float:
    """How long a system's cross-validation will take, from training two batches on this machine."""
    few = list(loaded[: 2 * recipe.batch])
    brief = replace(recipe, epochs=2, freeze=0)
    with tempfile.TemporaryDirectory() as work:
        epochs = fit(build(recipe.architecture, len(classes)), few, classes, brief, Path(work), protocol.device)
        next(epochs)
        started = time.monotonic()
        next(epochs)
        pace = (time.monotonic() - started) / len(few)
    images = len(loaded) * (FOLDS - 1) * protocol.repeats * recipe.epochs
    return pace * images


def _network(protocol: Protocol, recipe: Recipe, classes: int, seed: int) -> HeadNetwork:
    torch.manual_seed(seed)
    network = build(recipe.architecture, classes, recipe.dropout, recipe.drop_path)
    if protocol.pretrained and recipe.architecture.startswith("efficientnetv2"):
        load_pretrained(network, protocol.pretrained)
    return network


def _with_seed(recipe: Recipe, seed: int) -> Recipe:
    return replace(recipe, seed=seed)


def _kept(place: Path) -> FloatArray | None:
    file = place / "logits.npy"
    return np.asarray(np.load(file, allow_pickle=False), np.float32) if file.is_file() else None


def _keep(place: Path, logits: FloatArray) -> None:
    """Keeps a fold's predictions and drops its checkpoint, which is of no more use."""
    partial = place / "logits.part.npy"
    np.save(partial, logits, allow_pickle=False)
    partial.replace(place / "logits.npy")
    (place / CHECKPOINT).unlink(missing_ok=True)
