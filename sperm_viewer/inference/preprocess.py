"""Crops to the network's input. The only one: training, the window and the command line all come through here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array
from sperm_viewer.domain.head import Head
from sperm_viewer.imaging.head import cut_window, window_transform
from sperm_viewer.inference.model_spec import Preprocessing


def placement(rgb: UInt8Array, head: Head | None, upright: bool) -> tuple[tuple[float, float], float]:
    """Centre of the window (x, y, in crop pixels) and the turn to undo, in degrees.

    Without a head the window stands in the middle of the crop, not turned.
    """
    if head is None:
        height, width = rgb.shape[:2]
        return ((width - 1) / 2, (height - 1) / 2), 0.0
    return head.centre, head.angle if upright else 0.0


def view_transforms(rgb: UInt8Array, head: Head | None, preprocessing: Preprocessing) -> list[Affine]:
    """One affine map from crop pixels to window pixels for each view; the first is the canonical one."""
    centre, turn = placement(rgb, head, preprocessing.upright)
    count = preprocessing.views
    return [
        window_transform(centre, turn + 360.0 * view / count, preprocessing.window, preprocessing.size)
        for view in range(count)
    ]


def turned_views(first: Affine, preprocessing: Preprocessing) -> list[Affine]:
    """The transforms of all views from that of the first one, as `view_transforms` gives them."""
    middle = (preprocessing.size - 1) / 2
    count = preprocessing.views
    turns = [window_transform((middle, middle), 360.0 * view / count, 1, 1) for view in range(count)]
    return [_about(turn[:, :2], middle) @ np.vstack([first, [0, 0, 1]]) for turn in turns]


def _about(turn: Affine, middle: float) -> Affine:
    centre = np.array([middle, middle])
    return np.column_stack([turn, centre - turn @ centre])


def to_batch(windows: Sequence[UInt8Array], preprocessing: Preprocessing) -> FloatArray:
    """Windows, each uint8 RGB (size, size, 3), to one float32 batch (views, 3, size, size), normalised."""
    stacked = np.stack(windows).astype(np.float32)
    scale = np.float32(1 / 255) / np.array(preprocessing.std, np.float32)
    shift = np.array(preprocessing.mean, np.float32) / np.array(preprocessing.std, np.float32)
    return np.ascontiguousarray((stacked * scale - shift).transpose(0, 3, 1, 2))


def prepare(rgb: UInt8Array, head: Head | None, preprocessing: Preprocessing) -> tuple[FloatArray, list[Affine]]:
    """A crop (uint8 RGB, height x width x 3) to the batch of its views, and each view's transform."""
    transforms = view_transforms(rgb, head, preprocessing)
    return prepare_views(rgb, transforms, preprocessing), transforms


def prepare_views(rgb: UInt8Array, transforms: Sequence[Affine], preprocessing: Preprocessing) -> FloatArray:
    """A crop (uint8 RGB, height x width x 3) to the batch of the views with these transforms."""
    windows = [cut_window(rgb, transform, preprocessing.size).rgb for transform in transforms]
    return to_batch(windows, preprocessing)
