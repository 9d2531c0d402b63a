"""Synthetic crops and fields of stained sperm heads, with the truth about each head, for training and tests.

The same description gives the same bytes on every platform. Colours and sizes follow two public data sets (named at
`PINK` and `GREY`); no pixel comes from them.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from sperm_viewer.domain.arrays import BoolArray, UInt8Array
from sperm_viewer.synthetic.description import (
    ACROSOME_VACUOLE,
    NECK_DROPLET,
    CellDescription,
    HeadTruth,
    Rendered,
    RenderedField,
    Spot,
    typical_cell,
)
from sperm_viewer.synthetic.optics import Dice
from sperm_viewer.synthetic.scene import GREY, PINK, HeadStain, Look, Scene, Stream
from sperm_viewer.synthetic.shapes import (
    HeadClass,
    HeadPatch,
    Outline,
    Pose,
    draw_clump,
    draw_strand,
    draw_tail,
    head_outline,
    head_patch,
)

__all__ = [
    "ACROSOME_VACUOLE",
    "GREY",
    "NECK_DROPLET",
    "PINK",
    "CellDescription",
    "HeadClass",
    "HeadTruth",
    "Look",
    "Rendered",
    "RenderedField",
    "Spot",
    "render_cell",
    "render_debris",
    "render_empty",
    "render_field",
    "typical_cell",
]


def render_cell(description: CellDescription) -> Rendered:
    """Renders one cell in a crop.

    Raises ValueError if the offset puts the whole head outside the crop.
    """
    shape = description.crop_shape
    scene = Scene(description.look, shape, description.seed)
    pose = Pose(_middle(shape, description.offset), description.turn)
    outline = _outline(description)
    patch = head_patch(outline, pose, shape)
    mask = np.zeros(shape, np.bool_)
    mask[patch.rows, patch.columns] = patch.cover >= 0.5
    if not mask.any():
        raise ValueError(f"the head lies outside the crop: its middle is at {pose.origin}")
    _surround(scene, description, pose)
    _lay(scene, description, outline, pose, patch)
    spots = tuple(_lay_spot(scene, spot, outline, pose) for spot in description.spots)
    truth = _truth(mask, outline, description.turn)
    rgb = scene.photographed(description.blur)
    return Rendered(rgb, mask, truth.centre, truth.angle, truth.length, truth.width, spots)


def render_debris(look: Look = GREY, seed: int = 0, shape: tuple[int, int] | None = None) -> UInt8Array:
    """A crop with clumps of stain in its middle and no head: uint8 RGB of `shape`, or of the look's usual one."""
    shape = look.shape if shape is None else shape
    scene = Scene(look, shape, seed)
    dice = Dice(seed, Stream.SURROUNDINGS)
    size = look.head_length
    middle = _middle(shape, (dice.uniform(-4, 4), dice.uniform(-4, 4)))
    if dice.below(3) == 0:
        _lay_lump(scene, middle, dice)
    for _ in range(1 + dice.below(3)):
        place = Pose(middle, dice.uniform(0, 360)).point(size * dice.uniform(0, 0.35), 0)
        draw_clump(scene.clumps, place, size * dice.uniform(0.25, 0.5), 14 + dice.below(30), dice)
    for _ in range(dice.below(4)):
        _speckle(scene, size, dice)
    return scene.photographed(0.0)


def render_empty(look: Look = GREY, seed: int = 0, shape: tuple[int, int] | None = None) -> UInt8Array:
    """A crop of bare background: uint8 RGB of `shape`, or of the look's usual one."""
    return Scene(look, look.shape if shape is None else shape, seed).photographed(0.0)


