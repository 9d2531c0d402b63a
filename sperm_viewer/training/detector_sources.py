"""What the detector is trained on: heads, debris and backgrounds from the crops of data sets, and rendered heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.synthetic.composite import Sources
from sperm_viewer.synthetic.cutout import Cutout, cut_debris, cut_head, draw_cutout
from sperm_viewer.synthetic.ground import bare_ground
from sperm_viewer.synthetic.render import GREY, PINK, CellDescription, HeadClass, Spot, typical_cell
from sperm_viewer.training.data import LoadedCrop, load, read_dataset, split_folds

FOLDS = 5
_GROUNDS_EVERY = 3
"""A background is made of every third crop: cleaning one takes as long as cutting five heads."""


@dataclass(frozen=True, slots=True)
class CropSources:
    """Sources without the rendered heads; `debris_crops` are the crops (uint8 RGB) that `debris` was cut from."""

    heads: list[Cutout]
    debris: list[Cutout]
    grounds: list[FloatArray]


def read_sources(datasets: Sequence[Path], seed: int, drawn: int) -> tuple[Sources, Sources]:
    """Sources for training, and those of one crop in five (whole groups) that are held out of it."""
    sides = CropSources([], [], []), CropSources([], [], [])
    for folder in datasets:
        samples = read_dataset(folder)
        held_out = set(split_folds(samples, FOLDS, seed)[0])
        crops = load(samples)
        unit = median(crop.head.length for crop in crops if crop.head and crop.labelled.label != NON_SPERM)
        for index, crop in enumerate(crops):
            _add(sides[index in held_out], crop, unit, index % _GROUNDS_EVERY == 0)
    count = max(1, drawn // FOLDS)
    training = [draw_cutout(varied_cell(index)) for index in range(drawn)]
    checking = [draw_cutout(varied_cell(drawn + index)) for index in range(count)]
    return _joined(sides[0], training), _joined(sides[1], checking)


def _joined(crops: CropSources, drawn: list[Cutout]) -> Sources:
    return Sources(crops.heads, drawn, crops.debris, crops.grounds)


def _add(side: CropSources, crop: LoadedCrop, unit: float, with_ground: bool) -> None:
    if crop.labelled.label == NON_SPERM:
        thing = cut_debris(crop.rgb, unit)
        if thing is not None:
            side.debris.append(thing)
        return
    head = cut_head(crop.rgb, unit)
    if head is not None:
        side.heads.append(head)
    ground = bare_ground(crop.rgb) if with_ground else None
    if ground is not None:
        side.grounds.append(ground)


def varied_cell(seed: int) -> CellDescription:
    """A head more varied than `typical_cell`: any depth of stain, any size of acrosome, vacuoles; alone in its crop."""
    rng = np.random.default_rng([seed, 15])
    head_class = list(HeadClass)[int(rng.choice(4, p=[0.55, 0.15, 0.15, 0.15]))]
    cell = typical_cell(head_class, (PINK, GREY)[seed % 2], seed)
    spots = tuple(
        Spot(rng.uniform(-0.3, 0.8), rng.uniform(-0.5, 0.5), rng.uniform(0.04, 0.12), rng.uniform(0.3, 1.0))
        for _ in range(int(rng.integers(3)))
    )
    return replace(
        cell,
        stain=float(rng.uniform(0.5, 1.35)),
        acrosome=float(rng.choice([0.0, rng.uniform(0.12, 0.45), rng.uniform(0.35, 0.7)], p=[0.1, 0.3, 0.6])),
        spots=spots,
        neighbours=0,
        specks=0,
        blur=0.0,
    )
