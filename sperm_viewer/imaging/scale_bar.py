"""A scale bar: how long it is, and how it is drawn into an image."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sperm_viewer.domain.arrays import UInt8Array

_SHARE = 0.3
"""Of the image's width, at most."""
_ROUND = (5.0, 2.0, 1.0)
_DARK, _LIGHT = (20, 20, 20), (255, 255, 255)


def bar_length(um_per_px: float, width: float) -> float:
    """A round length in µm, at most a third of an image of `width` px whose pixels have a side of `um_per_px` µm."""
    most = _SHARE * width * um_per_px
    size = 10.0 ** math.floor(math.log10(most))
    return next(times * size for times in _ROUND if times * size <= most * (1 + 1e-9))


def bar_text(um: float) -> str:
    """`5 µm`."""
    return f"{um:g} µm"


def with_scale_bar(rgb: UInt8Array, um_per_px: float | None) -> UInt8Array:
    """A copy of an image, uint8 RGB (height, width, 3), with a bar in its lower left corner; the image itself if the
    side of its pixels isn't known."""
    if um_per_px is None:
        return rgb
    height, width = rgb.shape[:2]
    um = bar_length(um_per_px, width)
    thick, margin = max(2, round(0.012 * height)), max(3, round(0.03 * height))
    left, bottom, right = margin, height - margin, margin + um / um_per_px
    image = Image.fromarray(rgb.copy())
    draw = ImageDraw.Draw(image)
    draw.rectangle((left - 1, bottom - thick - 1, right + 1, bottom + 1), fill=_DARK)
    draw.rectangle((left, bottom - thick, right, bottom), fill=_LIGHT)
    font = ImageFont.load_default(max(9, round(0.06 * height)))
    draw.text((left, bottom - thick - 2), bar_text(um), _LIGHT, font, anchor="ls", stroke_width=1, stroke_fill=_DARK)
    return np.asarray(image, np.uint8)
