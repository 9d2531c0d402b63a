"""How well foreign images are told from a data set's own, on crops that were held back, as CSV and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.imaging.head import find_head
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.inference.out_of_distribution import ReferenceAppearance, appearance_of, fit_reference_appearance
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.training.crossval import FOLDS
from sperm_viewer.training.data import LoadedCrop, split_folds
from sperm_viewer.training.foreign_sets import OWN
from sperm_viewer.training.tables import read_table, write_table

OUT_OF_DISTRIBUTION_FILE = "unlike.csv"
_FALSE_ALARMS = 0.04
"""The share of held-back crops over the threshold; under 5%, so that new ones are too."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far an image of a set (`OWN` for the data set's own) is from crops on the training side of a fold."""

    set: str
    name: str
    fold: int
    distance: float


@dataclass(frozen=True, slots=True)
class Told:
    """How well a set of foreign images is told from own ones: area under the ROC curve, share over the threshold."""

    set: str
    images: int
    auroc: float
    caught: float


def appearances_of(images: Iterable[UInt8Array], preprocessing: Preprocessing) -> FloatArray:
    """The appearance of each image, float32 (N, n)."""
    rows = []
    for rgb in images:
        head = find_head(rgb)
        rows.append(appearance_of(prepare(rgb, head, preprocessing)[0], head, preprocessing))
    return np.stack(rows)


def learn(crops: Sequence[LoadedCrop], preprocessing: Preprocessing) -> tuple[ReferenceAppearance, float]:
    """What all crops look like, and the distance over which a crop is unlike them, chosen on crops held back."""
    looks = appearances_of((crop.rgb for crop in crops), preprocessing)
    distances = np.array([row.distance for row in _held_back(crops, looks)])
    return fit_reference_appearance(looks), threshold(distances)


def threshold(distances: npt.NDArray[np.float64]) -> float:
    """The distance that few enough held-back crops exceed."""
    return float(np.quantile(distances, 1 - _FALSE_ALARMS))


def measure_out_of_distribution(
    crops: Sequence[LoadedCrop], foreign: dict[str, list[tuple[str, UInt8Array]]], preprocessing: Preprocessing
) -> list[Distance]:
    """Own crops each by the fold that held it back, foreign images by the folds in turn."""
    looks = appearances_of((crop.rgb for crop in crops), preprocessing)
    rows = _held_back(crops, looks)
    references = [fit_reference_appearance(looks[known]) for known, _ in _folds(crops)]
    for name, images in foreign.items():
        far = appearances_of((rgb for _, rgb in images), preprocessing)
        for i, ((image, _), look) in enumerate(zip(images, far, strict=True)):
            fold = i % FOLDS
            rows.append(Distance(name, image, fold, references[fold].distance(look)))
    return rows


def _held_back(crops: Sequence[LoadedCrop], looks: FloatArray) -> list[Distance]:
    rows = []
    for fold, (known, test) in enumerate(_folds(crops)):
        distances = fit_reference_appearance(looks[known]).distances(looks[test])
        for i, distance in zip(test, distances, strict=True):
            rows.append(Distance(OWN, crops[i].labelled.path.name, fold, float(distance)))
    return rows


def _folds(crops: Sequence[LoadedCrop]) -> list[tuple[list[int], list[int]]]:
    tests = split_folds([crop.labelled for crop in crops], FOLDS, seed=0)
    return [([i for i in range(len(crops)) if i not in set(test)], test) for test in tests]


def write_distances(rows: Sequence[Distance], path: Path) -> None:
    columns = ["set", "name", "fold", "distance"]
    write_table(path, columns, ([row.set, row.name, row.fold, f"{row.distance:.4f}"] for row in rows))


def read_distances(path: Path) -> list[Distance]:
    return [Distance(row["set"], row["name"], int(row["fold"]), float(row["distance"])) for row in read_table(path)]


def told_apart(rows: Sequence[Distance]) -> tuple[float, list[Told]]:
    """The share of own crops held back that are over the threshold, and how well each foreign set is told from them.

    Each fold's threshold is chosen on the other folds.
    """
    own = [row for row in rows if row.set == OWN]
    limits = _limits(own)
    alarms = float(np.mean([row.distance > limits[row.fold] for row in own]))
    told = []
    for name in dict.fromkeys(row.set for row in rows if row.set != OWN):
        those = [row for row in rows if row.set == name]
        truth = [0] * len(own) + [1] * len(those)
        auroc = float(roc_auc_score(truth, [row.distance for row in [*own, *those]]))
        told.append(Told(name, len(those), auroc, float(np.mean([row.distance > limits[row.fold] for row in those]))))
    return alarms, told


def own_out_of_distribution(rows: Sequence[Distance]) -> frozenset[str]:
    """The names of the own crops over the threshold. Each fold's threshold is chosen on the other folds."""
    own = [row for row in rows if row.set == OWN]
    limits = _limits(own)
    return frozenset(row.name for row in own if row.distance > limits[row.fold])


def crops_out_of_distribution(evaluation: Path) -> frozenset[str] | None:
    """The names of the own crops over the threshold, from the file in `evaluation`; None if it isn't there."""
    file = evaluation / OUT_OF_DISTRIBUTION_FILE
    return own_out_of_distribution(read_distances(file)) if file.exists() else None


def _limits(own: Sequence[Distance]) -> list[float]:
    return [threshold(np.array([row.distance for row in own if row.fold != fold])) for fold in range(FOLDS)]
