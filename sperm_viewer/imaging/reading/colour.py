"""Decoded samples to RGB: one window for more than 8 bits, colour profile, transparency, orientation."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.errors import ImageRefusedError
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
    """An image as the file stores it.

    `samples` (height, width, channels) are grey, RGB or CMYK (0 is no ink) if there are 1, 3 or 4 channels; uint8 is
    used unchanged, every other type is windowed. `alpha` (height, width) from 0 (transparent) to `opaque` is not
    multiplied into them. `orientation` is EXIF's number from 1 to 8.
    """

    samples: Samples
    alpha: Samples | None = None
    opaque: float = 1
    icc: bytes | None = None
    orientation: int = 1


def to_rgb(raster: Raster) -> tuple[UInt8Array, frozenset[Flag]]:
    """The upright image in sRGB on white, uint8 (height, width, 3), contiguous; flagged if it was windowed.

    The order is: window, profile, transparency, orientation. It works on blocks of rows, so that it needs little more
    memory than its result. Raises `ImageRefusedError` if all values are NaN, or if deep inks are too many.
    """
    samples = raster.samples
    flags: frozenset[Flag] = frozenset()
    if samples.dtype != np.uint8:
        if samples.shape[2] == 4:
            samples = _without_ink(samples)
        samples = window(samples, raster.alpha)
        flags = frozenset({Flag.WINDOWED})
    rgb = _to_srgb(samples, raster.icc)
    if raster.alpha is not None:
        _lay_on_white(rgb, raster.alpha, raster.opaque)
    return np.ascontiguousarray(_upright(rgb, raster.orientation)), flags


def window(samples: Samples, alpha: Samples | None = None) -> UInt8Array:
    """`samples` of any type scaled linearly to 8 bits: the darkest value becomes 0, the brightest 255.

    Both are taken over all channels, so that colours keep their hue, and over the finite values of pixels where
    `alpha` (height, width) is above 0, if there are such. Values outside are clipped, and NaN becomes the darkest. An
    image of one value becomes mid-grey. Raises `ImageRefusedError` if no value is finite.
    """
    if alpha is not None and not (alpha > 0).any():
        alpha = None
    low, high = _span(samples, alpha)
    if low == high:
        return np.full(samples.shape, _MID_GREY, np.uint8)
    # If the span of very large numbers would overflow, or that of tiny ones vanish, all are divided first.
    scale = 1.0 if _SAFE_SPAN[0] < high - low < _SAFE_SPAN[1] else max(abs(low), abs(high))
    floor, span = low / scale, high / scale - low / scale
    result = np.empty(samples.shape, np.uint8)
    for rows in _blocks(samples):
        block = samples[rows].astype(np.float64)
        block[np.isnan(block)] = low
        result[rows] = np.rint((block.clip(low, high) / scale - floor) * 255 / span)
    return result


def _span(samples: Samples, alpha: Samples | None) -> tuple[float, float]:
    lows, highs = [], []
    for rows in _blocks(samples):
        block = samples[rows] if alpha is None else samples[rows][alpha[rows] > 0]
        if block.dtype.kind == "f":
            block = block[np.isfinite(block)]
        if block.size:
            lows.append(float(block.min()))
            highs.append(float(block.max()))
    if not lows:
        raise ImageRefusedError(refusals.NO_VALUES)
    return min(lows), max(highs)


def _without_ink(cmyk: Samples) -> Samples:
    # Above 8 bits no profile is applied to inks: the light is what each ink and the black let through.
    if cmyk.shape[0] * cmyk.shape[1] > refusals.MAX_EXACT_PIXELS:
        raise ImageRefusedError(refusals.DECODED_TOO_LARGE)
    full = np.iinfo(cmyk.dtype).max if cmyk.dtype.kind in "ui" else 1
    light = 1 - cmyk.astype(np.float64) / full
    rgb: Samples = light[..., :3] * light[..., 3:]
    return rgb


def _to_srgb(samples: UInt8Array, icc: bytes | None) -> UInt8Array:
    """A new array, which may be written to."""
    height, width, channels = samples.shape
    mode, transform = _MODES[channels], None
    if icc is not None:
        mode, transform = _profile_transform(mode, icc)
    result = np.empty((height, width, 3), np.uint8)
    for rows in _blocks(samples):
        image = Image.fromarray(np.ascontiguousarray(samples[rows, :, 0] if channels == 1 else samples[rows]))
        # Inks have four channels, which Pillow takes for colours with alpha.
        image = Image.frombytes(_MODES[channels], image.size, image.tobytes()) if channels == 4 else image
        if transform is not None:
            image = transform.apply(image.convert(mode))
        result[rows] = np.asarray(image.convert("RGB"))
    return result


def _profile_transform(mode: str, icc: bytes) -> tuple[str, ImageCms.ImageCmsTransform | None]:
    # The mode that a block must have, and None if the profile is broken or for another kind of image: the colours are
    # then used unchanged.
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if mode == "L" and profile.profile.xcolor_space.strip() == "RGB":
            mode = "RGB"
        return mode, ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return mode, None


def _lay_on_white(rgb: UInt8Array, alpha: Samples, opaque: float) -> None:
    for rows in _blocks(rgb):
        share = (np.nan_to_num(alpha[rows]).astype(np.float32) / np.float32(opaque)).clip(0, 1)
        if share.min() < 1:
            opacity = share[..., None]
            rgb[rows] = np.rint(rgb[rows] * opacity + _WHITE * (1 - opacity))


def _blocks(samples: Samples) -> Iterator[slice]:
    # Rows of at most a few million samples: the numbers worked with are up to eight times as large as those stored.
    rows = max(1, _BLOCK_SAMPLES // (samples.shape[1] * samples.shape[2]))
    return (slice(start, start + rows) for start in range(0, len(samples), rows))


def _upright(rgb: UInt8Array, orientation: int) -> UInt8Array:
    # EXIF 2.32, tag 274: 5 to 8 exchange rows and columns.
    if orientation >= 5:
        rgb = rgb.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    return rgb
