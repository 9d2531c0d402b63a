"""Heads and debris cut out of crops and renderings, ready to be laid on another background."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import BoolArray, FloatArray, UInt8Array
from sperm_viewer.domain.head import Head
from sperm_viewer.imaging.head import find_heads, stain_distance
from sperm_viewer.synthetic.optics import Dice
from sperm_viewer.synthetic.render import CellDescription, render_cell
from sperm_viewer.synthetic.scene import Stream
from sperm_viewer.synthetic.shapes import Pose, head_outline, head_patch

_STAINED = 10.0
"""Colour distance from the background (CIELAB, 8-bit units) of what is laid together with a head: its tail's begin."""
_WHOLE = 0.9
"""Least solidity (area over that of the convex hull) of a head that is cut out: others hold something else."""
_CLEAR_BORDER = 0.5
"""Share of the stain's variance that a straight border explains where an acrosome is known."""
_CLEAR_STEP = 0.22
"""Relative difference of stain that a known acrosome needs from the rest of the head."""
_THIRD_OF_RISE = 0.09
"""Half lengths of a rendered head from the middle of the acrosome's border to where the stain has risen by a third."""
_NO_STEP = 0.14
"""Relative difference below which a head certainly shows no acrosome."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """One head (or bit of debris) as a film to lay on any background. Arrays are float32, (height, width[, 3]).

    `passed` is the share of light let through, red, green, blue, relative to the background it came from (halos exceed
    1). `cover` is 1 where the film belongs to the object with its tail, 0 beyond, soft between. `head` is the share of
    each pixel in the head, all 0 for debris. `acrosome` is the share in the acrosome, or None where it is unknown.
    `angle` (degrees, counter-clockwise from upright, acrosome up) means only the axis where `oriented` is False.
    `unit` is the usual head length, in pixels, in images of its source.
    """

    passed: FloatArray
    cover: FloatArray
    head: FloatArray
    acrosome: FloatArray | None
    angle: float
    oriented: bool
    unit: float


def background_colour(rgb: UInt8Array) -> FloatArray:
    """Median colour of the pixels that differ least from the background, float32 (3,), 0-255."""
    distance = stain_distance(rgb)
    return np.asarray(np.median(rgb[distance <= np.quantile(distance, 0.4)], axis=0), np.float32)


def passed_light(rgb: UInt8Array) -> FloatArray:
    """The share of the background's light that each pixel lets through, float32 (height, width, 3), 0.01 to 1.3."""
    return np.asarray(np.clip(rgb / np.maximum(background_colour(rgb), 1.0), 0.01, 1.3), np.float32)


def cut_head(rgb: UInt8Array, unit: float) -> Cutout | None:
    """The head in the middle of a real crop (uint8 RGB), along the mask that `find_heads` makes; None where it is in
    doubt: at the crop's edge, off centre, of an odd size or not in one piece."""
    heads = find_heads(rgb)
    if not heads or not _plausible(heads[0], rgb.shape[:2], unit):
        return None
    head = heads[0]
    mask = _on_crop(head, rgb.shape[:2])
    distance = stain_distance(rgb)
    acrosome = _acrosome(head, distance)
    whole = None if acrosome is None else np.zeros(rgb.shape[:2], np.float32)
    if whole is not None and acrosome is not None:
        whole[_box(head)] = acrosome
    others = np.zeros(rgb.shape[:2], np.bool_)
    for other in heads[1:]:
        others |= _on_crop(other, rgb.shape[:2])
    cover = _cover(mask, distance, others)
    return _trimmed(Cutout(passed_light(rgb), cover, mask.astype(np.float32), whole, head.angle, head.oriented, unit))


