"""What a network returns for a cell, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array


@dataclass(frozen=True, slots=True)
class Forward:
    """What an engine returns for a batch of V views: `logits` (V, classes), `features` (V, channels, h, w), float32.

    `features` is the layer that is pooled; the logits are a linear function of its mean over h and w.
    """

    logits: FloatArray
    features: FloatArray


@dataclass(frozen=True, slots=True)
class ModelId:
    """Which model: its folder's name and the sha256 of its `model.toml`, which holds the hashes of all its files."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model said of one cell; never changed after it is made. `probabilities` stand in `classes`' order."""

    model: ModelId
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def first(self) -> str:
        """The class with the highest probability."""
        return self.classes[int(np.argmax(self.probabilities))]

    @property
    def confidence(self) -> float:
        return max(self.probabilities)


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A Grad-CAM++ map: `grid` uint8 (h, w), 0 at `floor` and 255 at `peak` (the values before scaling).

    `placement` maps crop pixels to the unit square that the grid fills, (0, 0) its upper left corner.
    """

    grid: UInt8Array
    floor: float
    peak: float
    placement: Affine


@dataclass(frozen=True, slots=True)
class HeatShares:
    """Where the heat of a map lies, as shares of it that add up to 1: the acrosome half of the head, its other half,
    the neck below it, and everywhere else.
    """

    acrosome: float
    postacrosome: float
    neck: float
    outside: float
