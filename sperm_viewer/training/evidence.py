"""Evidence from the head: the share of a class's positive evidence that lies beside the head, as a loss.

A sperm is judged by its head, so evidence beside it is either chance or a leak of the data set.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.domain.head import Head
from sperm_viewer.inference.model_spec import FeatureGrid
from sperm_viewer.training.data import LoadedCrop

GROWN_BY = 0.05
"""The halo of a head is part of how its edge looks: so much of its length around it counts as head."""


def head_mask(shape: tuple[int, ...], head: Head, grown_by: float = 0.0) -> UInt8Array:
    """The head over the whole crop of `shape` (height, width, ...), 1 on it, grown by a share of its length."""
    whole = np.zeros(shape[:2], np.uint8)
    left, top = head.corner
    rows, columns = head.mask.shape
    whole[top : top + rows, left : left + columns] = head.mask
    reach = round(grown_by * head.length)
    if reach:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        whole = cv2.dilate(whole, kernel).astype(np.uint8)
    return whole


def grown_head(loaded: LoadedCrop) -> UInt8Array | None:
    """The grown head of a sperm; None where evidence may lie anywhere: without a head, or for what is no sperm."""
    if loaded.head is None or loaded.labelled.label == NON_SPERM:
        return None
    return head_mask(loaded.rgb.shape, loaded.head, GROWN_BY)


def beside_head(mask: UInt8Array | None, transform: Affine, size: int, cells: FeatureGrid, count: int) -> FloatArray:
    """How much of each cell of a feature map lies beside the head, float32 (count, count) in 0..1; 0 without a mask.

    `mask` is over the crop; `transform` leads from it to the window of `size` x `size` pixels.
    """
    if mask is None:
        return np.zeros((count, count), np.float32)
    window = cv2.warpAffine(mask.astype(np.float32), transform, (size, size), flags=cv2.INTER_LINEAR)
    side = round(cells.step)
    shares = cv2.blur(window, (side, side), borderType=cv2.BORDER_REPLICATE)
    places = np.clip(np.rint(cells.first + cells.step * np.arange(count)).astype(int), 0, size - 1)
    return np.asarray(1 - shares[np.ix_(places, places)], np.float32)


def share_beside(features: Tensor, weights: Tensor, beside: Tensor) -> Tensor:
    """The share of the positive evidence that lies beside the head, a mean over classes and over the crops that count.

    `features` (batch, channels, h, w), nowhere below 0; `weights` (classes, channels) of the linear layer behind their
    mean; `beside` (batch, h, w), all 0 for a crop that doesn't count.
    """
    positive = torch.einsum("ck,bkhw->bchw", weights.clamp(min=0), features)
    total = positive.sum((2, 3)).clamp(min=1e-6)
    shares = (positive * beside[:, None]).sum((2, 3)) / total
    counted = (beside.amax((1, 2)) > 0).sum().clamp(min=1)
    return shares.mean(1).sum() / counted
