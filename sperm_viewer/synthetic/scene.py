"""What lies on the glass under `render`, and how lamp, lens and camera see it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.synthetic.optics import Dice, Light, blurred, mottle, rounded, shifted, smooth_step
from sperm_viewer.synthetic.shapes import FINE, HeadPatch, averaged

Colour = tuple[float, float, float]
"""Red, green, blue on the scale of 8-bit pixels."""


class Stream(IntEnum):
    """Each aspect of an image has a stream of chance of its own, so that changing one leaves the others alone."""

    LAMP = 0
    OUTLINE = 1
    STAIN = 2
    TAIL = 3
    SURROUNDINGS = 4
    GRAIN = 5
    LENS = 6
    VARIETY = 7


@dataclass(frozen=True, slots=True)
class Look:
    """How a stain, a microscope and a camera make cells look. Lengths and sigmas in pixels, colours 0-255.

    `shape` (height, width) is the usual size of a crop, `head_length` the usual length of a normal head. Backgrounds
    vary between the two given. `fringe` is how far (right, down) red falls from green; blue falls half as far to the
    other side. `sharpening` is the camera's: (amount, sigma) of an unsharp mask, which makes halos and dark rims.
    """

    name: str
    shape: tuple[int, int]
    head_length: float
    backgrounds: tuple[Colour, Colour]
    acrosome: Colour
    postacrosome: Colour
    rim: Colour
    tail: Colour
    clump: Colour
    unevenness: float
    fringe: tuple[float, float]
    softness: float
    sharpening: tuple[float, float]
    grain: Colour


PINK = Look(
    name="pink",
    shape=(131, 131),
    head_length=38.0,
    backgrounds=((240.0, 158.0, 170.0), (253.0, 170.0, 196.0)),
    acrosome=(194.0, 88.0, 138.0),
    postacrosome=(118.0, 52.0, 98.0),
    rim=(84.0, 28.0, 70.0),
    tail=(135.0, 65.0, 100.0),
    clump=(150.0, 50.0, 110.0),
    unevenness=1.5,
    fringe=(-0.3, -0.3),
    softness=0.8,
    sharpening=(1.2, 2.0),
    grain=(4.0, 4.4, 6.2),
)
"""Like HuSHeM (Shaker et al. 2017, doi:10.17632/tt3yj2pf38.3): pink ground, purple heads with a bright halo."""

GREY = Look(
    name="grey",
    shape=(166, 166),
    head_length=45.0,
    backgrounds=((200.0, 186.0, 180.0), (204.0, 200.0, 188.0)),
    acrosome=(145.0, 90.0, 169.0),
    postacrosome=(66.0, 40.0, 160.0),
    rim=(58.0, 30.0, 148.0),
    tail=(115.0, 105.0, 155.0),
    clump=(92.0, 48.0, 148.0),
    unevenness=2.6,
    fringe=(0.8, -2.8),
    softness=1.5,
    sharpening=(0.5, 3.0),
    grain=(1.0, 1.0, 1.0),
)
"""Like SMIDS (doi:10.17632/6xvdhc9fyb.1): warm grey ground, blue-violet heads with coloured fringes."""


@dataclass(frozen=True, slots=True)
class HeadStain:
    """How deeply a head took the stain: `depth` is 1 for the usual colour and 0 for none, `acrosome` is the share of
    the head's length that stays pale, and `patchiness` how ragged the border between pale and dark is."""

    depth: float
    acrosome: float
    patchiness: float


