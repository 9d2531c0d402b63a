"""Systems against each other on the same folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.training.clustered import sign_flip_p
from sperm_viewer.training.metrics import macro_f1
from sperm_viewer.training.predictions import Predictions

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One system against another: `difference` of their accuracies, all repeats together.

    `crops` and `groups` count those where the first was right more often than the other, and those where less often.
    `p` is two-sided, by group.
    """

    difference: float
    crops: tuple[int, int]
    groups: tuple[int, int]
    p: float


def compare(one: Predictions, other: Predictions) -> Comparison:
    """Whether two systems differ in accuracy: each crop counts once, whatever its repeats, and each group flips whole.

    Repeats predict the same crops again and crops of a group are alike, so that McNemar's test, which takes predictions
    as independent, finds differences where there is none. Both systems must have predicted the same images in the same
    repeats and folds. Raises ValueError otherwise.
    """
    if not on_same_folds(one, other):
        raise ValueError("the two systems did not predict the same images on the same folds")
    first, second = ((p.logits.argmax(axis=1) == p.labels).astype(int) for p in (one, other))
    difference = first - second
    of_crops, of_groups = (_sums(difference, names) for names in (one.paths, one.groups))
    return Comparison(
        float(difference.mean()),
        (int((of_crops > 0).sum()), int((of_crops < 0).sum())),
        (int((of_groups > 0).sum()), int((of_groups < 0).sum())),
        sign_flip_p(of_groups),
    )


def chosen_by_other_folds(systems: Sequence[Predictions]) -> float:
    """Pooled macro-F1 where each fold is predicted by the system that was best on the other folds of its repeat.

    What choosing among the systems is worth when no fold takes part in the choice that is made for it. All systems must
    have predicted the same images on the same folds.
    """
    first = systems[0]
    classes = len(first.classes)
    said = np.zeros_like(first.labels)
    for repeat, fold in sorted(set(zip(first.repeats.tolist(), first.folds.tolist(), strict=True))):
        here = (first.repeats == repeat) & (first.folds == fold)
        others = (first.repeats == repeat) & (first.folds != fold)
        answers = [system.logits.argmax(axis=1) for system in systems]
        best = max(answers, key=lambda answer: macro_f1(first.labels[others], answer[others], classes))
        said[here] = best[here]
    return macro_f1(first.labels, said, classes)


def on_same_folds(one: Predictions, other: Predictions) -> bool:
    return one.paths == other.paths and all(
        np.array_equal(a, b) for a, b in ((one.repeats, other.repeats), (one.folds, other.folds))
    )


def _sums(values: Ints, names: Sequence[str]) -> Ints:
    """The sum of the values of each name, integers."""
    numbers = np.unique(np.array(names), return_inverse=True)[1]
    return np.rint(np.bincount(numbers, weights=values)).astype(np.int64)
