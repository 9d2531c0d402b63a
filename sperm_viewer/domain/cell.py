"""A cell: the event that scoring sends, and the row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.morphometry import Morphometry
from sperm_viewer.domain.prediction import Heatmap, HeatShares, Prediction
from sperm_viewer.domain.verdict import Verdict


class Status(StrEnum):
    """`NOT_COUNTED`: the image's border cuts the head, the image is in its sample already, or the first reader set the
    cell aside: it is in no figure."""

    SCORED = "scored"
    REFERRED = "referred"
    NOT_COUNTED = "not-counted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell's head is in its image: the upper left corner and the size of its box, in image pixels.

    `angle` is how far the head is turned, in degrees counter-clockwise from upright; None if it is unknown.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float | None = None


@dataclass(frozen=True, slots=True)
class CellScored:
    """One head was scored; `reason` explains in a sentence why it is referred or not counted.

    `size` is that of the image, width and height in pixels. `place`, `morphometry` and `outline`, float32 (n, 2) of x
    and y, are in pixels of the image, None if no head was found. `in_field` is True if the image is a field; the
    heatmap lies on the cell's part of it (`cell_part`), else on the whole image. `shares` is None if the head's
    orientation is unsure, and if the first choice is non-sperm.
    `features` (64,) float16 is a unit vector: cells that look alike to the network have a large inner product.
    `unfamiliar_in` names the aspects in which an out-of-distribution image differs from the training images, such as
    "colour"; it may be empty.
    """

    ref: ImageRef
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
    place: Place | None = None
    morphometry: Morphometry | None = None
    in_field: bool = False
    outline: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class CellFailed:
    """An image that can't be scored; `reason` explains why. `sha256` is empty if the file could not be read."""

    ref: ImageRef
    sha256: str
    reason: str


CellEvent = CellScored | CellFailed


NON_SPERM = "non-sperm"
"""The class of a crop that shows no sperm, if the model has it."""


NOT_ASSESSABLE = "not assessable"
"""What a reader says of a cell that nobody can judge: heads that overlap, on edge, without a tail."""
EXCLUDED = "excluded"
"""What a reader says of a cell that is left out for another reason, which is the note."""
SET_ASIDE = (NOT_ASSESSABLE, EXCLUDED)
"""What a reader says in place of a class: the cell is not counted."""


REFER = "refer"
"""The final class of a cell that the model declined and no person has decided."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of the table: a cell of a session with the result of the model in use and the readers' verdicts.

    `sample` is the identifier of its sample, `slide` the id of its slide: `ref.slide` is unique within a sample alone.
    `prediction` and the image's `size` (width, height) are None if the image failed, `place` and `morphometry` (in
    pixels) also if no head was found. `number` counts the cells of an image from 1. `verdict` is the first reader's and
    `second` the blind second reader's, None if there is none; a verdict may hold only a note and no class. `outline` is
    the head's, as `session.rows.outline_text` writes it, empty if there is none; `outlined_by` is the person who added,
    split or redrew the head, empty if the app found it. `normal_class` is that of the model.
    """

    id: int
    sample: str
    slide: int
    ref: ImageRef
    sha256: str
    size: tuple[int, int] | None
    place: Place | None
    status: Status
    prediction: Prediction | None
    flags: frozenset[Flag]
    reason: str
    shares: HeatShares | None
    verdict: Verdict | None
    app_version: str
    second: Verdict | None = None
    number: int = 1
    in_field: bool = False
    morphometry: Morphometry | None = None
    outline: str = ""
    normal_class: str = ""
    outlined_by: str = ""

    @property
    def slide_name(self) -> str:
        """`slide A`, or `P-12 / slide A` if the sample has another name than its slide."""
        return self.ref.slide if self.sample == self.ref.slide else f"{self.sample} / {self.ref.slide}"

    @property
    def countable(self) -> bool:
        """Whether the cell is part of the figures: it didn't fail, and nobody and nothing set it aside."""
        return self.status in (Status.SCORED, Status.REFERRED)

    @property
    def set_aside(self) -> bool:
        """Whether the first reader set the cell aside."""
        return bool(self.verdict and self.verdict.class_name in SET_ASIDE)

    @property
    def readable(self) -> bool:
        """Whether a person can decide on the cell. A field without a head has nothing to decide on."""
        return (self.countable or self.set_aside) and not (self.in_field and self.place is None)

    @property
    def reviewed(self) -> bool:
        """Whether the first reader gave a class."""
        return bool(self.verdict and self.verdict.class_name)

    @property
    def final_class(self) -> str:
        """The verdict if there is one, else `refer` if the model declined, else the prediction's class.

        Empty for a cell that failed or isn't counted.
        """
        if not self.countable:
            return ""
        if self.verdict and self.verdict.class_name:
            return self.verdict.class_name
        if self.status is Status.REFERRED:
            return REFER
        return self.prediction.first if self.prediction else ""
