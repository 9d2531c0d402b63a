"""Composite fields: rendered and real heads laid on synthetic and real backgrounds, with the truth about every pixel.

Each head is laid in one of several ways, because any single way leaves marks at its seams that a network could learn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import Affine, BoolArray, FloatArray, UInt8Array
from sperm_viewer.synthetic import debris
from sperm_viewer.synthetic.cutout import Cutout
from sperm_viewer.synthetic.ground import draw_ground, photograph

HEAD_LENGTH = (25.0, 62.0)
"""Usual head lengths in a composite, in pixels: from about a third below the detector's working size to half above."""
_MOST_HIDDEN = 0.35
"""A head that hides more than this share of another is not laid."""
_SEEN = 0.3
"""A head of which less than this share is in the image (or not hidden) has no centre to be found."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What composites are made of; `grounds` are textures of real backgrounds (see `ground.bare_ground`)."""

    real: Sequence[Cutout]
    drawn: Sequence[Cutout]
    debris: Sequence[Cutout]
    grounds: Sequence[FloatArray]


@dataclass(frozen=True, slots=True)
class HeadPlace:
    """A head of a composite: centroid (x, y) of what is seen of it; `angle` in degrees, counter-clockwise from upright
    (the axis alone where `oriented` is False); `acrosome_known` says whether the composite's `acrosome` holds its own.
    """

    centre: tuple[float, float]
    angle: float
    oriented: bool
    acrosome_known: bool


@dataclass(frozen=True, slots=True)
class Composite:
    """`rgb` uint8 (size, size, 3); `labels` int32 (size, size), 1 + i on `heads[i]`, a head in front hides others;
    `acrosome` float32 (size, size), the share of each pixel in an acrosome. `heads[i]` is None where too little of it
    is seen."""

    rgb: UInt8Array
    labels: npt.NDArray[np.int32]
    acrosome: FloatArray
    heads: tuple[HeadPlace | None, ...]


@dataclass(slots=True)
class _Canvas:
    light: FloatArray
    labels: npt.NDArray[np.int32]
    acrosome: FloatArray
    unit: float
    areas: list[int]
    placed: list[tuple[Cutout, float]]


@dataclass(frozen=True, slots=True)
class _Stain:
    """How a composite's stain differs from its sources': optical density is multiplied by `depth`, per channel."""

    depth: FloatArray

    def of(self, rng: np.random.Generator, passed: FloatArray) -> FloatArray:
        depth = self.depth * np.float32(np.exp(rng.normal(0, 0.2))) * rng.normal(1, 0.05, 3).astype(np.float32)
        # OpenCV's exponential and logarithm are several times as fast as numpy's power.
        return np.asarray(cv2.exp(cv2.log(np.maximum(passed, 0.005)) * np.maximum(depth, 0.05)), np.float32)


def compose(rng: np.random.Generator, sources: Sources, size: int) -> Composite:
    """One composite of `size` x `size` px; the same generator state and sources give the same composite."""
    real = sources.grounds[int(rng.integers(len(sources.grounds)))] if rng.random() < 0.6 else None
    unit = math.exp(rng.uniform(*np.log(HEAD_LENGTH)))
    canvas = _Canvas(
        draw_ground(rng, size, real), np.zeros((size, size), np.int32), np.zeros((size, size), np.float32), unit, [], []
    )
    depth = math.exp(rng.uniform(math.log(0.22), math.log(1.7))) * np.exp(rng.normal(0, 0.25, 3))
    stain = _Stain(depth.astype(np.float32))
    _lay_things(rng, canvas, sources.debris, stain)
    wanted = 0 if rng.random() < 0.08 else 1 + rng.poisson(0.00035 * (size / unit * 40) ** 2 / 4)
    for _ in range(wanted):
        chosen = sources.drawn if rng.random() < 0.3 else sources.real
        _lay_head(rng, canvas, chosen[int(rng.integers(len(chosen)))], stain)
    for _ in range(rng.poisson(1.0)):
        debris.draw_stray_tail(rng, canvas.light, unit)
    return Composite(photograph(rng, canvas.light), canvas.labels, canvas.acrosome, tuple(_places(canvas)))


def compose_debris(rng: np.random.Generator, sources: Sources, size: int, unit: float) -> tuple[UInt8Array, int]:
    """An image without any head, uint8 (size, size, 3), and how many pieces of real debris are in it; `unit` is the
    length that a head would have, in px."""
    light = draw_ground(rng, size, sources.grounds[int(rng.integers(len(sources.grounds)))])
    canvas = _Canvas(light, np.zeros((size, size), np.int32), np.zeros((size, size), np.float32), unit, [], [])
    stain = _Stain(np.ones(3, np.float32))
    pieces = 2 + int(rng.integers(5))
    for _ in range(pieces):
        thing = sources.debris[int(rng.integers(len(sources.debris)))]
        x, y = rng.uniform(0.15, 0.85, 2) * size
        film, left, top = _turned(rng, thing, canvas, (float(x), float(y)))
        _blend(rng, light, film, (left, top), stain)
    return photograph(rng, light), pieces


