"""The arithmetic under `render`: chance, light and lens, with the same bytes on every platform.

Sums, products, quotients and square roots of doubles are exact to the last bit everywhere (IEEE 754); exponentials,
sines and library filters are not. So arrays meet only the former here, and the few constants that need the latter
are rounded before they are used.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float64]
"""Float64 (height, width): one value a pixel."""
Light = npt.NDArray[np.float64]
"""Float64 (height, width, 3): red, green, blue, on the scale of 8-bit pixels or as a share of the light let through."""

_ROUNDING = 2.0**20


def rounded(value: float) -> float:
    """A computed constant with the last bits, in which mathematics libraries differ, taken off."""
    return round(value * _ROUNDING) / _ROUNDING


class Dice:
    """A stream of random numbers, fixed by `seed` and `stream` (integers from 0).

    Built on the raw output of PCG64, which numpy promises never to change (NEP 19); what `Generator.normal` and its
    like make of it may change from version to version.
    """

    def __init__(self, seed: int, stream: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, stream]))

    def uniform(self, low: float, high: float) -> float:
        """One number, evenly spread from `low` up to `high`."""
        return low + (high - low) * ((int(self._bits.random_raw()) >> 11) * 2.0**-53)

    def below(self, count: int) -> int:
        """One of 0, 1, ..., `count` - 1."""
        return int(self.uniform(0, count))

    def normal(self, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """An array of near-normal numbers, mean 0 and standard deviation 1: each the sum of eight random bytes."""
        raw = np.asarray(self._bits.random_raw(math.prod(shape)), np.uint64)
        sums = raw.view(np.uint8).reshape(-1, 8).sum(axis=1, dtype=np.int64)
        return np.asarray((sums - 1020) / rounded(math.sqrt(8 * (256**2 - 1) / 12)), np.float64).reshape(shape)


def blurred(light: Light, sigma: float) -> Light:
    """Gaussian blur of `sigma` pixels; beyond the edge the outermost pixel goes on. Returns `light` for sigma 0."""
    if sigma <= 0:
        return light
    radius = math.ceil(2.5 * sigma)
    weights = [round(4096 * math.exp(-0.5 * (k / sigma) ** 2)) for k in range(-radius, radius + 1)]
    height, width = light.shape[:2]
    for axis, size in ((0, height), (1, width)):
        padding = [(radius, radius) if a == axis else (0, 0) for a in range(3)]
        padded = np.pad(light, padding, mode="edge")
        light = np.zeros_like(light)
        for k, weight in enumerate(weights):
            part = padded[k : k + size] if axis == 0 else padded[:, k : k + size]
            light += part * (weight / sum(weights))
    return light


def shifted(plane: Plane, right: float, down: float) -> Plane:
    """A plane moved by fractions of a pixel, bilinear; beyond the edge the outermost pixel goes on."""
    reach = math.ceil(max(abs(right), abs(down))) + 1
    height, width = plane.shape
    padded = np.pad(plane, reach, mode="edge")
    x, y = math.floor(-right), math.floor(-down)
    fx, fy = -right - x, -down - y
    rows = padded[reach + y : reach + y + height] * (1 - fy) + padded[reach + y + 1 : reach + y + 1 + height] * fy
    return rows[:, reach + x : reach + x + width] * (1 - fx) + rows[:, reach + x + 1 : reach + x + 1 + width] * fx


def smooth_step(value: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.float64]:
    """0 up to `low`, 1 from `high`, a smooth rise between (3x² - 2x³)."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return share * share * (3 - 2 * share)


def mottle(dice: Dice, shape: tuple[int, int], grain: float) -> Plane:
    """Smooth irregular noise, mean about 0 and standard deviation about 0.6, its blotches about `grain` pixels wide."""
    height, width = shape
    knots = dice.normal((math.ceil(height / grain) + 2, math.ceil(width / grain) + 2))
    y, x = np.arange(height) / grain, np.arange(width) / grain
    row, column = y.astype(np.intp), x.astype(np.intp)
    fy = smooth_step(y - row, 0, 1)[:, None]
    fx = smooth_step(x - column, 0, 1)[None, :]
    rows = knots[row] * (1 - fy) + knots[row + 1] * fy
    return np.asarray(rows[:, column] * (1 - fx) + rows[:, column + 1] * fx)
