"""Folds of a cross-validation: what belongs together is held back together, and each class is spread over them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_SEED = 16


def fold_of_each(labels: Ints, units: Ints, folds: int) -> Ints:
    """The fold (N,) of each cell, at most `folds` and at most one for each unit. `labels` and `units` are (N,).

    Units are dealt out from the largest to the smallest, each to the fold that then has its classes most evenly.
    """
    names, place = np.unique(units, return_inverse=True)
    count = np.zeros((len(names), int(labels.max()) + 1))
    np.add.at(count, (place, labels), 1)
    folds = min(folds, len(names))
    shuffled = np.random.default_rng(_SEED).permutation(len(names))
    order = shuffled[np.argsort(-count[shuffled].sum(axis=1), kind="stable")]
    share = count.sum(axis=0) / folds
    filled = np.zeros((folds, count.shape[1]))
    chosen = np.zeros(len(names), np.int64)
    for unit in order:
        over = (((filled + count[unit]) / np.maximum(share, 1)) ** 2).sum(axis=1) - (
            (filled / np.maximum(share, 1)) ** 2
        ).sum(axis=1)
        fullness = filled.sum(axis=1) / max(float(count.sum()), 1.0)
        fold = int(np.argmin(over + 1e-3 * fullness))
        chosen[unit] = fold
        filled[fold] += count[unit]
    return chosen[place]
