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

from sperm_viewer.core.errors import SpermViewerError
from sperm_viewer.inference.registry import WEIGHTS_FILE, find_model
from sperm_viewer.training.data import LoadedCrop
from sperm_viewer.training.drawn import drawn_crops
from sperm_viewer.training.fit import CHECKPOINT, EpochDone, fit
from sperm_viewer.training.network import HeadNetwork, build, download_pretrained, load_pretrained
from sperm_viewer.training.recipes import IMAGENET, MODEL, RANDOM, Recipe

TIMM = "timm"
Recipes = Callable[[str], Recipe]
"""From a system's name to its recipe."""


@dataclass(frozen=True, slots=True)
class Grounds:
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


def kept(system: str, recipes: Recipes, grounds: Grounds) -> bool:
    """Whether a network is kept that was made by the recipe as it is now."""
    recipe = _seeded(system, recipes, grounds)
    file = _file(system, recipe, grounds)
    if not file.is_file():
        return False
    with safe_open(file, "pt") as opened:
        return bool(opened.metadata() == {"recipe": recipe.text()})


def trained(system: str, recipes: Recipes, grounds: Grounds) -> HeadNetwork:
    """A network that is kept."""
    recipe = recipes(system)
    network = _empty(recipe, grounds)
    network.load_state_dict(load_file(_file(system, recipe, grounds)))
    return network.to(grounds.device).eval()


def train_one(system: str, recipes: Recipes, grounds: Grounds) -> Iterator[EpochDone]:
    """Trains a system whose chain before it is kept already, and keeps it."""
    recipe = _seeded(system, recipes, grounds)
    crops = drawn_crops(recipe.drawn, grounds.classes) if recipe.drawn else grounds.known
    torch.manual_seed(recipe.seed)
    network = _empty(recipe, grounds)
    _begin(network, recipe, recipes, grounds)
    teacher = trained(recipe.teacher, recipes, grounds) if recipe.teacher else None
    file = _file(system, recipe, grounds)
    checkpoints = file.with_suffix("")
    yield from fit(network, crops, grounds.classes, recipe, checkpoints, grounds.device, teacher)
    partial = file.with_suffix(".part")
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(weights, partial, {"recipe": recipe.text()})
    partial.replace(file)
    (checkpoints / CHECKPOINT).unlink()
    checkpoints.rmdir()


def _seeded(system: str, recipes: Recipes, grounds: Grounds) -> Recipe:
    recipe = recipes(system)
    return recipe if recipe.drawn else replace(recipe, seed=grounds.seed)


def _file(system: str, recipe: Recipe, grounds: Grounds) -> Path:
    """What was learnt from drawn crops is the same for every fold."""
    return (grounds.place.parent if recipe.drawn else grounds.place) / f"{system}.safetensors"


def _empty(recipe: Recipe, grounds: Grounds) -> HeadNetwork:
    return build(recipe.architecture, len(grounds.classes), recipe.dropout, recipe.drop_path)


def _begin(network: HeadNetwork, recipe: Recipe, recipes: Recipes, grounds: Grounds) -> None:
    if recipe.start == RANDOM:
        return
    if recipe.start.startswith(MODEL):
        model = find_model(recipe.start.removeprefix(MODEL))
        model.verify(WEIGHTS_FILE)
        load_pretrained(network, model.path / WEIGHTS_FILE)
    elif recipe.start != IMAGENET:
        network.trunk.load_state_dict(trained(recipe.start, recipes, grounds).trunk.state_dict())
    elif grounds.imagenet == TIMM:
        download_pretrained(network, recipe.architecture)
    elif grounds.imagenet:
        load_pretrained(network, Path(grounds.imagenet))
    else:
        raise SpermViewerError(
            f"{recipe.architecture} starts from ImageNet weights. Say where they are: --pretrained FILE, or "
            f"--pretrained {TIMM} on a machine with a connection."
        )
