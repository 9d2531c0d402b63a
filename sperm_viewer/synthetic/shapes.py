"""The shapes under `render`: outlines of heads as the field defines the classes, tails, and clumps of debris.

A head has its own frame: `along` runs from -1 at the neck to +1 at the tip of the acrosome, `across` from -1 at the
left flank to +1 at the right one, seen with the acrosome up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.synthetic.optics import Dice, Plane, rounded, smooth_step

FINE = 4
"""Shapes are drawn this many times finer than pixels, then averaged: that is all the anti-aliasing there is."""
_STEPS = 1024

Profile = npt.NDArray[np.float64]
"""Half-width of a head at `_STEPS` + 1 places from the neck to the tip."""


class HeadClass(StrEnum):
    NORMAL = "normal"
    TAPERED = "tapered"
    PYRIFORM = "pyriform"
    AMORPHOUS = "amorphous"


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the middle of a head's axis is (x, y, pixels) and how far the head is turned.

    `turn` is in degrees, counter-clockwise from upright (acrosome up).
    """

    origin: tuple[float, float]
    turn: float

    @property
    def forward(self) -> tuple[float, float]:
        """Unit vector (x, y) from neck to acrosome."""
        angle = math.radians(self.turn)
        # Image y runs down, so a counter-clockwise turn takes the acrosome to negative x.
        return -rounded(math.sin(angle)), -rounded(math.cos(angle))

    def point(self, ahead: float, right: float) -> tuple[float, float]:
        """The image point (x, y) that is so many pixels ahead and to the right of the origin."""
        fx, fy = self.forward
        return self.origin[0] + ahead * fx - right * fy, self.origin[1] + ahead * fy + right * fx


@dataclass(frozen=True, slots=True)
class Outline:
    """A head's outline: `length` in pixels, `left` and `right` half-widths in pixels, the ends bent aside by `bend`."""

    length: float
    left: Profile
    right: Profile
    bend: float = 0.0

    @property
    def width(self) -> float:
        """Extent across the axis, in pixels."""
        along = np.linspace(-1.0, 1.0, _STEPS + 1)
        aside = self.bend * along * along
        return float((aside + self.right).max() - (aside - self.left).min())

    @property
    def neck(self) -> tuple[float, float]:
        """Where the tail is attached: pixels ahead and to the right of the origin."""
        return -0.5 * self.length, self.bend


@dataclass(frozen=True, slots=True)
class HeadPatch:
    """A head on the part of the image that it touches: arrays (rows, columns) for `image[rows, columns]`.

    `cover` is the share of each pixel that lies in the head; `along` and `across` are the head's own coordinates.
    """

    rows: slice
    columns: slice
    cover: Plane
    along: Plane
    across: Plane


def head_outline(head_class: HeadClass, length: float, width: float, dice: Dice) -> Outline:
    """An outline of the class with the given length and (before any irregularity) width, in pixels.

    Normal: a smooth oval. Tapered: a slender one that narrows to the neck. Pyriform: a pear, widest in front, with a
    drawn-out neck. Amorphous: without a regular shape, no two alike.
    """
    along = np.linspace(-1.0, 1.0, _STEPS + 1)
    profile = _PROFILES[head_class](along, dice)
    half = profile * (0.5 * width / profile.max())
    if head_class is not HeadClass.AMORPHOUS:
        bend = 0.02 * length * dice.uniform(-1, 1)
        return Outline(length, half, half, bend)
    left, right = half * _lumps(along, dice), half * _lumps(along, dice)
    if dice.below(3) == 0:
        whole = smooth_step(np.abs(along - dice.uniform(-0.4, 0.5)), 0.0, dice.uniform(0.4, 0.6))
        left = left * (1 - dice.uniform(0.3, 0.5) * (1 - whole))
    bend = length * dice.uniform(0.03, 0.1) * (1 if dice.below(2) else -1)
    return Outline(length, left, right, bend) if dice.below(2) else Outline(length, right, left, bend)


def _oval(along: Profile) -> Profile:
    return np.sqrt(np.maximum(1 - along * along, 0))


