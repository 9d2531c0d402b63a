"""Descriptions of synthetic heads, and the truth about rendered ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import BoolArray, UInt8Array
from sperm_viewer.synthetic.optics import Dice, rounded
from sperm_viewer.synthetic.scene import GREY, Look, Stream
from sperm_viewer.synthetic.shapes import HeadClass


@dataclass(frozen=True, slots=True)
class Spot:
    """A round defect in or beside a head.

    `along` is -1 at the neck and +1 at the acrosome's tip (beyond -1: beside the midpiece); `across` is -1 and +1 at
    the head's greatest half-width, left and right seen with the acrosome up; `radius` is a share of the head's length;
    `paleness` is +1 for a spot as pale as the background and -1 for one as dark as the post-acrosomal stain.
    """

    along: float
    across: float
    radius: float
    paleness: float


ACROSOME_VACUOLE = Spot(along=0.5, across=0.1, radius=0.1, paleness=0.9)
NECK_DROPLET = Spot(along=-1.08, across=0.2, radius=0.12, paleness=-0.7)
"""Excess residual cytoplasm beside the neck."""


@dataclass(frozen=True, slots=True)
class CellDescription:
    """One head in a crop.

    `turn` is in degrees, counter-clockwise from upright (acrosome up). `length` and `width` of the head are in pixels;
    None takes what is usual for the class and look. `offset` (x, y) moves the head from the crop's middle, in pixels.
    `stain` is 1 for the usual depth of colour, 0 for none. `acrosome` is the acrosome's share of the head's length.
    `twin` puts a somewhat smaller head close by its right flank; `neighbours` is how many heads lie around at a
    distance, `specks` how many stray tails and bits of debris. `blur` is how far out of focus it is, a Gaussian sigma
    in pixels. `shape` (height, width) is the crop's; None is the look's usual.

    Everything random (irregularities, tail, surroundings, grain) depends on `seed`, each on its own stream: two
    descriptions that differ only in their spots give images that differ only at the spots.

    Raises ValueError if a size, share or count is impossible.
    """

    head_class: HeadClass
    look: Look = GREY
    turn: float = 0.0
    length: float | None = None
    width: float | None = None
    offset: tuple[float, float] = (0.0, 0.0)
    stain: float = 1.0
    acrosome: float = 0.5
    spots: tuple[Spot, ...] = ()
    tail: bool = True
    twin: bool = False
    neighbours: int = 0
    specks: int = 0
    blur: float = 0.0
    seed: int = 0
    shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if min(self.head_size) < 4:
            raise ValueError(f"a head of {self.head_size} px is too small to draw")
        if not 0 <= self.acrosome <= 1:
            raise ValueError(f"the acrosome's share must lie between 0 and 1, not {self.acrosome}")
        if min(self.stain, self.blur, self.neighbours, self.specks, self.seed) < 0:
            raise ValueError("stain, blur, neighbours, specks and seed can't be negative")
        if min(self.crop_shape) < 1:
            raise ValueError(f"a crop of {self.crop_shape} px has no pixels")

    @property
    def head_size(self) -> tuple[float, float]:
        """Length and width in pixels, the usual ones filled in."""
        longer, slenderness = _PROPORTIONS[self.head_class]
        length = self.look.head_length * longer if self.length is None else self.length
        return length, length * slenderness if self.width is None else self.width

    @property
    def crop_shape(self) -> tuple[int, int]:
        """Height and width of the crop in pixels."""
        return self.look.shape if self.shape is None else self.shape


_PROPORTIONS = {
    HeadClass.NORMAL: (1.0, 0.67),
    HeadClass.TAPERED: (1.12, 0.48),
    HeadClass.PYRIFORM: (1.28, 0.55),
    HeadClass.AMORPHOUS: (0.98, 0.74),
}
"""Of each class: length over a normal head's, and width over its own length."""


@dataclass(frozen=True, slots=True)
class HeadTruth:
    """Where a head is.

    `centre` is its centroid (x, y); `angle` is counter-clockwise from upright, in degrees from -180 up to 180;
    `length` and `width` are its extent along and across its axis. All in pixels.
    """

    centre: tuple[float, float]
    angle: float
    length: float
    width: float


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered crop, uint8 RGB (height, width, 3), and the truth about its head.

    `mask` (height, width) is True on the head, as far as it lies in the crop, and `centre` is the mask's centroid;
    `angle`, `length` and `width` are as in `HeadTruth`. `spots` are the centres (x, y) of the described spots.
    """

    rgb: UInt8Array
    mask: BoolArray
    centre: tuple[float, float]
    angle: float
    length: float
    width: float
    spots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedField:
    """A rendered field, uint8 RGB (height, width, 3).

    `labels` (height, width) is 0 on the background and 1 + i on `heads[i]`.
    """

    rgb: UInt8Array
    labels: npt.NDArray[np.int32]
    heads: tuple[HeadTruth, ...]


def typical_cell(head_class: HeadClass, look: Look = GREY, seed: int = 0) -> CellDescription:
    """A description as varied as real crops are: turn, size, stain, acrosome and surroundings drawn from `seed`."""
    dice = Dice(seed, Stream.VARIETY)
    usual = CellDescription(head_class, look)
    length, width = usual.head_size
    scale = dice.uniform(0.9, 1.12)
    # Irregular heads often lack most of the acrosome and stain deeply.
    odd = head_class is HeadClass.AMORPHOUS
    return replace(
        usual,
        turn=rounded(dice.uniform(-180, 180)),
        length=rounded(length * scale),
        width=rounded(width * scale * dice.uniform(0.94, 1.06)),
        offset=(rounded(dice.uniform(-3, 3)), rounded(dice.uniform(-3, 3))),
        stain=rounded(dice.uniform(0.85, 1.35 if odd else 1.15)),
        acrosome=rounded(dice.uniform(0, 0.4) if odd else dice.uniform(0.38, 0.58)),
        neighbours=dice.below(2) * dice.below(2),
        specks=dice.below(4),
        blur=rounded(max(0.0, dice.uniform(-0.5, 0.8))),
        seed=seed,
    )
