"""Decoded samples to RGB: one window for more than 8 bits, colour profile, transparency, orientation."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from sperm_viewer.domain.arrays import BoolArray, FloatArray, UInt8Array
from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.imaging.reading import refusals

Samples = npt.NDArray[Any]
"""Samples of any number type, shape (height, width, channels)."""

_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_WHITE = 255
_MID_GREY = 128
_SAFE_SPAN = (1e-300, 1e300)
_BLOCK_SAMPLES = 2**22


@dataclass(frozen=True, slots=True)
class Raster:
    """An image as it is stored.

    `samples` (height, width, channels) are grey, RGB or CMYK (where 0 is no ink), by the number of channels: 1, 3
    or 4; uint8 is taken as it is, every other type is windowed. `alpha` (height, width), from 0 (clear) to 1
    (opaque), is not multiplied into them. `orientation` is EXIF's number from 1 to 8.
    """

    samples: Samples
    alpha: FloatArray | None = None
    icc: bytes | None = None
    orientation: int = 1


def to_rgb(raster: Raster) -> tuple[UInt8Array, frozenset[Flag]]:
    """The image upright as sRGB on white, uint8 (height, width, 3), contiguous; flagged where it was windowed.

    The order is: window, profile, transparency, orientation. Raises `CropRefusedError` where there is nothing but
    NaN.
    """
    samples = raster.samples
    flags: frozenset[Flag] = frozenset()
    if samples.dtype != np.uint8:
        if samples.shape[2] == 4:
            samples = _without_ink(samples)
        samples = window(samples, None if raster.alpha is None else raster.alpha > 0)
        flags = frozenset({Flag.WINDOWED})
    rgb = _to_srgb(samples, raster.icc)
    if raster.alpha is not None and raster.alpha.min() < 1:
        rgb = _on_white(rgb, raster.alpha)
    return np.ascontiguousarray(_upright(rgb, raster.orientation)), flags


def window(samples: Samples, visible: BoolArray | None = None) -> UInt8Array:
    """`samples` of any type brought to 8 bits: their darkest value becomes 0, their brightest 255, linearly.

    Darkest and brightest are those of all channels together, so that colours keep their hue, and of finite values
    in pixels where `visible` (height, width) is True. What lies outside is clipped, and NaN counts as darkest. An
    image of one value becomes mid-grey. Raises `CropRefusedError` where no value is finite.
    """
    considered = samples if visible is None or not visible.any() else samples[visible]
    if considered.dtype.kind == "f":
        considered = considered[np.isfinite(considered)]
    if considered.size == 0:
        raise CropRefusedError(refusals.NO_VALUES)
    low, high = float(considered.min()), float(considered.max())
    if low == high:
        return np.full(samples.shape, _MID_GREY, np.uint8)
    # Where the span of the largest numbers would overflow, or that of the smallest be lost, all are divided first.
    scale = 1.0 if _SAFE_SPAN[0] < high - low < _SAFE_SPAN[1] else max(abs(low), abs(high))
    floor, span = low / scale, high / scale - low / scale
    result = np.empty(samples.shape, np.uint8)
    rows = max(1, _BLOCK_SAMPLES // (samples.shape[1] * samples.shape[2]))
    for start in range(0, len(samples), rows):
        block = samples[start : start + rows].astype(np.float64)
        block[np.isnan(block)] = low
        result[start : start + rows] = np.rint((block.clip(low, high) / scale - floor) * 255 / span)
    return result


def _without_ink(cmyk: Samples) -> Samples:
    # For more than 8 bits no profile is applied to inks: light is what each ink and the black let through.
    full = np.iinfo(cmyk.dtype).max if cmyk.dtype.kind in "ui" else 1
    light = 1 - cmyk.astype(np.float64) / full
    rgb: Samples = light[..., :3] * light[..., 3:]
    return rgb


def _to_srgb(samples: UInt8Array, icc: bytes | None) -> UInt8Array:
    channels = samples.shape[2]
    image = Image.fromarray(samples[..., 0] if channels == 1 else samples, _MODES[channels])
    converted = None if icc is None else _through_profile(image, icc)
    return np.asarray(image.convert("RGB") if converted is None else converted)


def _through_profile(image: Image.Image, icc: bytes) -> Image.Image | None:
    # None where the profile is broken or is not for this kind of image: the colours are then taken as they are.
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if image.mode == "L" and profile.profile.xcolor_space.strip() == "RGB":
            image = image.convert("RGB")
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _on_white(rgb: UInt8Array, alpha: FloatArray) -> UInt8Array:
    opacity = alpha[..., None]
    laid: FloatArray = rgb * opacity + _WHITE * (1 - opacity)
    return np.rint(laid).astype(np.uint8)


def _upright(rgb: UInt8Array, orientation: int) -> UInt8Array:
    # EXIF 2.32, tag 274: 5 to 8 have rows and columns exchanged.
    if orientation >= 5:
        rgb = rgb.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    return rgb
