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
    """One head was scored; `status` is scored or referred, and `reason` is the sentence that explains a referral.

    `shares` is None if the head's orientation is unsure, and if the first choice is non-sperm. `features` (64,)
    float16 is a unit vector: cells that look alike to the network have a large inner product. `unfamiliar_in` names the
    aspects in which an out-of-distribution image differs from the training images, such as "colour"; it may be empty.
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
    unfamiliar_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellFailed:
    """A crop that can't be scored; `reason` explains why. `sha256` is empty if the file could not be read."""

    ref: CropRef
    sha256: str
    reason: str


CellEvent = CellScored | CellFailed


NON_SPERM = "non-sperm"
"""The class of a crop that shows no sperm, if the model has it."""


REFER = "refer"
"""The final class of a cell that the model declined and no person has decided."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of the table: a crop of a session with the result of the model in use and the readers' verdicts.

    `prediction` and `size` (width, height) are None if the crop failed. `verdict` is the first reader's and
    `second` the blind second reader's, None if there is none; a verdict may hold only a note and no class.
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
        """Whether the first reader gave a class."""
        return bool(self.verdict and self.verdict.class_name)

    @property
    def final_class(self) -> str:
        """The verdict if there is one, else `refer` if the model declined, else the prediction's class."""
        if self.verdict and self.verdict.class_name:
            return self.verdict.class_name
        if self.status is Status.REFERRED:
            return REFER
        return self.prediction.first if self.prediction else ""
