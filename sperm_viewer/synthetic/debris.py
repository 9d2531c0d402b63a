"""What lies on a smear beside heads: tails, droplets, bacteria, round cells, rings and streaks of stain.

Every function lays its objects onto `light`, float32 (size, size, 3), 0-255, in place. `unit` is the head length in px.
"""

from __future__ import annotations

import cv2
import numpy as np

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.synthetic.ground import smooth_noise

Point = tuple[float, float]
_SUBPIXEL = 4
_INKS = (
    (0.42, 0.30, 0.62),
    (0.30, 0.28, 0.60),
    (0.55, 0.62, 0.80),
    (0.66, 0.70, 0.82),
    (0.62, 0.40, 0.62),
    (0.45, 0.50, 0.66),
)
"""Shares of red, green and blue that blue, violet, pale blue and purple stains let through."""


def draw_ink(rng: np.random.Generator) -> FloatArray:
    """A stain of debris: shares of red, green and blue let through, float32 (3,)."""
    ink = np.array(_INKS[rng.integers(len(_INKS))], np.float32) + rng.normal(0, 0.07, 3)
    return np.clip(ink, 0.03, 0.97).astype(np.float32)


def _lay(light: FloatArray, opacity: FloatArray, ink: FloatArray, corner: tuple[int, int] = (0, 0)) -> None:
    """Multiplies the light by `ink` where `opacity` (a patch at `corner` x, y; share 0-1) is 1."""
    x, y = corner
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + opacity.shape[1], light.shape[1]), min(y + opacity.shape[0], light.shape[0])
    if left >= right or top >= bottom:
        return
    part = opacity[top - y : bottom - y, left - x : right - x, None]
    light[top:bottom, left:right] *= 1 - part * (1 - ink)


def wander(
    rng: np.random.Generator, start: Point, heading: float, step: float, steps: int, turning: float
) -> FloatArray:
    """A curved path, float32 (steps + 1, 2) of x, y; `heading` in radians, 0 to the right, clockwise on the screen."""
    curve, points, x, y = rng.normal(0, 0.4 * turning), [start], *start
    for _ in range(steps):
        curve = 0.85 * curve + rng.normal(0, 0.35 * turning)
        heading += curve
        x, y = x + step * np.cos(heading), y + step * np.sin(heading)
        points.append((x, y))
    return np.asarray(points, np.float32)


def draw_path(light: FloatArray, points: FloatArray, thickness: float, strength: float, ink: FloatArray) -> None:
    """A line of any thickness (px, fractions too) along `points`."""
    reach = thickness + 3
    low = np.floor(points.min(axis=0) - reach).astype(int)
    high = np.ceil(points.max(axis=0) + reach).astype(int)
    low, high = np.maximum(low, -8), np.minimum(high, light.shape[0] + 8)
    if (high - low).min() < 2:
        return
    width, height = (high - low).tolist()
    canvas = np.zeros((height, width), np.uint8)
    fixed = np.round((points - low) * 2**_SUBPIXEL).astype(np.int32)
    whole = max(1, round(thickness))
    cv2.polylines(canvas, [fixed], False, 255, whole, cv2.LINE_AA, _SUBPIXEL)
    opacity = canvas.astype(np.float32) * np.float32(strength * min(1.0, thickness / whole) / 255)
    _lay(light, opacity, ink, (int(low[0]), int(low[1])))


def draw_tail(rng: np.random.Generator, light: FloatArray, neck: Point, heading: float, unit: float) -> None:
    """A midpiece and a tail from the neck on; some midpieces carry a droplet."""
    ink, strength = draw_ink(rng), rng.uniform(0.15, 0.8)
    points = wander(rng, neck, heading + rng.normal(0, 0.25), 0.16 * unit, int(rng.integers(8, 45)), 0.1)
    draw_path(light, points, rng.uniform(0.03, 0.055) * unit, strength, ink)
    middle = rng.uniform(0.05, 0.12) * unit
    draw_path(light, points[: int(rng.integers(3, 8))], middle, min(1, 1.3 * strength), ink)
    if rng.random() < 0.15:
        at = points[min(int(rng.integers(1, 6)), len(points) - 1)]
        draw_blob(rng, light, (float(at[0]), float(at[1])), rng.uniform(0.1, 0.25) * unit, rng.uniform(0.2, 0.9))


def draw_stray_tail(rng: np.random.Generator, light: FloatArray, unit: float) -> None:
    """A long line across the image, over whatever lies there; some coil or turn back."""
    size = light.shape[0]
    start = tuple(rng.uniform(-0.1, 1.1, 2) * size)
    turning = 0.09 if rng.random() < 0.75 else rng.uniform(0.2, 0.6)
    points = wander(rng, start, rng.uniform(0, 2 * np.pi), 0.2 * unit, int(rng.integers(6, 60)), turning)
    draw_path(light, points, rng.uniform(0.025, 0.09) * unit, rng.uniform(0.1, 0.7), draw_ink(rng))