def _normal(along: Profile, dice: Dice) -> Profile:
    pointed = dice.uniform(0.1, 0.25)
    return _oval(along) * (1 + 0.06 * along) * (1 - pointed * (1 - smooth_step(along, -1.0, -0.2)))


def _tapered(along: Profile, dice: Dice) -> Profile:
    waist = dice.uniform(0.2, 0.45)
    return _oval(along) * (1 - waist * (1 - smooth_step(along, -1.1, 0.5)))


def _pyriform(along: Profile, dice: Dice) -> Profile:
    middle, stalk = dice.uniform(0.28, 0.4), dice.uniform(0.3, 0.46)
    front = _oval(np.clip((along - middle) / (1 - middle), 0, 1))
    pear = stalk + (1 - stalk) * smooth_step(along, dice.uniform(-0.8, -0.65), middle)
    return front * pear * _oval(np.clip((along + 0.85) / 0.15, -1, 0))


def _amorphous(along: Profile, dice: Dice) -> Profile:
    # Between an oval (power 1/2) and a block (1/4): irregular heads have corners.
    corners = dice.uniform(0, 1)
    oval = _oval(along)
    return oval * (1 - corners) + np.sqrt(oval) * corners


_PROFILES = {
    HeadClass.NORMAL: _normal,
    HeadClass.TAPERED: _tapered,
    HeadClass.PYRIFORM: _pyriform,
    HeadClass.AMORPHOUS: _amorphous,
}


def _lumps(along: Profile, dice: Dice) -> Profile:
    """A factor around 1 along a flank: straight lines between a few irregular knots, for an angular outline."""
    knots = [dice.uniform(0.68, 1.1) for _ in range(5 + dice.below(2))]
    place = (along + 1) * (0.5 * (len(knots) - 1))
    below = np.minimum(place.astype(np.intp), len(knots) - 2)
    values = np.array(knots)
    return np.asarray(values[below] + (values[below + 1] - values[below]) * (place - below))


def head_patch(outline: Outline, pose: Pose, shape: tuple[int, int]) -> HeadPatch:
    """A head on the pixels of an image of `shape` (height, width); empty where it lies outside."""
    reach = 0.5 * math.sqrt(outline.length**2 + (outline.width + 2 * abs(outline.bend)) ** 2) + 2
    rows, columns = (
        slice(min(max(math.floor(at - reach), 0), size), min(max(math.ceil(at + reach) + 1, 0), size))
        for at, size in zip(reversed(pose.origin), shape, strict=True)
    )
    fine_along, fine_across = _head_frame(outline, pose, rows, columns, FINE)
    inside = (np.abs(fine_along) <= 1) & (np.abs(fine_across) <= 1)
    along, across = _head_frame(outline, pose, rows, columns, 1)
    return HeadPatch(rows, columns, averaged(inside.astype(np.uint8)), along, across)


def _head_frame(outline: Outline, pose: Pose, rows: slice, columns: slice, fine: int) -> tuple[Plane, Plane]:
    y, x = (
        (np.arange(part.start * fine, part.stop * fine) + 0.5) / fine - 0.5 - at
        for part, at in ((rows, pose.origin[1]), (columns, pose.origin[0]))
    )
    fx, fy = pose.forward
    along = (x[None, :] * fx + y[:, None] * fy) / (0.5 * outline.length)
    aside = y[:, None] * fx - x[None, :] * fy - outline.bend * np.minimum(along * along, 1)
    place = np.clip((along + 1) * (0.5 * _STEPS), 0, _STEPS)
    below = np.minimum(place.astype(np.intp), _STEPS - 1)
    left, right = (p[below] + (p[below + 1] - p[below]) * (place - below) for p in (outline.left, outline.right))
    # The tips have no width: a hair keeps the quotient finite, and still puts all around a tip outside.
    return along, aside / np.maximum(np.where(aside < 0, left, right), 1e-6)


