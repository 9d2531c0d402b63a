"""A model for one's own Python: pixels in, an answer out, exactly as the app and the command line give it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.image import CropRef
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer

_IN_MEMORY = CropRef("", Path("array"))


class Predictor:
    """A model on the CPU, by its name or by its folder. `predict` may be called from several threads at once."""

    def __init__(self, model: str | Path) -> None:
        """Raises ModelError where there is no such model, or one of its files was altered."""
        self._scorer = open_scorer(find_model(str(model)), "onnx", "cpu", None).scorer

    def predict(self, rgb: UInt8Array) -> CellScored:
        """The answer for a crop of one head: `prediction`, `heatmap`, `flags`, `status` and `reason`.

        `rgb` is uint8 (height, width, 3) in 0..255, channels in the order red, green, blue. Raises ValueError for
        anything else and for an image without pixels, EngineError where the engine fails.
        """
        if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
            raise ValueError("rgb must be a uint8 array (height, width, 3), red first")
        if not rgb.size:
            raise ValueError("rgb has no pixels")
        return self._scorer.score_pixels(_IN_MEMORY, rgb, "", frozenset())