def _lay_things(rng: np.random.Generator, canvas: _Canvas, real: Sequence[Cutout], stain: _Stain) -> None:
    """Debris, which heads may come to lie upon."""
    light, unit = canvas.light, canvas.unit
    if rng.random() < 0.12:
        debris.draw_streak(rng, light, unit)
    if rng.random() < 0.2:
        debris.draw_bacteria(rng, light, unit)
    for _ in range(rng.poisson(2.0)):
        # Pale ones only: a dark round spot of this size is a head.
        debris.draw_blob(rng, light, _anywhere(rng, canvas), rng.uniform(0.15, 0.7) * unit, rng.uniform(0.06, 0.55))
    for _ in range(rng.poisson(2.0)):
        debris.draw_blob(rng, light, _anywhere(rng, canvas), rng.uniform(0.03, 0.15) * unit, rng.uniform(0.1, 0.95))
    if rng.random() < 0.08:
        debris.draw_round_cell(rng, light, _anywhere(rng, canvas), unit)
    for _ in range(rng.poisson(0.5)):
        debris.draw_ring(rng, light, _anywhere(rng, canvas), rng.uniform(0.04, 0.3) * unit)
    for _ in range(rng.poisson(1.0)):
        debris.draw_stray_tail(rng, light, unit)
    if real:
        for _ in range(rng.poisson(0.8)):
            thing = real[int(rng.integers(len(real)))]
            film, x, y = _turned(rng, thing, canvas, _anywhere(rng, canvas))
            _blend(rng, light, film, (x, y), stain)


def _anywhere(rng: np.random.Generator, canvas: _Canvas) -> tuple[float, float]:
    x, y = rng.uniform(-0.03, 1.03, 2) * len(canvas.light)
    return float(x), float(y)


@dataclass(frozen=True, slots=True)
class _Film:
    """A cutout, turned and scaled; `angle` and `length` are those it has now."""

    passed: FloatArray
    cover: FloatArray
    head: FloatArray
    acrosome: FloatArray
    angle: float


def _turned(
    rng: np.random.Generator, cutout: Cutout, canvas: _Canvas, place: tuple[float, float]
) -> tuple[_Film, int, int]:
    """The cutout turned, mirrored and scaled at random, its middle at `place`, and the film's corner (x, y)."""
    turn, mirrored = rng.uniform(-180, 180), rng.random() < 0.5
    scale = canvas.unit / cutout.unit * math.exp(rng.normal(0, 0.09))
    stretch = math.exp(rng.normal(0, 0.04))
    weight = cutout.head if cutout.head.any() else cutout.cover
    middle = np.array(_centroid(weight > 0.5))
    height, width = cutout.cover.shape
    farthest = math.hypot(max(middle[0], width - middle[0]), max(middle[1], height - middle[1]))
    reach = math.ceil(scale * max(stretch, 1) * farthest) + 1
    corner = math.floor(place[0]) - reach, math.floor(place[1]) - reach
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    # Counter-clockwise on the screen, where y runs down.
    linear = np.array([[cosine, sine], [-sine, cosine]]) @ np.diag([-scale if mirrored else scale, scale * stretch])
    there = np.array(place) - corner
    move = np.column_stack([linear, there - linear @ middle])
    side = 2 * reach + 1
    passed_cover = _warped(np.dstack([cutout.passed, cutout.cover]), move, side)
    acrosome = cutout.acrosome if cutout.acrosome is not None else np.zeros_like(cutout.head)
    masks = _warped(np.dstack([cutout.head, acrosome]), move, side)
    angle = (-cutout.angle if mirrored else cutout.angle) + turn
    film = _Film(passed_cover[..., :3], passed_cover[..., 3], masks[..., 0], masks[..., 1], angle)
    return film, corner[0], corner[1]


def _warped(planes: FloatArray, move: Affine, side: int) -> FloatArray:
    return np.asarray(cv2.warpAffine(planes, move, (side, side), flags=cv2.INTER_LINEAR), np.float32)


