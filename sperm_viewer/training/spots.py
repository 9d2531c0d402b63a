"""How fine a network's map is: whether it separates two spots that are a fourteenth of the window apart.

The network is trained on rendered heads whose only defect is a spot; then the hottest place of a head's map has to be
nearer to its spot than to where a second head, alike but for that, has its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from sperm_viewer.imaging.head import find_head
from sperm_viewer.inference.gradcam import class_maps
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.synthetic.render import GREY, CellDescription, HeadClass, Rendered, Spot, render_cell, typical_cell
from sperm_viewer.training.augment import Augmentation
from sperm_viewer.training.data import LabelledCrop, LoadedCrop
from sperm_viewer.training.explain import enlarged
from sperm_viewer.training.fit import fit
from sperm_viewer.training.network import HeadNetwork, build, feature_grid
from sperm_viewer.training.recipes import Recipe
from sperm_viewer.training.tables import read_table, write_table

SPOTS_FILE = "spots.csv"
PAIRS = 24
CLASSES = ("normal", "spotted")
_APART = 1 / 14
"""As a share of the window."""
_CROPS, _EPOCHS = 200, 4
_FIRST_SEED = 9200


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cells that differ in where their spot is; `separated` where each one's map is hottest nearer to its own."""

    seed: int
    separated: bool


def cell_with(seed: int, *spots: Spot) -> CellDescription:
    """A normal grey head without anything else in its crop."""
    return replace(typical_cell(HeadClass.NORMAL, GREY, seed), blur=0.0, neighbours=0, specks=0, spots=spots)


def spotted_crops(count: int) -> Iterator[LoadedCrop]:
    """Every other one with a spot of any kind, anywhere on the head or at its neck."""
    rng = np.random.default_rng(1)
    for number in range(count):
        paleness = rng.choice([-1, 1]) * rng.uniform(0.7, 1)
        spot = Spot(rng.uniform(-1.1, 0.85), rng.uniform(-0.6, 0.6), rng.uniform(0.06, 0.12), paleness)
        label = CLASSES[number % 2]
        rgb = render_cell(cell_with(number, *([spot] if number % 2 else []))).rgb
        yield LoadedCrop(LabelledCrop(Path(str(number)), label, str(number)), rgb, find_head(rgb))


def train_on_spots(network: HeadNetwork, recipe: Recipe) -> HeadNetwork:
    """A network of the recipe's architecture that begins with the trunk of `network` alone, on the CPU."""
    torch.manual_seed(0)
    learner = build(recipe.architecture, len(CLASSES), 0.1)
    learner.trunk.load_state_dict(network.trunk.state_dict())
    # Blots would look like spots, so none are made while it learns.
    brief = Recipe(
        recipe.architecture,
        recipe.preprocessing,
        epochs=_EPOCHS,
        freeze=0,
        mixup=0.0,
        augmentation=Augmentation(erase=0.0),
    )
    with tempfile.TemporaryDirectory() as checkpoints:
        crops = list(spotted_crops(_CROPS))
        for _ in fit(learner, crops, CLASSES, brief, Path(checkpoints), torch.device("cpu")):
            pass
    return learner


def separate_spots(network: HeadNetwork, preprocessing: Preprocessing) -> list[Pair]:
    """Each of `PAIRS` pairs, by the map that scoring would show."""
    pairs = []
    for seed in range(_FIRST_SEED, _FIRST_SEED + PAIRS):
        rng = np.random.default_rng(seed)
        apart = 2 * _APART * preprocessing.window / cell_with(seed).head_size[0]
        along, across, paleness = rng.uniform(-0.8, 0.75 - apart), rng.uniform(-0.4, 0.4), rng.choice([-0.9, 0.9])
        one, other = (
            render_cell(cell_with(seed, Spot(place, across, 0.08, paleness))) for place in (along, along + apart)
        )
        separated = all(_nearer_its_own(network, preprocessing, *both) for both in ((one, other), (other, one)))
        pairs.append(Pair(seed, separated))
    return pairs


def _nearer_its_own(network: HeadNetwork, preprocessing: Preprocessing, cell: Rendered, other: Rendered) -> bool:
    batch, transforms = prepare(cell.rgb, find_head(cell.rgb), preprocessing)
    with torch.no_grad():
        _, features = network(torch.from_numpy(batch))
    weights = network.classifier.weight.detach().numpy()[CLASSES.index("spotted")]
    cells = feature_grid(network, preprocessing.size)
    heat = enlarged(class_maps(features.numpy(), weights), transforms, preprocessing.size, cells)
    y, x = np.unravel_index(int(heat.argmax()), heat.shape)

    def away(spot: Sequence[float]) -> float:
        place: npt.NDArray[np.float64] = transforms[0] @ np.array([*spot, 1.0])
        return float(np.hypot(x - place[0], y - place[1]))

    return away(cell.spots[0]) < away(other.spots[0])


def write_pairs(pairs: Sequence[Pair], path: Path) -> None:
    write_table(path, ["seed", "separated"], ([pair.seed, int(pair.separated)] for pair in pairs))


def read_pairs(path: Path) -> list[Pair]:
    return [Pair(int(row["seed"]), row["separated"] == "1") for row in read_table(path)]