def draw_blob(rng: np.random.Generator, light: FloatArray, centre: Point, radius: float, strength: float) -> None:
    """A round or oval spot of stain with a soft or sharp edge, smooth or grainy; some are dark at the rim only."""
    reach = int(np.ceil(1.8 * radius)) + 3
    x0, y0 = round(centre[0]) - reach, round(centre[1]) - reach
    y, x = np.mgrid[: 2 * reach + 1, : 2 * reach + 1].astype(np.float32)
    x, y = x + x0 - centre[0], y + y0 - centre[1]
    turn, squeeze = rng.uniform(0, np.pi), rng.uniform(0.5, 1.0)
    along, across = x * np.cos(turn) + y * np.sin(turn), (y * np.cos(turn) - x * np.sin(turn)) / squeeze
    lobes = 1 + 0.1 * rng.normal() * np.cos(rng.integers(2, 6) * np.arctan2(across, along))
    away = (np.hypot(along, across) / (radius * lobes)).astype(np.float32)
    edge = rng.uniform(0.08, 0.6)
    opacity = np.clip((1 + edge / 2 - away) / edge, 0, 1) * strength
    if rng.random() < 0.3:
        opacity = opacity * np.clip(np.abs(away), 0.2, 1) ** 2
    if rng.random() < 0.4:
        opacity = opacity * np.clip(1 + 0.35 * smooth_noise(rng, 2 * reach + 1, rng.uniform(2.5, 8)), 0, 1.4)
    _lay(light, np.clip(opacity, 0, 0.97).astype(np.float32), draw_ink(rng), (x0, y0))


def draw_round_cell(rng: np.random.Generator, light: FloatArray, centre: Point, unit: float) -> None:
    """A white or germ cell: a wide pale body with one to four dark lobes of a nucleus."""
    radius = rng.uniform(0.7, 1.6) * unit
    draw_blob(rng, light, centre, radius, rng.uniform(0.15, 0.5))
    for _ in range(int(rng.integers(1, 5))):
        away = rng.normal(0, 0.25 * radius, 2)
        place = (centre[0] + away[0], centre[1] + away[1])
        draw_blob(rng, light, place, radius * rng.uniform(0.25, 0.6), rng.uniform(0.5, 0.95))


def draw_bacteria(rng: np.random.Generator, light: FloatArray, unit: float) -> None:
    """A scatter of short rods or dots of one stain."""
    ink, strength = draw_ink(rng), rng.uniform(0.4, 1.0)
    length, thickness = rng.uniform(0.02, 0.22) * unit, rng.uniform(0.05, 0.1) * unit
    for _ in range(int(rng.integers(5, 40))):
        start, turn = rng.uniform(0, light.shape[0], 2), rng.uniform(0, 2 * np.pi)
        end = start + length * rng.uniform(0.6, 1.5) * np.array([np.cos(turn), np.sin(turn)])
        draw_path(light, np.array([start, end], np.float32), thickness, strength, ink)


def draw_ring(rng: np.random.Generator, light: FloatArray, centre: Point, radius: float) -> None:
    """Dust on the camera, or an air bubble: a bright disc in a dark ring, or the other way round."""
    reach = int(np.ceil(1.6 * radius)) + 3
    x0, y0 = round(centre[0]) - reach, round(centre[1]) - reach
    y, x = np.mgrid[: 2 * reach + 1, : 2 * reach + 1].astype(np.float32)
    away = np.hypot(x + x0 - centre[0], y + y0 - centre[1])
    ring = np.exp(-0.5 * ((away - radius) / max(0.7, 0.2 * radius)) ** 2) * rng.uniform(0.1, 0.6)
    grey = np.full(3, rng.uniform(0.3, 0.8), np.float32)
    _lay(light, ring.astype(np.float32), grey, (x0, y0))
    disc = np.exp(-0.5 * (away / (0.6 * radius)) ** 4) * rng.uniform(-0.15, 0.3)
    _lay(light, disc.astype(np.float32), np.full(3, 1.3, np.float32), (x0, y0))


def draw_streak(rng: np.random.Generator, light: FloatArray, unit: float) -> None:
    """Dried plasma or clumped protein: a large irregular stain with a texture."""
    size = light.shape[0]
    shape = smooth_noise(rng, size, rng.uniform(1.0, 5.0) * unit) - rng.uniform(0.6, 1.6)
    texture = 1 + 0.5 * smooth_noise(rng, size, rng.uniform(0.06, 0.3) * unit)
    opacity = np.clip(shape * rng.uniform(0.4, 2), 0, 1) * np.clip(texture, 0, 1.5) * rng.uniform(0.15, 0.9)
    _lay(light, np.clip(opacity, 0, 0.95).astype(np.float32), draw_ink(rng))
