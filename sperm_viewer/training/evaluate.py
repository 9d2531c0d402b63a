"""Measures systems by cross-validation; goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.training.chain import Recipes
from sperm_viewer.training.crossval import FOLDS, FoldProgress, Protocol, cross_validate, repeats_done, seconds_needed
from sperm_viewer.training.data import load, read_dataset
from sperm_viewer.training.predictions import read_rows
from sperm_viewer.training.report import prediction_file, write_report


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """`systems` are names of `systems.SYSTEMS` or of recipes that were tried; predictions and report go to `out`."""

    systems: tuple[str, ...]
    protocol: Protocol
    out: Path


def evaluate(
    request: EvaluationRequest,
    recipes: Recipes,
    say: Callable[[str], None],
    tell: Callable[[str, FoldProgress], None],
) -> Path:
    """Predicts with every system whose repeats aren't all there yet, and writes the report; returns its path."""
    protocol = request.protocol
    samples = read_dataset(protocol.dataset)
    files = {name: prediction_file(request.out, name, protocol.split) for name in request.systems}
    left = {
        name: protocol.repeats - (repeats_done(read_rows(file)) if file.exists() else 0) for name, file in files.items()
    }
    due = [name for name, repeats in left.items() if repeats > 0]
    loaded = load(samples) if due else []
    if due:
        seconds = sum(left[name] * seconds_needed(name, recipes, protocol, loaded) for name in due)
        folds = FOLDS * sum(left[name] for name in due)
        say(f"{len(due)} systems, {folds} folds in all: about {seconds / 60:.0f} minutes here.")
    for name in due:
        for progress in cross_validate(name, recipes, protocol, samples, loaded, files[name]):
            tell(name, progress)
    return write_report(request.out, protocol.split)
