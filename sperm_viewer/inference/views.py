"""How many views a crop gets: the first alone where that one is sure, else all."""

from __future__ import annotations

import numpy as np

from sperm_viewer.core.types import FloatArray


def is_sure(logits: FloatArray, margin: float) -> bool:
    """Whether the first view's `logits` (classes,) leave at least `margin` between the best class and the next."""
    second, first = np.partition(logits, -2)[-2:]
    return bool(first - second >= margin)


def settled(logits: FloatArray, margin: float) -> FloatArray:
    """The logits (classes,) of a crop from those of all its views (views, classes): the first's, or the mean."""
    return np.asarray(logits[0] if is_sure(logits[0], margin) else logits.mean(axis=0), np.float32)
