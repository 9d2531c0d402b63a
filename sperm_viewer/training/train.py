"""Trains a system on all crops of a data set and publishes it as a model folder; goes on where it was stopped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.training.card import recipe_in_words
from sperm_viewer.training.chain import TIMM, Recipes, TrainingContext, chain, kept, train_one, trained
from sperm_viewer.training.data import LoadedCrop, classes_of, load, read_dataset
from sperm_viewer.training.describe import EVALUATION
from sperm_viewer.training.fit import EpochDone, pick_device
from sperm_viewer.training.measure_out_of_distribution import learn
from sperm_viewer.training.network import feature_grid
from sperm_viewer.training.publish import publish
from sperm_viewer.training.recipes import IMAGENET, Recipe
from sperm_viewer.training.systems import BEST, HOW_CHOSEN, PLAIN_B0, system_recipe

_KNOWN_DATA = {
    "hushem": (
        "HuSHeM",
        "Shaker et al. 2017, doi:10.17632/tt3yj2pf38.3.",
        "CC BY 4.0",
        "runs of neighbouring file numbers",
    ),
    "smids": ("SMIDS", "SMIDS, doi:10.17632/6xvdhc9fyb.1.", "CC BY 4.0", "near-duplicates"),
}


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """`imagenet` is a safetensors file, `timm` for timm's own download, or None; `work` keeps what was trained so far.

    `command` goes on the card.
    """

    dataset: Path
    name: str
    system: str
    imagenet: str | None
    out: Path
    work: Path
    device: str
    command: str


def recipes_for(dataset: str, imagenet: str | None) -> Recipes:
    """The recipes of a data set's systems; with timm's weights at hand a plain B0 starts from its own."""

    def recipe(system: str) -> Recipe:
        found = system_recipe(system, dataset)
        return replace(found, start=IMAGENET, teacher="") if imagenet == TIMM and system in PLAIN_B0 else found

    return recipe


def train(request: TrainingRequest, recipes: Recipes, tell: Callable[[str, EpochDone], None]) -> Path:
    """Trains a system on all crops of a data set and publishes it; returns the model folder.

    The folder keeps the evaluation that it holds already: the figures of the card are those.
    """
    recipe = recipes(request.system)
    samples = read_dataset(request.dataset)
    classes = classes_of(samples)
    crops = load(samples)
    context = TrainingContext(
        crops, classes, recipe.seed, request.work / "all", request.imagenet, pick_device(request.device)
    )
    for name in chain(request.system, recipes):
        if not kept(name, recipes, context):
            for epoch in train_one(name, recipes, context):
                tell(name, epoch)
    network = trained(request.system, recipes, context)
    reference, unlike_above = learn(crops, recipe.preprocessing)
    key = request.dataset.name
    title, citation, licence, groups = _KNOWN_DATA.get(key, (key, "", "not stated", "as given with the crops"))
    spec = ModelSpec(
        name=request.name,
        title=f"sperm heads as in {title}",
        architecture=recipe.architecture,
        classes=classes,
        normal_class="normal" if "normal" in classes else classes[0],
        preprocessing=recipe.preprocessing,
        temperature=1.0,
        refer_below=0.5,
        unlike_above=unlike_above,
        feature_grid=feature_grid(network, recipe.preprocessing.size),
        head_length=_head_lengths(crops),
        data={
            "name": title,
            "crops": str(len(crops)),
            "citation": citation,
            "licence": licence,
            "groups": groups,
            "system": request.system,
            "chosen": HOW_CHOSEN.get(key, "") if request.system == BEST else "",
            "recipe": recipe_in_words(request.system, recipes),
            "command": request.command,
        },
        metrics={},
    )
    folder = request.out / request.name
    evaluation = folder / EVALUATION
    publish(network, spec, reference, evaluation if evaluation.is_dir() else None, folder)
    shutil.rmtree(request.work)
    return folder


def _head_lengths(crops: list[LoadedCrop]) -> tuple[float, float]:
    lengths = [crop.head.length for crop in crops if crop.head and crop.labelled.label != NON_SPERM]
    if not lengths:
        raise SpermViewerError("No head was found in any crop of the data set. Choose one with crops of single heads.")
    low, high = np.percentile(lengths, [1, 99])
    return float(round(low, 1)), float(round(high, 1))
