"""The networks that one network needs, each trained on the same crops: what it starts from, what teaches it, itself.

What is trained is kept, so that systems share it and a run that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import ONNX_FILE, find_model
from sperm_viewer.training.data import LoadedCrop
from sperm_viewer.training.fit import CHECKPOINT, EpochDone, fit
from sperm_viewer.training.network import HeadNetwork, build, download_pretrained, load_pretrained
from sperm_viewer.training.recipes import IMAGENET, MODEL, RANDOM, Recipe
from sperm_viewer.training.synthetic_crops import synthetic_crops

TIMM = "timm"
Recipes = Callable[[str], Recipe]
"""From a system's name to its recipe."""


@dataclass(frozen=True, slots=True)
class TrainingContext:
    """What networks are trained on, and the folder `place` that keeps them.

    `imagenet` is where ImageNet weights are: a safetensors file, `TIMM` for timm's own download, or None for nowhere.
    """

    known: Sequence[LoadedCrop]
    classes: tuple[str, ...]
    seed: int
    place: Path
    imagenet: str | None
    device: torch.device


def chain(system: str, recipes: Recipes) -> list[str]:
    """The systems to be trained for one, in order, itself last."""
    recipe = recipes(system)
    needed: list[str] = []
    for other in (recipe.start, recipe.teacher):
        if other and other not in (IMAGENET, RANDOM) and not other.startswith(MODEL):
            needed += [name for name in chain(other, recipes) if name not in needed]
    return [*needed, system]


def kept(system: str, recipes: Recipes, context: TrainingContext) -> bool:
    """Whether a network is kept that was made by the recipe as it is now."""
    recipe = _seeded(system, recipes, context)
    file = _file(system, recipe, context)
    if not file.is_file():
        return False
    with safe_open(file, "pt") as opened:
        return bool(opened.metadata() == {"recipe": recipe.text()})


def trained(system: str, recipes: Recipes, context: TrainingContext) -> HeadNetwork:
    """A network that is kept."""
    recipe = recipes(system)
    network = _empty(recipe, context)
    network.load_state_dict(load_file(_file(system, recipe, context)))
    return network.to(context.device).eval()


def train_one(system: str, recipes: Recipes, context: TrainingContext) -> Iterator[EpochDone]:
    """Trains a system whose chain before it is kept already, and keeps it."""
    recipe = _seeded(system, recipes, context)
    crops = synthetic_crops(recipe.drawn, context.classes) if recipe.drawn else context.known
    torch.manual_seed(recipe.seed)
    network = _empty(recipe, context)
    _begin(network, recipe, recipes, context)
    teacher = trained(recipe.teacher, recipes, context) if recipe.teacher else None
    file = _file(system, recipe, context)
    checkpoints = file.with_suffix("")
    yield from fit(network, crops, context.classes, recipe, checkpoints, context.device, teacher)
    partial = file.with_suffix(".part")
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(weights, partial, {"recipe": recipe.text()})
    partial.replace(file)
    (checkpoints / CHECKPOINT).unlink()
    checkpoints.rmdir()


def _seeded(system: str, recipes: Recipes, context: TrainingContext) -> Recipe:
    recipe = recipes(system)
    return recipe if recipe.drawn else replace(recipe, seed=context.seed)


def _file(system: str, recipe: Recipe, context: TrainingContext) -> Path:
    """What was learnt from drawn crops is the same for every fold."""
    return (context.place.parent if recipe.drawn else context.place) / f"{system}.safetensors"


def _empty(recipe: Recipe, context: TrainingContext) -> HeadNetwork:
    return build(recipe.architecture, len(context.classes), recipe.dropout, recipe.drop_path)


def _begin(network: HeadNetwork, recipe: Recipe, recipes: Recipes, context: TrainingContext) -> None:
    if recipe.start == RANDOM:
        return
    if recipe.start.startswith(MODEL):
        model = find_model(recipe.start.removeprefix(MODEL))
        model.verify(ONNX_FILE)
        load_pretrained(network, model.path / ONNX_FILE)
    elif recipe.start == recipe.teacher:
        network.load_state_dict(trained(recipe.start, recipes, context).state_dict())
    elif recipe.start != IMAGENET:
        network.trunk.load_state_dict(trained(recipe.start, recipes, context).trunk.state_dict())
    elif context.imagenet == TIMM:
        download_pretrained(network, recipe.architecture)
    elif context.imagenet:
        load_pretrained(network, Path(context.imagenet))
    else:
        raise SpermViewerError(
            f"{recipe.architecture} starts from ImageNet weights. Say where they are: --pretrained FILE, or "
            f"--pretrained {TIMM} on a machine with a connection."
        )