@dataclass(slots=True)
class Scene:
    """A piece of glass of `shape` (height, width) with stained things on it.

    `passed` is the share of light let through; `lines` and `clumps` are fine drawings of opacity, 0-255.
    """

    look: Look
    shape: tuple[int, int]
    seed: int
    passed: Light = field(init=False)
    lines: UInt8Array = field(init=False)
    clumps: UInt8Array = field(init=False)

    def __post_init__(self) -> None:
        height, width = self.shape
        self.passed = np.ones((height, width, 3))
        self.lines = np.zeros((height * FINE, width * FINE), np.uint8)
        self.clumps = np.zeros_like(self.lines)

    def stain_head(self, patch: HeadPatch, stain: HeadStain, length: float, dice: Dice) -> None:
        """Lays a head of `length` pixels on the glass: pale acrosome, dark post-acrosomal part, darker rim."""
        along, across = patch.along, np.abs(patch.across)
        texture = mottle(dice, (along.shape[0], along.shape[1]), 0.16 * length)
        # The acrosome's border bulges towards the neck in the middle of the head.
        border = 1 - 2 * stain.acrosome - 0.12 * (1 - across * across)
        blend = dice.uniform(0.25, 0.55)
        dark = 1 - smooth_step(along - border + stain.patchiness * texture, -blend, blend)
        # The acrosome is palest at its tip.
        dark = dark - 0.2 * (1 - dark) * np.maximum(along, 0)
        rim = smooth_step(np.maximum(across, np.abs(along)), 0.72, 1.0) * (0.25 + 0.75 * dark)
        depth = stain.depth * (1 + 0.09 * texture)
        look = self.look
        inks = zip(*(self._ink(colour) for colour in (look.acrosome, look.postacrosome, look.rim)), strict=True)
        for channel, (acrosome, postacrosome, edge) in enumerate(inks):
            absorbed = (1 - acrosome) + (acrosome - postacrosome) * dark
            absorbed = absorbed + np.maximum(1 - edge - absorbed, 0) * rim
            absorbed = np.clip(absorbed * depth, 0, 0.96) * patch.cover
            self.passed[patch.rows, patch.columns, channel] *= 1 - absorbed

    def stain_spot(self, centre: tuple[float, float], radius: float, paleness: float) -> None:
        """Lays a round spot on the glass (`paleness` down to -1), or clears one from it (up to +1)."""
        y, x = (np.arange(size) - at for size, at in zip(self.shape, reversed(centre), strict=True))
        away = np.sqrt(x[None, :] * x[None, :] + y[:, None] * y[:, None])
        strength = (1 - smooth_step(away, 0.6 * radius, 1.2 * radius)) * abs(paleness)
        for channel, dark in enumerate(self._ink(self.look.postacrosome)):
            plane = self.passed[..., channel]
            plane += strength * ((1 - plane) if paleness > 0 else plane * (dark - 1))

    def photographed(self, blur: float) -> UInt8Array:
        """The image that the camera takes, uint8 (height, width, 3); `blur` is how far out of focus, a Gaussian sigma
        in pixels."""
        look = self.look
        passed = self.passed.copy()
        for drawing, colour in ((self.lines, look.tail), (self.clumps, look.clump)):
            cover = averaged(drawing) / 255
            for channel, dark in enumerate(self._ink(colour)):
                passed[..., channel] *= 1 - cover * (1 - dark)
        dice = Dice(self.seed, Stream.LENS)
        right, down = (fringe * dice.uniform(0.3, 1.3) for fringe in look.fringe)
        for channel, factor in ((0, 1.0), (2, -0.5)):
            passed[..., channel] = shifted(passed[..., channel], factor * right, factor * down)
        seen = blurred(self._lamp() * passed, rounded(math.sqrt(look.softness**2 + blur**2)))
        amount, sigma = look.sharpening
        seen = seen + amount * dice.uniform(0.6, 1.3) * (seen - blurred(seen, sigma))
        seen = seen + Dice(self.seed, Stream.GRAIN).normal(seen.shape) * np.array(look.grain)
        return np.asarray(np.floor(np.clip(seen, 0, 255) + 0.5), np.uint8)

    def _lamp(self) -> Light:
        dice = Dice(self.seed, Stream.LAMP)
        mix, tilt_x, tilt_y = dice.uniform(0, 1), dice.uniform(-3, 3), dice.uniform(-3, 3)
        height, width = self.shape
        slope = tilt_x * _ramp(width)[None, :] + tilt_y * _ramp(height)[:, None]
        uneven = slope + self.look.unevenness * (mottle(dice, self.shape, 9.0) + mottle(dice, self.shape, 30.0))
        first, second = (np.array(colour) for colour in self.look.backgrounds)
        return np.asarray(first + (second - first) * mix + uneven[..., None])

    def _ink(self, colour: Colour) -> list[float]:
        """The share of light that must pass for the colour to be seen on a middling background."""
        return [2 * c / (a + b) for c, a, b in zip(colour, *self.look.backgrounds, strict=True)]


def _ramp(size: int) -> npt.NDArray[np.float64]:
    """Evenly from about -1 to 1 over `size` pixels."""
    return np.asarray((np.arange(size) + 0.5) * (2 / size) - 1, np.float64)