def _part(size: int, side: int, x: int, y: int) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Where a square film of `side` px at `x`, `y` meets the canvas: slices of the canvas, and of the film."""
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + side, size), min(y + side, size)
    if right - left < 2 or bottom - top < 2:
        return None
    there = slice(top, bottom), slice(left, right)
    return there, (slice(top - y, bottom - y), slice(left - x, right - x))


def _lay_head(rng: np.random.Generator, canvas: _Canvas, cutout: Cutout, stain: _Stain) -> None:
    """Lays a head, often against one that is there; gives up where it would hide too much of another."""
    for _ in range(6):
        film, x, y = _turned(rng, cutout, canvas, _place(rng, canvas))
        parts = _part(len(canvas.light), len(film.head), x, y)
        if parts is None:
            continue
        there, here = parts
        mask = film.head[here] >= 0.5
        hidden = canvas.labels[there][mask]
        worst = max((np.count_nonzero(hidden == i) / canvas.areas[i - 1] for i in np.unique(hidden) if i), default=0.0)
        if mask.any() and worst <= _MOST_HIDDEN:
            break
    else:
        return
    if rng.random() < 0.5:
        _add_tail(rng, canvas, film, (x, y))
    _blend(rng, canvas.light, film, (x, y), stain)
    canvas.areas.append(int((film.head >= 0.5).sum()))
    canvas.placed.append((cutout, film.angle))
    canvas.labels[there][mask] = len(canvas.areas)
    canvas.acrosome[there] = np.where(mask, film.acrosome[here], canvas.acrosome[there])


def _place(rng: np.random.Generator, canvas: _Canvas) -> tuple[float, float]:
    if not canvas.areas or rng.random() > 0.4:
        return _anywhere(rng, canvas)
    beside = 1 + int(rng.integers(len(canvas.areas)))
    mask = canvas.labels == beside
    if not mask.any():
        return _anywhere(rng, canvas)
    x, y = _centroid(mask)
    turn, away = rng.uniform(0, 2 * math.pi), rng.uniform(0.5, 1.25) * canvas.unit
    return x + away * math.cos(turn), y + away * math.sin(turn)


def _add_tail(rng: np.random.Generator, canvas: _Canvas, film: _Film, corner: tuple[int, int]) -> None:
    ys, xs = np.nonzero(film.head >= 0.5)
    turn = math.radians(film.angle)
    back = np.array([math.sin(turn), math.cos(turn)])
    reach = float(np.percentile(xs * back[0] + ys * back[1], 99)) - float(xs.mean() * back[0] + ys.mean() * back[1])
    neck = np.array([xs.mean(), ys.mean()]) + corner + back * (reach - 1)
    heading = math.atan2(back[1], back[0])
    debris.draw_tail(rng, canvas.light, (float(neck[0]), float(neck[1])), heading, canvas.unit)


def _blend(rng: np.random.Generator, light: FloatArray, film: _Film, corner: tuple[int, int], stain: _Stain) -> None:
    """Lays a film onto the light in one of four ways: as a stain that absorbs, feathered, blurred, or by Poisson."""
    parts = _part(len(light), len(film.cover), *corner)
    if parts is None:
        return
    there, here = parts
    passed = stain.of(rng, film.passed[here])
    cover = film.cover[here]
    under = light[there]
    way = rng.random()
    if way < 0.55:
        under *= 1 - cover[..., None] * (1 - passed)
    elif way < 0.85:
        clear = np.median(under.reshape(-1, 3), axis=0) * rng.uniform(0.95, 1.05)
        soft = cover if way < 0.7 else cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.8, 2.5))
        under += soft[..., None] * (clear * passed - under)
    else:
        _poisson(under, np.median(under.reshape(-1, 3), axis=0) * passed, cover)


def _poisson(under: FloatArray, over: FloatArray, cover: FloatArray) -> None:
    """Keeps the gradients of `over` inside the cover (Pérez et al. 2003)."""
    mask: BoolArray = cover > 0.3
    mask[[0, -1]] = False
    mask[:, [0, -1]] = False
    if np.count_nonzero(mask) < 20:
        return
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    target = np.clip(under, 0, 255).astype(np.uint8)
    source = np.clip(over, 0, 255).astype(np.uint8)
    middle = (x + width // 2, y + height // 2)
    try:
        under[...] = cv2.seamlessClone(source, target, 255 * mask.astype(np.uint8), middle, cv2.NORMAL_CLONE)
    except cv2.error:
        # OpenCV can't clone masks of some shapes: those are feathered.
        under += cover[..., None] * (over - under)


def _places(canvas: _Canvas) -> list[HeadPlace | None]:
    found: list[HeadPlace | None] = []
    for label, (area, (cutout, angle)) in enumerate(zip(canvas.areas, canvas.placed, strict=True), start=1):
        mask = canvas.labels == label
        if np.count_nonzero(mask) < max(_SEEN * area, 1):
            found.append(None)
            continue
        turn = (angle + 180) % 360 - 180
        found.append(HeadPlace(_centroid(mask), turn, cutout.oriented, cutout.acrosome is not None))
    return found


def _centroid(mask: BoolArray) -> tuple[float, float]:
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    return moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
