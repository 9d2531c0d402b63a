"""`sperm-viewer train` and `sperm-viewer evaluate`; both go on where they were stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from sperm_viewer.core.errors import SpermViewerError
from sperm_viewer.core.types import NON_SPERM, FloatArray
from sperm_viewer.inference.spec import ModelSpec
from sperm_viewer.training.card import write_card
from sperm_viewer.training.crossval import FOLDS, FoldProgress, Protocol, cross_validate, seconds_needed
from sperm_viewer.training.data import LoadedCrop, classes_of, load, read_dataset, split_folds
from sperm_viewer.training.evaluate import work_out
from sperm_viewer.training.fit import EpochDone, fit, pick_device, view_logits
from sperm_viewer.training.network import HEATMAP_LAYER, HeadNetwork, build, download_pretrained, load_pretrained
from sperm_viewer.training.predictions import Predictions
from sperm_viewer.training.publish import publish
from sperm_viewer.training.recipes import RECIPES, Recipe
from sperm_viewer.training.report import prediction_file, write_report
from sperm_viewer.training.systems import system_recipe

SPLIT_SEED = 0
_KNOWN_DATA = {
    "hushem": (
        "HuSHeM",
        "Shaker et al. 2017, doi:10.17632/tt3yj2pf38.3.",
        "CC BY 4.0",
    ),
    "smids": (
        "SMIDS",
        "SMIDS, doi:10.17632/6xvdhc9fyb.1.",
        "CC BY 4.0",
    ),
}
_KERAS = (
    "ImageNet weights of EfficientNetV2-B0 from Keras Applications (Apache-2.0), sixteen late layers recovered from an "
    "int8 copy."
)


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """`pretrained` is a safetensors file, `timm` for timm's own download, or None for random weights."""

    dataset: Path
    name: str
    recipe: Recipe
    pretrained: str | None
    out: Path
    work: Path
    device: str
    command: str


def pick_recipe(name: str, dataset: Path) -> Recipe:
    """The recipe of that name, or else the data set's. Raises SpermViewerError, listing those there are."""
    for key in (name, dataset.name):
        if key in RECIPES:
            return RECIPES[key]
    raise SpermViewerError(f"There is no recipe named '{name}'. Choose one with --recipe: {', '.join(RECIPES)}.")


def train(request: TrainingRequest, tell: Callable[[EpochDone], None]) -> Path:
    """Trains on four fifths of the groups, measures on the last, and publishes; returns the model folder."""
    recipe = request.recipe
    samples = read_dataset(request.dataset)
    classes = classes_of(samples)
    loaded = load(samples)
    test = set(split_folds(samples, FOLDS, SPLIT_SEED)[0])
    known = [crop for i, crop in enumerate(loaded) if i not in test]
    unseen = [crop for i, crop in enumerate(loaded) if i in test]
    torch.manual_seed(recipe.seed)
    network = build(recipe.architecture, len(classes), recipe.dropout, recipe.drop_path)
    _start_from(network, request)
    device = pick_device(request.device)
    for epoch in fit(network, known, classes, recipe, request.work, device):
        tell(epoch)
    logits = view_logits(network, unseen, recipe.preprocessing, device)
    figures = work_out(_as_predictions(unseen, classes, logits))
    title, citation, licence = _KNOWN_DATA.get(request.dataset.name, (request.dataset.name, "", "not stated"))
    spec = ModelSpec(
        name=request.name,
        title=f"sperm heads as in {title}",
        architecture=recipe.architecture,
        classes=classes,
        normal_class="normal" if "normal" in classes else classes[0],
        preprocessing=recipe.preprocessing,
        temperature=1.0,
        refer_below=0.5,
        heatmap_layer=HEATMAP_LAYER,
        head_length=_head_lengths(known),
        data={
            "name": title,
            "crops": str(len(known)),
            "citation": citation,
            "licence": licence,
            "pretrained": _pretrained_words(request.pretrained),
        },
        metrics={
            "protocol": f"held-out fold 1 of {FOLDS}, split by group, seed {SPLIT_SEED}; nothing chosen on it",
            "crops": figures.images,
            "accuracy": round(figures.accuracy, 4),
            "macro_f1": round(figures.macro_f1, 4),
        },
    )
    folder = request.out / request.name
    publish(network, spec, write_card(spec, recipe, figures, request.command), folder)
    return folder


def _as_predictions(crops: list[LoadedCrop], classes: tuple[str, ...], logits: FloatArray) -> Predictions:
    """Predictions of one fold from the logits of each view, float32 (crops, views, classes)."""
    return Predictions(
        classes,
        np.array([classes.index(crop.labelled.label) for crop in crops]),
        logits.mean(axis=1).astype(np.float64),
        np.zeros(len(crops), np.int64),
        np.zeros(len(crops), np.int64),
        tuple(crop.labelled.group for crop in crops),
        tuple(str(crop.labelled.path) for crop in crops),
    )


def with_epochs(recipe: Recipe, epochs: int | None) -> Recipe:
    return recipe if epochs is None else replace(recipe, epochs=epochs, freeze=min(recipe.freeze, epochs - 1))


def _start_from(network: HeadNetwork, request: TrainingRequest) -> None:
    if request.pretrained == "timm":
        download_pretrained(network, request.recipe.architecture)
    elif request.pretrained:
        load_pretrained(network, Path(request.pretrained))


def _pretrained_words(pretrained: str | None) -> str:
    if pretrained is None:
        return "none (random)."
    if pretrained == "timm":
        return "timm's ImageNet weights."
    return _KERAS if Path(pretrained).stem == "tf_efficientnetv2_b0_imagenet1k" else f"{Path(pretrained).name}."


def _head_lengths(crops: list[LoadedCrop]) -> tuple[float, float]:
    lengths = [crop.head.length for crop in crops if crop.head and crop.labelled.label != NON_SPERM]
    if not lengths:
        raise SpermViewerError("No head was found in any crop of the data set; there is nothing to learn from.")
    low, high = np.percentile(lengths, [1, 99])
    return float(round(low, 1)), float(round(high, 1))


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """`systems` are names of `systems.SYSTEMS`; predictions and report go to `out`, folds that are done to `work`."""

    systems: tuple[str, ...]
    protocol: Protocol
    out: Path
    work: Path


def evaluate(request: EvaluationRequest, say: Callable[[str], None], tell: Callable[[str, FoldProgress], None]) -> Path:
    """Predicts with every system that has no predictions yet, and writes the report; returns its path."""
    protocol = request.protocol
    samples = read_dataset(protocol.dataset)
    classes = classes_of(samples)
    recipes = {name: system_recipe(name, protocol.dataset.name) for name in request.systems}
    files = {name: prediction_file(request.out, name, protocol.split) for name in recipes}
    due = [name for name, file in files.items() if not file.exists()]
    loaded = load(samples) if due else []
    if due:
        seconds = sum(seconds_needed(protocol, recipes[name], loaded, classes) for name in due)
        say(f"{len(due)} systems, {protocol.repeats} repeats of {FOLDS} folds: about {seconds / 60:.0f} minutes here.")
    for name in due:
        place = request.work / f"{protocol.dataset.name}-{name}-{protocol.split}"
        for progress in cross_validate(protocol, recipes[name], samples, loaded, place, files[name]):
            tell(name, progress)
    return write_report(request.out, protocol.split)
