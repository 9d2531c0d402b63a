"""How the heat of a map is shared out among the parts of an upright head."""

from __future__ import annotations

import math

import numpy as np

from sperm_viewer.domain.head import Head
from sperm_viewer.domain.prediction import Heatmap, HeatShares
from sperm_viewer.imaging.overlay import heat_on_crop, is_flat

_NECK_LENGTH = 0.4
"""How far below the head the neck reaches, as a share of the head's length."""
_NECK_WIDTH = 0.7
"""As a share of the head's width."""


def heat_shares(heatmap: Heatmap, head: Head | None, height: int, width: int) -> HeatShares | None:
    """The heat in the acrosome half, the post-acrosomal half, the neck and elsewhere in a crop of `height` x `width`.

    None without a head, where its upper and lower end could not be told apart (half a turn would swap acrosome and
    neck), and for a flat map.
    """
    if head is None or not head.oriented or is_flat(heatmap):
        return None
    heat, _ = heat_on_crop(heatmap, height, width)
    total = float(heat.sum())
    if total <= 0:
        return None
    inside = np.zeros((height, width), bool)
    left, top = head.corner
    rows, columns = head.mask.shape
    inside[top : top + rows, left : left + columns] = head.mask
    up = np.array([-math.sin(math.radians(head.angle)), -math.cos(math.radians(head.angle))])
    ys, xs = np.mgrid[:height, :width]
    right, down = xs - head.centre[0], ys - head.centre[1]
    along, across = right * up[0] + down * up[1], right * up[1] - down * up[0]
    lowest = float(along[inside].min())
    neck = ~inside & (along < 0) & (along > lowest - _NECK_LENGTH * head.length)
    neck &= np.abs(across) < _NECK_WIDTH * head.width / 2
    parts = (inside & (along > 0), inside & (along <= 0), neck)
    upper, lower, below = (float(heat[part].sum()) / total for part in parts)
    return HeatShares(upper, lower, below, max(0.0, 1 - upper - lower - below))
