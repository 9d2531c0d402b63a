"""Examines a system on the test folds of its first repeat: is it robust, does it answer from the head, does it know
what is foreign, can its heatmaps be trusted and how fine are they?

Writes per-image files, from which the card's tables are worked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.training.backgrounds import exchange
from sperm_viewer.training.chain import Recipes, TrainingContext, chain, kept, train_one, trained
from sperm_viewer.training.crossval import FOLDS, Protocol
from sperm_viewer.training.data import classes_of, load, read_dataset, split_folds
from sperm_viewer.training.explain import EXPLAINED_FILE, Explained, explain, write_explained
from sperm_viewer.training.foreign_sets import foreign_sets
from sperm_viewer.training.measure_out_of_distribution import (
    OUT_OF_DISTRIBUTION_FILE,
    measure_out_of_distribution,
    write_distances,
)
from sperm_viewer.training.robust import ROBUST_FILE, Varied, vary, write_varied
from sperm_viewer.training.spots import SPOTS_FILE, separate_spots, train_on_spots, write_pairs

_A_FOLD = 100
"""At most so many images of each fold are varied."""
_EXPLAINED_OF = 4
"""One in so many of those is explained."""


@dataclass(frozen=True, slots=True)
class ExaminationRequest:
    """`other` is another data set, whose crops are foreign to this one."""

    system: str
    protocol: Protocol
    other: Path
    out: Path


def examine(request: ExaminationRequest, recipes: Recipes) -> Iterator[str]:
    """Says what it is at; trains the folds' networks where `protocol.work` doesn't keep them."""
    protocol = request.protocol
    samples = read_dataset(protocol.dataset)
    classes, crops = classes_of(samples), load(samples)
    preprocessing = recipes(request.system).preprocessing
    yield "foreign images"
    pink = protocol.dataset.name == "hushem"
    foreign = foreign_sets(crops, load(read_dataset(request.other)), pink)
    write_distances(measure_out_of_distribution(crops, foreign, preprocessing), request.out / OUT_OF_DISTRIBUTION_FILE)
    rows: list[Varied] = []
    explained: list[Explained] = []
    for fold, test in enumerate(split_folds(samples, FOLDS, 0, protocol.by_group)):
        inside = set(test)
        known = [crop for i, crop in enumerate(crops) if i not in inside]
        place = protocol.work / f"repeat-0-fold-{fold}"
        context = TrainingContext(known, classes, 0, place, protocol.imagenet, protocol.device)
        for name in chain(request.system, recipes):
            if not kept(name, recipes, context):
                for epoch in train_one(name, recipes, context):
                    yield f"fold {fold + 1}, {name}, epoch {epoch.epoch} of {epoch.epochs}"
        yield f"fold {fold + 1}, variations"
        chosen = test[:: -(-len(test) // _A_FOLD)]
        names = [samples[i].path.relative_to(protocol.dataset).as_posix() for i in chosen]
        network, those = trained(request.system, recipes, context), [crops[i] for i in chosen]
        rows += vary(network, those, names, fold, preprocessing, protocol.device)
        rows += exchange(network, those, names, fold, preprocessing, protocol.device)
        yield f"fold {fold + 1}, heatmaps"
        few = slice(None, None, max(1, round(len(chosen) / _A_FOLD * _EXPLAINED_OF)))
        explained += explain(network.cpu(), those[few], names[few], fold, preprocessing)
        if fold == 0:
            yield "spots"
            taught = train_on_spots(network, recipes(request.system))
            write_pairs(separate_spots(taught, preprocessing), request.out / SPOTS_FILE)
    write_varied(rows, classes, request.out / ROBUST_FILE)
    write_explained(explained, request.out / EXPLAINED_FILE)
