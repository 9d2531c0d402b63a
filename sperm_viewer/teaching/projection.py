"""From the pooled features of a backbone to few coordinates that suit a site, found without any label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray

Floats = npt.NDArray[np.float64]

_KEPT = 64
"""Principal components that are looked at."""
_NOISE = 0.05
"""Added to each variance between turned copies, as a share of the mean variance between cells."""
_VARIANCE = 9.0
"""What the variances of the coordinates add up to, so that one range of penalties suits every site."""
_FLAT = 1e-6


@dataclass(frozen=True, slots=True)
class Projection:
    """`coordinates = features @ matrix + shift`: `matrix` (channels, k), `shift` (k,), the most telling one first."""

    matrix: Floats
    shift: Floats

    def of(self, pooled: Floats) -> Floats:
        """The coordinates (N, k) of pooled features (N, channels)."""
        return pooled @ self.matrix + self.shift


def fit_projection(views: FloatArray) -> Projection:
    """The projection by a site's cells, float32 (N, views, channels), two cells at least.

    Channels are standardised and centred on the site, and brought to their principal components. These are then scaled
    so that directions in which the turned copies of one cell differ count less: a class doesn't depend on the turn
    (within-class covariance normalisation, Hatch et al. 2006, each cell being a class of its own).
    """
    pooled = views.mean(axis=1, dtype=np.float64)
    mean, spread = pooled.mean(axis=0), pooled.std(axis=0)
    # A channel that never changes tells nothing.
    scale = np.where(spread > _FLAT, 1 / np.maximum(spread, _FLAT), 0.0)
    standard = (pooled - mean) * scale
    components = _components(standard, min(_KEPT, len(standard) - 1))
    between = standard @ components
    # In float32: by far the largest product, of which only a covariance is wanted.
    turned = (views @ (scale[:, None] * components).astype(np.float32)).astype(np.float64)
    turned -= turned.mean(axis=1, keepdims=True)
    matrix = components @ _evened(turned, between)
    return Projection(scale[:, None] * matrix, -(mean * scale) @ matrix)


def _evened(turned: Floats, between: Floats) -> Floats:
    """From components (k,) to the coordinates, by the components of the cells (N, k) and of their views' differences
    from them (N, views, k).
    """
    size = between.shape[1]
    rows = turned.reshape(-1, size)
    freedom = max(turned.shape[0] * (turned.shape[1] - 1), 1)
    noise = rows.T @ rows / freedom + _NOISE * max(float(between.var(axis=0).mean()), _FLAT) * np.eye(size)
    values, vectors = np.linalg.eigh(noise)
    even = vectors / np.sqrt(values) @ vectors.T
    turn = _components(between @ even, size)
    matrix = even @ turn
    total = float((between @ matrix).var(axis=0).sum())
    return np.asarray(matrix * np.sqrt(_VARIANCE / max(total, _FLAT)))


def _components(centred: Floats, count: int) -> Floats:
    """The first principal components (channels, count) of centred values (N, channels)."""
    return np.asarray(np.linalg.svd(centred, full_matrices=False)[2][:count].T)
