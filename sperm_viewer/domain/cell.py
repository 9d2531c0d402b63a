"""A cell: the event that scoring sends, and the row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import Heatmap, HeatShares, Prediction
from sperm_viewer.domain.verdict import Verdict


class Status(StrEnum):
    SCORED = "scored"
    REFERRED = "referred"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CellScored:
    """One head was scored; `status` is scored or referred, and `reason` says in words why it was referred.

    `shares` is None where the head's orientation is unsure, and where the first choice is no sperm. `features` (64,)
    float16 is a unit vector: cells that look alike to the network have a large inner product.
    """

    ref: CropRef
    sha256: str
    size: tuple[int, int]
    prediction: Prediction
    heatmap: Heatmap
    flags: frozenset[Flag]
    status: Status
    reason: str = ""
    shares: HeatShares | None = None
    features: npt.NDArray[np.float16] | None = None


@dataclass(frozen=True, slots=True)
class CellFailed:
    """One crop can't be scored; `reason` says in words why. `sha256` is empty where the file could not be read."""

    ref: CropRef
    sha256: str
    reason: str


CellEvent = CellScored | CellFailed


NON_SPERM = "non-sperm"
"""The class of a crop that shows no sperm, where the model knows it."""


REFER = "refer"
"""The final class of a cell that the model declined and no person has decided."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of the table: a crop of a session with what the model in use said of it, and what readers did.

    `prediction` and `size` (width, height) are None where the crop failed. `verdict` is the first reader's and
    `second` the blind second reader's, None where there is none; a verdict may hold a note alone, and say no class.
    """

    id: int
    ref: CropRef
    sha256: str
    size: tuple[int, int] | None
    status: Status
    prediction: Prediction | None
    flags: frozenset[Flag]
    reason: str
    shares: HeatShares | None
    verdict: Verdict | None
    app_version: str
    second: Verdict | None = None

    @property
    def reviewed(self) -> bool:
        """Whether the first reader said a class."""
        return bool(self.verdict and self.verdict.said)

    @property
    def final_class(self) -> str:
        """The verdict where there is one, else `refer` where the model declined, else the prediction's class."""
        if self.verdict and self.verdict.said:
            return self.verdict.said
        if self.status is Status.REFERRED:
            return REFER
        return self.prediction.first if self.prediction else ""
