"""What a model answers and what it refers, and how often the answers are right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from sperm_viewer.training.calibrate import Calibrated
from sperm_viewer.training.clustered import Share, design_effect, share_by_group
from sperm_viewer.training.predictions import Predictions


@dataclass(frozen=True, slots=True)
class KeptClass:
    """Of the kept crops: how many called `name` are it, and how many that are it are called so. None without any."""

    name: str
    answered: Share | None
    true: Share | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Shares of predictions: kept, referred as uncertain, and referred as out of distribution. They add up to 1.

    `out_of_distribution` is None where it was not measured; a crop that is both counts there. `right` is how many of
    the kept are right, None where none is kept.
    """

    share: float
    uncertain: float
    out_of_distribution: float | None
    right: Share | None
    classes: tuple[KeptClass, ...]


def kept_crops(predictions: Predictions, calibrated: Calibrated, out_of_distribution: Collection[str] | None) -> Kept:
    """Of all predictions of a system. `out_of_distribution` are names of crops, None where that was not measured."""
    names = frozenset(out_of_distribution or ())
    unfamiliar = np.array([PurePosixPath(path).name in names for path in predictions.paths])
    kept = calibrated.kept & ~unfamiliar
    first = calibrated.probabilities.argmax(axis=1)
    right = first == predictions.labels
    groups = np.array(predictions.groups)
    # Where a class has no error, its design effect is taken to be that of all.
    effect = design_effect(right[kept], groups[kept].tolist()) if kept.any() else 1.0

    def share(of: npt.NDArray[np.bool_]) -> Share | None:
        return share_by_group(right[of], groups[of].tolist(), np.array(predictions.paths)[of].tolist(), effect)

    return Kept(
        float(kept.mean()),
        float((~calibrated.kept & ~unfamiliar).mean()),
        None if out_of_distribution is None else float(unfamiliar.mean()),
        share(kept),
        tuple(
            KeptClass(name, share(kept & (first == number)), share(kept & (predictions.labels == number)))
            for number, name in enumerate(predictions.classes)
        ),
    )