def cut_debris(rgb: UInt8Array, unit: float) -> Cutout | None:
    """What is stained in the middle of a crop without a sperm (uint8 RGB); None where it reaches the crop's edge."""
    distance = stain_distance(rgb)
    stained = (distance > _STAINED).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(stained, connectivity=8)
    middle = parts[rgb.shape[0] // 4 : -rgb.shape[0] // 4, rgb.shape[1] // 4 : -rgb.shape[1] // 4]
    sizes = np.bincount(middle.ravel(), minlength=len(stats))[1:]
    if not len(sizes) or sizes.max() < 30:
        return None
    index = 1 + int(sizes.argmax())
    left, top, across, down = (int(v) for v in stats[index][:4])
    if min(left, top, rgb.shape[1] - left - across, rgb.shape[0] - top - down) < 2:
        return None
    mask = np.asarray(parts == index)
    nothing = np.zeros(rgb.shape[:2], np.float32)
    return _trimmed(Cutout(passed_light(rgb), _soft(mask, 2), nothing, nothing, 0.0, False, unit))


def draw_cutout(description: CellDescription) -> Cutout:
    """A rendered head, with the exact masks of head and acrosome."""
    rendered = render_cell(description)
    height, width = description.crop_shape
    offset_x, offset_y = description.offset
    pose = Pose(((width - 1) / 2 + offset_x, (height - 1) / 2 + offset_y), description.turn)
    outline = head_outline(description.head_class, *description.head_size, Dice(description.seed, Stream.OUTLINE))
    patch = head_patch(outline, pose, (height, width))
    head, acrosome = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    head[patch.rows, patch.columns] = patch.cover
    # The border that `Scene.stain_head` draws, without its raggedness.
    # As in real heads, it is where the stain has risen by a third; half of the rise is at the border itself.
    border = 1 - 2 * description.acrosome - 0.12 * (1 - patch.across * patch.across) + _THIRD_OF_RISE
    acrosome[patch.rows, patch.columns] = patch.cover * (patch.along > border)
    mask = head >= 0.5
    cover = _cover(mask, stain_distance(rendered.rgb), np.zeros_like(mask))
    known = acrosome if description.stain * description.acrosome > 0 else np.zeros_like(head)
    unit = description.look.head_length
    return _trimmed(Cutout(passed_light(rendered.rgb), cover, head, known, description.turn, True, unit))


def _trimmed(cutout: Cutout) -> Cutout:
    """The same without the empty rows and columns around it."""
    x, y, width, height = cv2.boundingRect((cutout.cover > 0.004).astype(np.uint8))
    part = slice(y, y + height), slice(x, x + width)
    acrosome = None if cutout.acrosome is None else cutout.acrosome[part].copy()
    return replace(
        cutout,
        passed=cutout.passed[part].copy(),
        cover=cutout.cover[part].copy(),
        head=cutout.head[part].copy(),
        acrosome=acrosome,
    )


def _plausible(head: Head, shape: tuple[int, ...], unit: float) -> bool:
    height, width = shape[:2]
    contours, _ = cv2.findContours(head.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.contourArea(cv2.convexHull(max(contours, key=cv2.contourArea)))
    left, top = head.corner
    inside = min(left, top, width - left - head.mask.shape[1], height - top - head.mask.shape[0]) >= 2
    central = math.dist(head.centre, (width / 2, height / 2)) < 0.25 * min(height, width)
    sized = 0.55 * unit < head.length < 1.7 * unit and head.length < 3.2 * head.width
    return inside and central and sized and head.mask.sum() >= _WHOLE * hull


def _box(head: Head) -> tuple[slice, slice]:
    left, top = head.corner
    return slice(top, top + head.mask.shape[0]), slice(left, left + head.mask.shape[1])


def _on_crop(head: Head, shape: tuple[int, ...]) -> BoolArray:
    mask = np.zeros(shape[:2], np.bool_)
    mask[_box(head)] = head.mask
    return mask


def _soft(mask: BoolArray, reach: int) -> FloatArray:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    grown = cv2.dilate(mask.astype(np.uint8), kernel).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), 0.5 * reach), np.float32)


