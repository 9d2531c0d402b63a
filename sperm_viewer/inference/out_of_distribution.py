"""Out-of-distribution detection: the distance of a crop's appearance from the model's training crops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.head import Head
from sperm_viewer.imaging.appearance import APPEARANCE, appearance
from sperm_viewer.inference.model_spec import Preprocessing

REFERENCE_APPEARANCE_FILE = "likeness.safetensors"
_ASPECTS = {
    "colour": ("red_green_mean", "yellow_blue_mean", "red_green_sd", "yellow_blue_sd"),
    "brightness": ("lightness_mean",),
    "contrast": ("lightness_sd",),
    "focus or grain": tuple(name for name in APPEARANCE if "_detail_" in name),
    "size of the head": ("head_length", "head_width"),
}
_FAR = 3.0
"""An aspect differs if the root mean square of its numbers exceeds so many standard deviations."""
_SHRINKAGE = 0.05
"""Added to each number's variance (1 after scaling), so that correlated numbers can't inflate the distance."""


@dataclass(frozen=True, slots=True)
class ReferenceAppearance:
    """The appearance of a model's training crops: `mean` and `spread` (n,) of their appearance, `precision` (n, n)."""

    mean: FloatArray
    spread: FloatArray
    precision: FloatArray

    @property
    def head_length(self) -> float:
        """The geometric mean of the lengths of the training crops' heads, in px."""
        return float(np.exp(self.mean[APPEARANCE.index("head_length")]))

    def distance(self, appearance: FloatArray) -> float:
        """Mahalanobis distance (Mahalanobis 1936) of an appearance (n,) from the training crops', over root n."""
        return float(self.distances(appearance[None])[0])

    def distances(self, appearances: FloatArray) -> npt.NDArray[np.float64]:
        """As `distance`, of several (N, n)."""
        apart = self.scaled(appearances)
        squared = np.einsum("ij,jk,ik->i", apart, self.precision.astype(np.float64), apart)
        return np.asarray(np.sqrt(np.maximum(squared, 0) / len(self.mean)))

    def scaled(self, appearances: FloatArray) -> npt.NDArray[np.float64]:
        """The distance of each number (N, n) from the training crops' mean, in standard deviations."""
        return (appearances.astype(np.float64) - self.mean) / self.spread

    def unfamiliar_aspects(self, appearance: FloatArray) -> tuple[str, ...]:
        """The aspects in which an appearance (n,) differs; empty if only the combination of all is unusual."""
        apart = dict(zip(APPEARANCE, self.scaled(appearance[None])[0], strict=True))
        return tuple(
            aspect
            for aspect, names in _ASPECTS.items()
            if np.sqrt(np.mean([apart[name] ** 2 for name in names])) > _FAR
        )

    def arrays(self) -> dict[str, FloatArray]:
        return {"mean": self.mean, "spread": self.spread, "precision": self.precision}


def appearance_of(batch: FloatArray, head: Head | None, preprocessing: Preprocessing) -> FloatArray:
    """The appearance (n,) of the first view of a prepared batch, float32 (views, 3, size, size)."""
    scale, shift = np.array(preprocessing.std, np.float32), np.array(preprocessing.mean, np.float32)
    return appearance(np.ascontiguousarray(batch[0].transpose(1, 2, 0) * scale + shift), head)


def fit_reference_appearance(appearances: FloatArray) -> ReferenceAppearance:
    """The reference of training crops with these appearances (N, n)."""
    values = appearances.astype(np.float64)
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    scaled = (values - mean) / spread
    covariance = scaled.T @ scaled / len(scaled) + _SHRINKAGE * np.eye(scaled.shape[1])
    precision = np.linalg.inv(covariance)
    return ReferenceAppearance(mean.astype(np.float32), spread.astype(np.float32), precision.astype(np.float32))


def parse_reference_appearance(arrays: Mapping[str, FloatArray]) -> ReferenceAppearance:
    """From the arrays of a model folder's file. Raises ModelError if they don't fit."""
    count = len(APPEARANCE)
    shapes = {"mean": (count,), "spread": (count,), "precision": (count, count)}
    if {name: array.shape for name, array in arrays.items()} != shapes:
        raise ModelError(
            f"{REFERENCE_APPEARANCE_FILE}: made for another version of Sperm Viewer. Install the model again."
        )
    if not all(np.isfinite(array).all() for array in arrays.values()) or not (arrays["spread"] > 0).all():
        raise ModelError(f"{REFERENCE_APPEARANCE_FILE}: holds values that are not numbers. Install the model again.")
    return ReferenceAppearance(arrays["mean"], arrays["spread"], arrays["precision"])
