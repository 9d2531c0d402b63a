"""Probabilities that mean something: a temperature for logits, and a threshold below which a cell is referred."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LOG_RANGE = 3.0
_GOLDEN = (sqrt(5) - 1) / 2
_STEPS = 40


def fit_temperature(logits: Floats, labels: Ints) -> float:
    """The temperature, from e^-3 to e^3, with the smallest negative log-likelihood of `labels` (N,) under `logits`
    (N, classes), which are divided by it (Guo et al. 2017, arXiv:1706.04599). Golden-section search.
    """

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        highest = scaled.max(axis=1, keepdims=True)
        total = highest[:, 0] + np.log(np.exp(scaled - highest).sum(axis=1))
        return float((total - scaled[np.arange(len(labels)), labels]).mean())

    low, high = -_LOG_RANGE, _LOG_RANGE
    for _ in range(_STEPS):
        reach = _GOLDEN * (high - low)
        if loss(high - reach) < loss(low + reach):
            high = low + reach
        else:
            low = high - reach
    return float(np.exp((low + high) / 2))


def refer_threshold(labels: Ints, probabilities: Floats, target: float) -> float:
    """The lowest probability that can be asked of a first choice so that those which reach it are right often enough.

    How often is estimated by Laplace's rule of succession, (right + 1) / (kept + 2), so that a few lucky cells don't
    decide. 1 where no threshold does.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum((probabilities.argmax(axis=1) == labels)[order])
    kept = np.arange(1, len(labels) + 1)
    ranked = confidence[order]
    # Images of one confidence are kept or referred together.
    last_of_its_kind = np.append(ranked[1:] < ranked[:-1], True)
    enough = np.flatnonzero(((right + 1) / (kept + 2) >= target) & last_of_its_kind)
    return float(ranked[enough[-1]]) if len(enough) else 1.0
