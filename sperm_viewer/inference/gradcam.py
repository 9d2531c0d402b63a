"""Grad-CAM++ (Chattopadhay et al. 2018, arXiv:1710.11063) from the forward pass alone.

With a mean over the picture and a linear layer behind the feature map A (channels x h x w), the gradient of class c's
logit at A is W[c] / (h w) everywhere, so no backward pass is needed. The sums and the epsilon are those of
pytorch-grad-cam's GradCAMPlusPlus, which a test compares with.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sperm_viewer.domain.arrays import Affine, FloatArray
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.inference.model_spec import FeatureGrid

_EPSILON = 1e-6
_MANY_CELLS = 8
"""Across a map."""


def class_maps(features: FloatArray, weights: FloatArray) -> FloatArray:
    """The map of each view for one class, float32 (views, h, w), before any scaling, nowhere below 0.

    `features` is (views, channels, h, w); `weights` (channels,) is the class's row of the linear layer.
    """
    height, width = features.shape[2:]
    gradient = weights.astype(np.float32) / np.float32(height * width)
    squared = gradient**2
    summed = features.sum(axis=(2, 3), dtype=np.float32)
    alpha = squared / (2 * squared + summed * squared * gradient + np.float32(_EPSILON))
    alpha = np.where(gradient != 0, alpha, 0)
    # The gradient is the same at every place, so the sum over places is a multiplication.
    channel = np.maximum(gradient, 0) * alpha * np.float32(height * width)
    maps = np.einsum("vk,vkhw->vhw", channel, features)
    return np.asarray(np.maximum(maps, 0), np.float32)


def merge(
    maps: FloatArray, transforms: Sequence[Affine], size: int, cells: FeatureGrid, finer: int | None = None
) -> FloatArray:
    """The mean of the views' maps, each turned back into the first view's window, `finer` times as fine.

    By default a map of few cells is made four times as fine, one of many twice, so that a session stays small.
    `transforms` map crop pixels to each view's window of `size` x `size`; `cells` says where the maps' cells are in it.
    """
    side = maps.shape[1] * (finer or (2 if maps.shape[1] >= _MANY_CELLS else 4))
    turned = [
        cv2.warpAffine(
            view,
            _between_grids(transforms[0], transform, size, side, cells),
            (side, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for view, transform in zip(maps, transforms, strict=True)
    ]
    return np.asarray(np.mean(turned, axis=0), np.float32)


def to_heatmap(values: FloatArray, transform: Affine, size: int) -> Heatmap:
    """A map (h, w) over the window that `transform` cuts, with what is needed to lay it over the crop."""
    floor, peak = float(values.min()), float(values.max())
    scale = 255 / (peak - floor) if peak > floor else 0.0
    grid = np.rint((values - floor) * scale).astype(np.uint8)
    unit = np.array([[1 / size, 0, 0.5 / size], [0, 1 / size, 0.5 / size]])
    return Heatmap(grid, floor, peak, (unit @ _square(transform)).astype(np.float64))


def _between_grids(first: Affine, other: Affine, size: int, fine: int, cells: FeatureGrid) -> Affine:
    """From the pixels of a fine grid over the first window to the cells of a feature map of another window."""
    to_window = _grid_to_window(fine, size)
    to_grid = np.linalg.inv(np.array([[cells.step, 0.0, cells.first], [0.0, cells.step, cells.first], [0.0, 0.0, 1.0]]))
    matrix: Affine = (to_grid @ _square(other) @ np.linalg.inv(_square(first)) @ to_window)[:2]
    return matrix


def _grid_to_window(cells: int, size: int) -> Affine:
    step = size / cells
    middle = (step - 1) / 2
    return np.array([[step, 0, middle], [0, step, middle], [0, 0, 1]])


def _square(transform: Affine) -> Affine:
    return np.vstack([transform, [0.0, 0.0, 1.0]])