def render_field(
    look: Look = PINK, seed: int = 0, heads: int = 30, shape: tuple[int, int] = (700, 900)
) -> RenderedField:
    """A whole microscope view with `heads` heads, most of them normal, none touching another or the edge.

    Raises ValueError if so many heads don't fit into `shape` (height, width).
    """
    scene = Scene(look, shape, seed)
    dice = Dice(seed, Stream.SURROUNDINGS)
    labels = np.zeros(shape, np.int32)
    truths: list[HeadTruth] = []
    for label, place in enumerate(_places(shape, heads, 1.6 * look.head_length, dice), start=1):
        head_class = list(HeadClass)[max(0, dice.below(8) - 4)]
        cell = typical_cell(head_class, look, seed * 1000 + label)
        outline, pose = _outline(cell), Pose(place, cell.turn)
        patch = head_patch(outline, pose, shape)
        _lay(scene, cell, outline, pose, patch)
        labels[patch.rows, patch.columns][patch.cover >= 0.5] = label
        truths.append(_truth(labels == label, outline, cell.turn))
    for _ in range(heads // 3):
        _speckle(scene, look.head_length, dice)
    return RenderedField(scene.photographed(0.0), labels, tuple(truths))


def _middle(shape: tuple[int, int], offset: tuple[float, float] = (0, 0)) -> tuple[float, float]:
    return (shape[1] - 1) / 2 + offset[0], (shape[0] - 1) / 2 + offset[1]


def _outline(cell: CellDescription) -> Outline:
    return head_outline(cell.head_class, *cell.head_size, Dice(cell.seed, Stream.OUTLINE))


def _truth(mask: BoolArray, outline: Outline, turn: float) -> HeadTruth:
    ys, xs = np.nonzero(mask)
    centre = int(xs.sum()) / len(xs), int(ys.sum()) / len(ys)
    return HeadTruth(centre, (turn + 180) % 360 - 180, outline.length, outline.width)


def _lay(scene: Scene, cell: CellDescription, outline: Outline, pose: Pose, patch: HeadPatch) -> None:
    """Lays a head and its tail on the glass."""
    if cell.tail:
        draw_tail(scene.lines, outline, pose, Dice(cell.seed, Stream.TAIL))
    patchiness = 0.2 if cell.head_class is HeadClass.AMORPHOUS else 0.12
    stain = HeadStain(cell.stain, cell.acrosome, patchiness)
    scene.stain_head(patch, stain, outline.length, Dice(cell.seed, Stream.STAIN))


def _lay_spot(scene: Scene, spot: Spot, outline: Outline, pose: Pose) -> tuple[float, float]:
    aside = outline.bend * min(spot.along * spot.along, 1.0)
    centre = pose.point(0.5 * spot.along * outline.length, 0.5 * spot.across * outline.width + aside)
    scene.stain_spot(centre, spot.radius * outline.length, spot.paleness)
    return centre


def _lay_lump(scene: Scene, middle: tuple[float, float], dice: Dice) -> None:
    """A compact lump of debris: as dark as a head throughout, with neither acrosome nor tail."""
    size = scene.look.head_length * dice.uniform(0.5, 0.9)
    outline = head_outline(HeadClass.AMORPHOUS, size, size * dice.uniform(0.6, 1), dice)
    patch = head_patch(outline, Pose(middle, dice.uniform(0, 360)), scene.shape)
    scene.stain_head(patch, HeadStain(depth=1.0, acrosome=0.0, patchiness=0.2), size, dice)


def _surround(scene: Scene, description: CellDescription, pose: Pose) -> None:
    """Other heads, stray tails and bits of debris, around the head but not on it."""
    dice = Dice(description.seed, Stream.SURROUNDINGS)
    length, width = description.head_size
    if description.twin:
        twin = typical_cell(HeadClass.NORMAL, description.look, description.seed * 1000 + 999)
        twin = replace(twin, length=0.85 * length, width=0.57 * length)
        beside = 0.5 * (width + twin.head_size[1]) + 0.1 * length
        _lay_other(scene, twin, Pose(pose.point(0, beside), pose.turn))
    for index in range(description.neighbours):
        other = typical_cell(HeadClass.NORMAL, description.look, description.seed * 1000 + 900 + index)
        away = (length + other.head_size[0]) * dice.uniform(0.62, 0.85)
        # The full turn is shared out among the neighbours, which keeps them off each other; their acrosomes point to
        # the head, which keeps their tails off it.
        direction = description.turn + 360 * (index + dice.uniform(0.2, 0.8)) / description.neighbours - 150
        place = Pose(pose.origin, direction).point(away, 0)
        _lay_other(scene, other, Pose(place, direction + 180 + dice.uniform(-60, 60)))
    for _ in range(description.specks):
        _speckle(scene, length, dice)


def _lay_other(scene: Scene, cell: CellDescription, pose: Pose) -> None:
    outline = _outline(cell)
    _lay(scene, cell, outline, pose, head_patch(outline, pose, scene.shape))


def _speckle(scene: Scene, length: float, dice: Dice) -> None:
    """A stray tail, or a bit of debris near the edge."""
    turn, half = dice.uniform(0, 360), 0.5 * max(scene.shape)
    middle = Pose(_middle(scene.shape), turn)
    if dice.below(2):
        # At a right angle to the line from the middle it keeps away from what is there.
        through = middle.point(dice.uniform(0.9 * length, half), 0)
        draw_strand(scene.lines, through, math.radians(turn + 90), dice)
    else:
        place = middle.point(half * dice.uniform(0.75, 1.2), 0)
        draw_clump(scene.clumps, place, length * dice.uniform(0.02, 0.2), 2 + dice.below(8), dice)


def _places(shape: tuple[int, int], count: int, apart: float, dice: Dice) -> list[tuple[float, float]]:
    """Points (x, y) at least `apart` pixels from each other and half as far from the edge."""
    height, width = shape
    places: list[tuple[float, float]] = []
    for _ in range(200 * count):
        if len(places) == count:
            break
        x, y = (dice.uniform(apart / 2, size - apart / 2) for size in (width, height))
        if all((x - a) ** 2 + (y - b) ** 2 >= apart**2 for a, b in places):
            places.append((x, y))
    if len(places) < count:
        raise ValueError(f"{count} heads don't fit on a field of {width} x {height} px")
    return places
