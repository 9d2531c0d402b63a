"""Backgrounds for composites, and what light, lens, camera and file format do to a finished one."""

from __future__ import annotations

import cv2
import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.imaging.head import stain_distance

_STAINED = 8.0
"""Colour distance (CIELAB, 8-bit units) from which a pixel is no background."""
_GLASS = ((206, 204, 206), (214, 212, 222), (228, 232, 240), (196, 200, 194), (203, 193, 184), (246, 165, 185))
"""Usual colours (red, green, blue) of the clear glass under common stains and lamps."""


def bare_ground(rgb: UInt8Array) -> FloatArray | None:
    """A crop's background without what is stained on it, relative to its median colour, float32 (height, width, 3).

    None where more than 35% of the crop is stained.
    """
    stained = cv2.dilate((stain_distance(rgb) > _STAINED).astype(np.uint8), np.ones((7, 7), np.uint8))
    if stained.mean() > 0.35:
        return None
    clean = cv2.inpaint(rgb, stained, 3, cv2.INPAINT_TELEA).astype(np.float32)
    return np.asarray(clean / np.maximum(np.median(clean[stained == 0], axis=0), 1), np.float32)


def smooth_noise(rng: np.random.Generator, size: int, grain: float) -> FloatArray:
    """Irregular noise without a pattern, float32 (size, size), mean 0, SD about 1, blotches of about `grain` px."""
    knots = max(2, round(size / grain) + 2)
    rough = rng.standard_normal((knots, knots)).astype(np.float32)
    return np.asarray(cv2.resize(rough, (size, size), interpolation=cv2.INTER_CUBIC) * 1.3, np.float32)


def draw_ground(rng: np.random.Generator, size: int, real: FloatArray | None) -> FloatArray:
    """Clear glass, float32 (size, size, 3), 0-255: a colour, unevenness, and the texture of `real` if there is one."""
    colour = np.array(_GLASS[rng.integers(len(_GLASS))], np.float32) * rng.uniform(0.85, 1.12)
    colour = np.clip(colour + rng.normal(0, 7, 3), 90, 252).astype(np.float32)
    uneven = 1 + rng.uniform(0, 0.012) * smooth_noise(rng, size, rng.uniform(6, 30))
    uneven = uneven + rng.uniform(0, 0.015) * smooth_noise(rng, size, rng.uniform(40, 120))
    ground = np.asarray(uneven[..., None] * colour, np.float32)
    if real is not None:
        ground = ground * _spread(rng, real, size)
    return ground


def _spread(rng: np.random.Generator, real: FloatArray, size: int) -> FloatArray:
    """A texture mirrored until it fills `size`, at a random place and scale."""
    scale = rng.uniform(0.6, 1.6)
    texture = cv2.resize(real, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    pad = [(0, max(0, size - side)) for side in texture.shape[:2]]
    texture = np.pad(texture, [*pad, (0, 0)], mode="symmetric")
    y, x = (int(rng.integers(side - size + 1)) for side in texture.shape[:2])
    return np.asarray(texture[y : y + size, x : x + size], np.float32)


def photograph(rng: np.random.Generator, light: FloatArray) -> UInt8Array:
    """What a camera makes of the light (float32, 0-255) and a file of that: uint8 of the same shape."""
    size = light.shape[0]
    light = light * _lamp(rng, size)[..., None]
    light = _lens(rng, light)
    if rng.random() < 0.4:
        soft = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.8, 2.5))
        light = light + rng.uniform(0.2, 1.2) * (light - soft)
    light = _camera(rng, light)
    grain = rng.standard_normal(light.shape, np.float32)
    if rng.random() < 0.3:
        grain = cv2.GaussianBlur(grain, (0, 0), 0.7) * 1.8
    if rng.random() < 0.5:
        grain = 0.7 * grain[..., :1] + 0.5 * grain
    light = light + grain * abs(rng.normal(0, 2.2))
    photo: UInt8Array = np.clip(light + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        _, packed = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 97))])
        photo = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return photo


def _lamp(rng: np.random.Generator, size: int) -> FloatArray:
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    tilt_x, tilt_y, fall = rng.normal(0, 0.035), rng.normal(0, 0.035), abs(rng.normal(0, 0.05))
    at_x, at_y = rng.uniform(-1.5, 1.5, 2)
    away = (ramp[None, :] - at_x) ** 2 + (ramp[:, None] - at_y) ** 2
    return np.asarray(1 + tilt_x * ramp[None, :] + tilt_y * ramp[:, None] - 0.25 * fall * away, np.float32)


def _lens(rng: np.random.Generator, light: FloatArray) -> FloatArray:
    if rng.random() < 0.5:
        reach = rng.normal(0, 0.7, (2, 2))
        for channel, (right, down) in zip((0, 2), reach, strict=True):
            moved = np.array([[1, 0, right], [0, 1, down]])
            plane = np.ascontiguousarray(light[..., channel])
            light[..., channel] = cv2.warpAffine(plane, moved, plane.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    sigma = rng.uniform(0.3, 0.9) if rng.random() < 0.75 else rng.uniform(0.9, 2.0)
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32)


def _camera(rng: np.random.Generator, light: FloatArray) -> FloatArray:
    """Exposure, contrast, gamma, white balance and colour."""
    seen = np.asarray(cv2.pow(np.clip(light, 0, 255) / 255, float(np.exp(rng.normal(0, 0.12)))), np.float32)
    seen = (seen - 0.8) * np.float32(rng.uniform(0.8, 1.15)) + 0.8
    seen = seen * rng.normal(1, 0.03, 3).astype(np.float32)
    grey = seen.mean(axis=2, keepdims=True)
    seen = grey + (seen - grey) * np.float32(0.0 if rng.random() < 0.02 else rng.uniform(0.6, 1.3))
    return np.asarray(seen * np.float32(255 * rng.uniform(0.93, 1.04)), np.float32)
