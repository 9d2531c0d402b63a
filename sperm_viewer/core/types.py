"""What passes between rooms: frozen, slotted values, in the order in which they arise.

Pixels are RGB, uint8, shape (height, width, 3) everywhere; points are (x, y) in pixels, origin at the centre of
the upper left pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
Affine = npt.NDArray[np.float64]
"""A 2 x 3 matrix that maps (x, y, 1) to (x, y)."""


class Status(StrEnum):
    SCORED = "scored"
    REFERRED = "referred"
    FAILED = "failed"


class Flag(StrEnum):
    """What a person should know of a crop; the texts are in `FLAG_TEXT`."""

    WINDOWED = "windowed"
    SMALL = "small"
    NO_HEAD = "no-head"
    FIELD = "field"
    SEVERAL = "several"
    CUT = "cut"
    HEAD_SIZE = "head-size"
    FOCUS = "focus"
    EXPOSURE = "exposure"
    UNLIKE = "unlike"
    UNCERTAIN = "uncertain"


FLAG_TEXT: Mapping[Flag, str] = {
    Flag.WINDOWED: "The image has more than 8 bits a channel; it was brought to 8 bits from its own darkest to its "
    "own brightest value.",
    Flag.SMALL: "The image is smaller than 32 pixels: too little to judge a head by.",
    Flag.NO_HEAD: "No head stands out from the background.",
    Flag.FIELD: "This looks like a whole field with many heads; fields are not supported yet.",
    Flag.SEVERAL: "More than one head is near the centre; the one nearest the centre was scored.",
    Flag.CUT: "The head is cut off by the edge of the image.",
    Flag.HEAD_SIZE: "The head is far smaller or larger than the heads this model learnt from.",
    Flag.FOCUS: "The image is out of focus.",
    Flag.EXPOSURE: "The image is much too dark or much too bright.",
    Flag.UNLIKE: "The image looks unlike those that the model learnt from: another microscope, stain, magnification or "
    "focus, or no sperm at all.",
    Flag.UNCERTAIN: "The model is not sure: its first choice is below the model's refer threshold.",
}

DIFFERENT = "Different from the training data:"
"""Begins the sentence that says what makes an image unlike the training data."""


@dataclass(frozen=True, slots=True)
class CropRef:
    """Where a crop is. `slide` is the slide's name; `page` counts from 1 in a file of several pages, else None."""

    slide: str
    path: Path
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Crop:
    """A crop that was read: `rgb` uint8 (height, width, 3); `sha256` is that of the whole file, in hex."""

    ref: CropRef
    rgb: UInt8Array
    sha256: str
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class Head:
    """The head found in a crop.

    `mask` is True on the head and covers its bounding box alone, whose upper left pixel is `corner` (x, y) of the
    crop; `centre` is the mask's centroid in the crop; `angle` is how far the head is turned, in
    degrees counter-clockwise from upright (acrosome up); `oriented` is False where up and down could not be told
    apart; `length` and `width` are along and across the axis, in pixels.
    """

    mask: BoolArray
    corner: tuple[int, int]
    centre: tuple[float, float]
    angle: float
    oriented: bool
    length: float
    width: float


@dataclass(frozen=True, slots=True)
class CanonicalCrop:
    """The window the network sees: `rgb` (size, size, 3); `transform` maps crop pixels to the pixels of `rgb`."""

    rgb: UInt8Array
    transform: Affine


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


@dataclass(frozen=True, slots=True)
class Decision:
    """All that one reader holds of a cell: the class said, empty for none yet, a note, and the anomalies ticked.

    `anomalies` are names of `core.anomalies.Anomaly`; None where the reader ticked no list.
    """

    said: str = ""
    note: str = ""
    anomalies: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with who made it and when; `at` is UTC, ISO 8601."""

    said: str
    reviewer: str
    at: str
    note: str = ""
    anomalies: frozenset[str] | None = None

    @property
    def decision(self) -> Decision:
        return Decision(self.said, self.note, self.anomalies)


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
