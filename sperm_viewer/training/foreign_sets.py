"""Images that are none of a data set's: what a model has to decline."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.synthetic.render import GREY, PINK, HeadClass, Look, render_cell, render_empty, typical_cell
from sperm_viewer.training.data import LoadedCrop

OWN = "own"
_A_SET = 200
_BLUR_PX = 5.0


def foreign_sets(
    own: Sequence[LoadedCrop], other: Sequence[LoadedCrop], pink: bool
) -> dict[str, list[tuple[str, UInt8Array]]]:
    """By the name of the set, at most 200 images each, with a name of their own; the same every time.

    `own` are crops of the data set itself (they are blurred), `other` those of another; `pink` says which look the
    renderer's imitations of the data set have.
    """
    shape = own[0].rgb.shape[:2]
    look = PINK if pink else GREY
    blurred = [(crop.labelled.path.name, cv2.GaussianBlur(crop.rgb, (0, 0), _BLUR_PX)) for crop in _some(own)]
    return {
        "other data set": [(crop.labelled.path.name, crop.rgb) for crop in _some(other)],
        "noise": _made(lambda seed: _noise(seed, shape)),
        "textures": _made(lambda seed: _texture(seed, shape)),
        "rendered heads": _made(lambda seed: _rendered(seed, look)),
        "empty background": _made(lambda seed: render_empty(look, seed=seed)),
        "strong blur": [(name, rgb.astype(np.uint8)) for name, rgb in blurred],
    }


def _some(crops: Sequence[LoadedCrop]) -> list[LoadedCrop]:
    return list(crops[:: -(-len(crops) // _A_SET)])


def _made(make: Callable[[int], UInt8Array]) -> list[tuple[str, UInt8Array]]:
    return [(str(seed), make(seed)) for seed in range(_A_SET)]


def _noise(seed: int, shape: tuple[int, int]) -> UInt8Array:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def _texture(seed: int, shape: tuple[int, int]) -> UInt8Array:
    """Smooth noise of several octaves, in colour."""
    rng = np.random.default_rng(seed)
    total = np.zeros((*shape, 3), np.float32)
    for octave in range(1, 6):
        coarse = rng.normal(size=(2**octave + 1, 2**octave + 1, 3)).astype(np.float32)
        total += cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC) / octave
    low, high = total.min(), total.max()
    return np.asarray((total - low) / (high - low) * 255, np.uint8)


def _rendered(seed: int, look: Look) -> UInt8Array:
    return render_cell(typical_cell(list(HeadClass)[seed % len(HeadClass)], look, seed=seed)).rgb