def averaged(fine: UInt8Array) -> Plane:
    """A fine drawing, uint8 (`FINE` * height, `FINE` * width), averaged to pixels, float64, on the scale it had."""
    total = np.zeros((fine.shape[0] // FINE, fine.shape[1] // FINE), np.uint16)
    for row in range(FINE):
        for column in range(FINE):
            total += fine[row::FINE, column::FINE]
    return total / float(FINE * FINE)


def draw_tail(canvas: UInt8Array, outline: Outline, pose: Pose, dice: Dice) -> None:
    """Draws midpiece and tail behind a head on a fine canvas, as opacity 0-255."""
    scale = outline.length / 40
    ahead, right = outline.neck
    lean = math.radians(dice.uniform(-12, 12))
    heading = math.radians(pose.turn) + lean
    points = _wander(pose.point(ahead + 1.0, right), heading, 4.0 * scale, 38, 0.16, dice)
    midpiece = 4
    # From the end to the neck, so that the thicker, darker part covers the thinner one.
    for index in range(len(points) - 2, -1, -1):
        fade = 1 - 0.45 * index / len(points)
        thickness, opacity = (2.0, 180) if index < midpiece else (1.2, 150 * fade)
        _line(canvas, points[index], points[index + 1], thickness * scale, opacity)


def draw_strand(canvas: UInt8Array, through: tuple[float, float], heading: float, dice: Dice) -> None:
    """Draws a stray tail through a point (x, y) on a fine canvas.

    `heading` in radians is 0 for straight down and grows counter-clockwise.
    """
    opacity = dice.uniform(60, 130)
    for way in (heading, heading + math.pi):
        points = _wander(through, way, 5.0, 5 + dice.below(20), 0.07, dice)
        _path(canvas, points, 1.2, opacity)


def draw_clump(canvas: UInt8Array, centre: tuple[float, float], spread: float, twigs: int, dice: Dice) -> None:
    """Draws a lacy clump of twigs, about `spread` pixels from its centre (x, y) to its rim, on a fine canvas."""

    def twig(reach: float, thickness: tuple[float, float], opacity: tuple[float, float]) -> None:
        turn, away = dice.uniform(0, 360), reach * dice.uniform(0, 1)
        start = Pose(centre, turn).point(away, 0)
        heading = math.radians(dice.uniform(0, 360))
        points = _wander(start, heading, dice.uniform(1.5, 3.5), 3 + dice.below(4), 0.9, dice)
        _path(canvas, points, dice.uniform(*thickness), dice.uniform(*opacity))

    for _ in range(twigs // 3):
        twig(0.7 * spread, (3.0, 6.0), (40, 130))
    for _ in range(twigs):
        twig(spread, (1.0, 3.0), (60, 220))


def _wander(
    start: tuple[float, float], heading: float, step: float, count: int, turning: float, dice: Dice
) -> list[tuple[float, float]]:
    """A curved path of `count` steps of `step` pixels; `heading` in radians is 0 for straight down."""
    x, y = start
    points = [start]
    curve = 0.0
    for _ in range(count):
        curve = 0.7 * curve + turning * dice.uniform(-1, 1)
        heading += curve
        x, y = x + step * rounded(math.sin(heading)), y + step * rounded(math.cos(heading))
        points.append((x, y))
    return points


def _path(canvas: UInt8Array, points: list[tuple[float, float]], thickness: float, opacity: float) -> None:
    for first, second in pairwise(points):
        _line(canvas, first, second, thickness, opacity)


def _line(
    canvas: UInt8Array, first: tuple[float, float], second: tuple[float, float], thickness: float, opacity: float
) -> None:
    """A straight line with round ends; drawn here because OpenCV's lines may change with its version."""
    (x0, y0), (x1, y1) = (((x + 0.5) * FINE - 0.5, (y + 0.5) * FINE - 0.5) for x, y in (first, second))
    radius = 0.5 * thickness * FINE
    rows, columns = (
        slice(min(max(math.floor(min(ends) - radius), 0), size), min(max(math.ceil(max(ends) + radius) + 1, 0), size))
        for ends, size in (((y0, y1), canvas.shape[0]), ((x0, x1), canvas.shape[1]))
    )
    y = np.arange(rows.start, rows.stop)[:, None] - y0
    x = np.arange(columns.start, columns.stop)[None, :] - x0
    dx, dy = x1 - x0, y1 - y0
    share = np.clip((x * dx + y * dy) / (dx * dx + dy * dy), 0, 1)
    x, y = x - share * dx, y - share * dy
    canvas[rows, columns][x * x + y * y <= radius * radius] = round(opacity)
