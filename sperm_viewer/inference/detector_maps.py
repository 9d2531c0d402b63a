"""What the detector's network answers: one set of maps for an image, at half the size of its input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array

STRIDE = 2
"""Pixels of the network's input per pixel of its maps."""
OFFSET_UNIT = 16.0
"""Pixels of the network's input that an offset of 1 stands for."""
HEAD_LENGTH = 40.0
"""Length of a usual head, in pixels of the network's input, at which the network sees best."""
MULTIPLE = 16
"""Height and width of the network's input are multiples of this."""
CHANNELS = 7


@dataclass(frozen=True, slots=True)
class DetectorMaps:
    """All float32, (height, width) or (2, height, width), at half the size of the network's input.

    `heat` is the probability of a head's centre, `head` and `acrosome` that a pixel is in one; `axis` is
    the cosine and sine of twice the head's angle; `offset` the x and y to the centre of the pixel's head, in px of the
    network's input.
    """

    heat: FloatArray
    head: FloatArray
    acrosome: FloatArray
    axis: FloatArray
    offset: FloatArray


def split_maps(stacked: FloatArray) -> DetectorMaps:
    """The network's output, float32 (7, height, width), by name."""
    return DetectorMaps(stacked[0], stacked[1], stacked[2], stacked[3:5], stacked[5:7] * OFFSET_UNIT)


def network_input(rgb: UInt8Array) -> FloatArray:
    """uint8 RGB (height, width, 3) as the network takes it: float32 (3, height, width), -1 to 1."""
    return np.ascontiguousarray((rgb.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1))


def mirrored_maps(stacked: FloatArray) -> FloatArray:
    """The network's output (7, height, width) as it would be with left and right exchanged."""
    mirrored = stacked[..., ::-1].copy()
    # The sine of twice the angle, and the offset to the side, change their sign.
    mirrored[4:6] *= -1
    return mirrored
