"""Which cells look alike to the network: its pooled features, as few numbers, so that a session can keep them."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray

_KEPT = 64
_SEED = 20606


def features_of(maps: FloatArray) -> npt.NDArray[np.float16]:
    """A unit vector (64,) of the feature maps (views, channels, height, width) of one crop.

    Views and places are averaged, and the channels brought to fewer by a fixed random projection, which keeps angles
    to within a tenth or so (Johnson & Lindenstrauss 1984).
    """
    pooled = maps.mean(axis=(0, 2, 3), dtype=np.float64)
    # What all cells share would leave all angles small.
    spread = (pooled - pooled.mean()) @ _projection(len(pooled))
    return np.asarray(spread / max(float(np.linalg.norm(spread)), 1e-12), np.float16)


@cache
def _projection(channels: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(_SEED).standard_normal((channels, _KEPT))


def nearest(features: npt.NDArray[np.float16], one: int, count: int) -> list[int]:
    """Rows of `features` (cells, 64) that are most like row `one`, the most alike first, itself left out."""
    likeness = features.astype(np.float32) @ features[one].astype(np.float32)
    likeness[one] = -np.inf
    order = np.argsort(-likeness, kind="stable")
    return [int(row) for row in order[: min(count, len(features) - 1)]]
