"""A heatmap as the bytes that a session file holds: shape, floor, peak, placement, then the grid."""

from __future__ import annotations

import struct

import numpy as np

from sperm_viewer.domain.prediction import Heatmap

_HEADER = struct.Struct("<HH2d6d")


def pack(heatmap: Heatmap) -> bytes:
    height, width = heatmap.grid.shape
    header = _HEADER.pack(height, width, heatmap.floor, heatmap.peak, *heatmap.placement.ravel())
    return header + heatmap.grid.tobytes()


def unpack(blob: bytes) -> Heatmap:
    height, width, floor, peak, *placement = _HEADER.unpack_from(blob)
    grid = np.frombuffer(blob, np.uint8, height * width, _HEADER.size).reshape(height, width)
    return Heatmap(grid, floor, peak, np.array(placement).reshape(2, 3))