def _cover(mask: BoolArray, distance: FloatArray, others: BoolArray) -> FloatArray:
    """The head with what hangs on it and fades out within a head's length; without other heads of the crop."""
    stained = ((distance > _STAINED) | mask) & ~others
    _, parts = cv2.connectedComponents(stained.astype(np.uint8), connectivity=8)
    hanging = np.asarray(parts == np.bincount(parts[mask], minlength=1).argmax())
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    reach = math.sqrt(float(mask.sum()))
    fade = np.clip((reach - away) / (0.4 * reach), 0, 1).astype(np.float32)
    far_from_others = 1 - _soft(others, 2)
    return np.asarray(np.maximum(_soft(hanging, 2) * fade, _soft(mask, 2)) * far_from_others, np.float32)


def _acrosome(head: Head, distance: FloatArray) -> FloatArray | None:
    """The paler part of a head at one end, cut off straight as people draw it, float32 on the mask's box; all 0 where
    there surely is none; None where the stain doesn't tell."""
    inner = cv2.erode(head.mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2, borderValue=0) > 0
    ys, xs = np.nonzero(inner)
    if len(xs) < 60:
        return None
    mask = head.mask.astype(np.float32)
    weight = np.maximum(cv2.GaussianBlur(mask, (0, 0), 1.2), 1e-3)
    smooth = cv2.GaussianBlur(distance[_box(head)] * mask, (0, 0), 1.2) / weight
    values = np.asarray(smooth[ys, xs], np.float32)
    best = max((_cut(xs, ys, values, head.angle + tilt) for tilt in range(-30, 31, 10)), key=lambda cut: cut.explained)
    step = (best.dark - best.pale) / max(best.dark, 1e-3)
    if abs(step) < _NO_STEP:
        return np.zeros_like(mask)
    if step < _CLEAR_STEP or best.explained < _CLEAR_BORDER:
        return None
    grid_y, grid_x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    ahead = _ahead(xs, ys, best.angle)
    acrosome = mask * (_ahead(grid_x, grid_y, best.angle) > _third(ahead, values, best))
    return np.asarray(acrosome, np.float32) if 0.1 < acrosome.sum() / mask.sum() < 0.75 else None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A straight line across a head: mean stain in front and behind, and the share of the variance they explain."""

    angle: float
    place: float
    pale: float
    dark: float
    explained: float


def _third(ahead: npt.NDArray[np.float64], values: FloatArray, cut: _Cut) -> float:
    """Where along the axis the stain, from the acrosome's on, has risen by a third: where people draw the border."""
    places = np.arange(cut.place, float(ahead.max()), 0.5)
    level = cut.pale + (cut.dark - cut.pale) / 3
    for place in places:
        near = np.abs(ahead - place) <= 1
        if near.any() and float(values[near].mean()) <= level:
            return float(place)
    return cut.place


def _ahead(x: npt.NDArray[np.intp], y: npt.NDArray[np.intp], angle: float) -> npt.NDArray[np.float64]:
    turn = math.radians(angle)
    return np.asarray(-x * math.sin(turn) - y * math.cos(turn))


def _cut(xs: npt.NDArray[np.intp], ys: npt.NDArray[np.intp], values: FloatArray, angle: float) -> _Cut:
    """The line across `angle` that splits the stain best (Otsu's criterion, along the axis)."""
    ahead = _ahead(xs, ys, angle)
    order = np.argsort(ahead)
    sums = np.cumsum(values[order], dtype=np.float64)
    count = np.arange(1, len(order))
    behind, front = sums[:-1] / count, (sums[-1] - sums[:-1]) / (len(order) - count)
    share = count / len(order)
    between = share * (1 - share) * (behind - front) ** 2
    best = int(between.argmax())
    explained = float(between[best]) / max(float(values.var()), 1e-6)
    return _Cut(angle, float(ahead[order[best]]), float(front[best]), float(behind[best]), explained)
