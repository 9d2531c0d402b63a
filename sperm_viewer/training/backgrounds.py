"""Whether an answer comes from the head: the head of a crop is laid on the backgrounds of others.

A map that a loss brought onto the head proves nothing about the answer; an answer that stays when all but the head is
exchanged does.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.imaging.head import find_head, find_heads
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.training.data import LoadedCrop
from sperm_viewer.training.evidence import GROWN_BY, head_mask
from sperm_viewer.training.fit import view_logits
from sperm_viewer.training.network import HeadNetwork
from sperm_viewer.training.robust import EXCHANGED, Varied

BACKGROUNDS = 5
_TAKEN_OUT = 0.15
"""A head that is taken out goes with its halo: so much of its length around it."""
_REACH_PX = 3.0
_SOFT_EDGE_PX = 1.0


def background_of(rgb: UInt8Array) -> UInt8Array:
    """A crop without its heads, which are filled from around them (Telea 2004, doi:10.1080/10867651.2004.10487596)."""
    mask = np.zeros(rgb.shape[:2], np.uint8)
    for head in find_heads(rgb):
        mask |= head_mask(rgb.shape, head, _TAKEN_OUT)
    return np.asarray(cv2.inpaint(rgb, mask, _REACH_PX, cv2.INPAINT_TELEA), np.uint8)


def paste_head(crop: LoadedCrop, background: UInt8Array) -> UInt8Array:
    """The head of `crop`, where it is, on the middle of a background; what lacks in size is mirrored.

    Raises ValueError for a crop without a head.
    """
    if crop.head is None:
        raise ValueError("a crop without a head has nothing to lay on another background")
    height, width = crop.rgb.shape[:2]
    down, across = (
        max(0, -(-(want - have) // 2)) for want, have in zip((height, width), background.shape, strict=False)
    )
    padded = cv2.copyMakeBorder(background, down, down, across, across, cv2.BORDER_REFLECT)
    top, left = (padded.shape[0] - height) // 2, (padded.shape[1] - width) // 2
    under = padded[top : top + height, left : left + width].astype(np.float32)
    mask = head_mask(crop.rgb.shape, crop.head, GROWN_BY).astype(np.float32)
    share = cv2.GaussianBlur(mask, (0, 0), _SOFT_EDGE_PX)[..., None]
    return np.asarray(np.rint(share * crop.rgb + (1 - share) * under), np.uint8)


def exchange(
    network: HeadNetwork,
    crops: Sequence[LoadedCrop],
    names: Sequence[str],
    fold: int,
    preprocessing: Preprocessing,
    device: torch.device,
) -> list[Varied]:
    """What a fold's network says of each sperm's head on `BACKGROUNDS` others, drawn from the other sperm's crops."""
    rng = np.random.default_rng(fold)
    sperm = [i for i, crop in enumerate(crops) if crop.head and crop.labelled.label != NON_SPERM]
    backgrounds = {i: background_of(crops[i].rgb) for i in sperm}
    laid, of = [], []
    for i in sperm:
        others = [other for other in sperm if other != i]
        for other in rng.permutation(others)[:BACKGROUNDS]:
            rgb = paste_head(crops[i], backgrounds[int(other)])
            laid.append(LoadedCrop(crops[i].labelled, rgb, find_head(rgb)))
            of.append(names[i])
    if not laid:
        return []
    logits = view_logits(network, laid, preprocessing, device).mean(axis=1)
    return [
        Varied(EXCHANGED, fold, name, tuple(float(value) for value in row))
        for name, row in zip(of, logits, strict=True)
    ]
