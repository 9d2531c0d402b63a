"""Repeated, stratified five-fold cross-validation of a recipe.

Nothing in it looks at a test fold before that is predicted; each fold trains one network on the others and predicts the
fold once. What is done is kept, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.training.chain import Recipes, TrainingContext, chain, kept, train_one, trained
from sperm_viewer.training.data import LabelledCrop, LoadedCrop, classes_of, split_folds
from sperm_viewer.training.fit import fit, view_logits
from sperm_viewer.training.network import build
from sperm_viewer.training.predictions import Predicted, read_rows, write_predictions
from sperm_viewer.training.recipes import Recipe

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Protocol:
    """`by_group` keeps groups on one side; repeat r splits with seed r and trains with seed r.

    `imagenet` is where ImageNet weights are (see `chain.TrainingContext`); `work` keeps the networks of folds.
    """

    dataset: Path
    repeats: int
    by_group: bool
    imagenet: str | None
    device: torch.device
    work: Path

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
    system: str,
    recipes: Recipes,
    protocol: Protocol,
    samples: Sequence[LabelledCrop],
    loaded: Sequence[LoadedCrop],
    out: Path,
) -> Iterator[FoldProgress]:
    """Predicts every image once a repeat; after each repeat the predictions so far are written to `out`.

    Goes on after the repeats that are in `out` already, and after the folds that `protocol.work` keeps.
    """
    classes = classes_of(samples)
    rows = list(read_rows(out)) if out.exists() else []
    stages = chain(system, recipes)
    plan = [
        (repeat, fold, test)
        for repeat in range(repeats_done(rows), protocol.repeats)
        for fold, test in enumerate(split_folds(samples, FOLDS, repeat, protocol.by_group))
    ]
    sizes = [
        [_images(recipes(name), len(samples) - len(test), number == 0) for name in stages]
        for number, (_, _, test) in enumerate(plan)
    ]
    total = sum(map(sum, sizes))
    done = trained_on = 0.0
    started = time.monotonic()
    for (repeat, fold, test), images in zip(plan, sizes, strict=True):
        inside = set(test)
        known = [crop for i, crop in enumerate(loaded) if i not in inside]
        place = protocol.work / f"repeat-{repeat}-fold-{fold}"
        context = TrainingContext(known, classes, repeat, place, protocol.imagenet, protocol.device)
        for name, count in zip(stages, images, strict=True):
            if kept(name, recipes, context):
                done += count
                yield FoldProgress(repeat, fold, round(done), total, None)
                continue
            for epoch in train_one(name, recipes, context):
                trained_on += count / epoch.epochs
                done += count / epoch.epochs
                pace = (time.monotonic() - started) / trained_on
                yield FoldProgress(repeat, fold, round(done), total, pace * (total - done))
        network = trained(system, recipes, context)
        logits = view_logits(network, [loaded[i] for i in test], recipes(system).preprocessing, protocol.device)
        for i, of_views in zip(test, logits, strict=True):
            rows.append(_predicted(samples[i], protocol.dataset, repeat, fold, of_views))
        if fold == FOLDS - 1:
            write_predictions(rows, classes, out)


def _predicted(sample: LabelledCrop, dataset: Path, repeat: int, fold: int, of_views: FloatArray) -> Predicted:
    name = sample.path.relative_to(dataset).as_posix()
    mean = tuple(float(value) for value in of_views.mean(axis=0))
    return Predicted(repeat, fold, name, sample.label, sample.group, mean)


def _images(recipe: Recipe, known: int, first: bool) -> int:
    """How many images a fold trains a system on, all epochs told; drawn crops serve all folds, so the first alone."""
    if recipe.drawn:
        return recipe.drawn * recipe.epochs if first else 0
    return known * recipe.epochs


def repeats_done(rows: Sequence[Predicted]) -> int:
    return 1 + max((row.repeat for row in rows), default=-1)


def seconds_needed(system: str, recipes: Recipes, protocol: Protocol, loaded: Sequence[LoadedCrop]) -> float:
    """How long a repeat of a system will take, its chain included, from training two batches on this machine."""
    classes = classes_of([crop.labelled for crop in loaded])
    known = len(loaded) * (FOLDS - 1) // FOLDS
    return sum(
        _pace(recipe, loaded, classes, protocol.device)
        * (_images(recipe, known, True) + (FOLDS - 1) * _images(recipe, known, False))
        for name in chain(system, recipes)
        for recipe in (recipes(name),)
    )


def _pace(recipe: Recipe, loaded: Sequence[LoadedCrop], classes: tuple[str, ...], device: torch.device) -> float:
    few = list(loaded[: 2 * recipe.batch])
    brief = replace(recipe, epochs=2, freeze=0)
    with tempfile.TemporaryDirectory() as work:
        epochs = fit(build(recipe.architecture, len(classes)), few, classes, brief, Path(work), device)
        next(epochs)
        started = time.monotonic()
        next(epochs)
        return (time.monotonic() - started) / len(few)
