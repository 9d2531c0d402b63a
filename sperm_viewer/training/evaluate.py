"""What a network gets right on crops that it has not seen. Metrics are scikit-learn's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from sperm_viewer.core.types import FloatArray


@dataclass(frozen=True, slots=True)
class Metrics:
    """Of `count` crops; `confusion` has a row a true class and a column a predicted one, both in the classes' order."""

    count: int
    accuracy: float
    macro_f1: float
    f1: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]


def measure(labels: Sequence[int], view_logits: FloatArray) -> Metrics:
    """Metrics of the views' mean logits, float32 (crops, views, classes), against the true classes' numbers."""
    classes = list(range(view_logits.shape[2]))
    said = view_logits.mean(axis=1).argmax(axis=1)
    return Metrics(
        len(labels),
        float(accuracy_score(labels, said)),
        float(f1_score(labels, said, average="macro", labels=classes)),
        tuple(float(f) for f in f1_score(labels, said, average=None, labels=classes)),
        tuple(tuple(int(n) for n in row) for row in np.asarray(confusion_matrix(labels, said, labels=classes))),
    )
