"""Random views of a crop for training, drawn around the same window that scoring cuts."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.head import CanonicalCrop
from sperm_viewer.imaging.head import cut_window, window_transform
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.inference.preprocess import placement
from sperm_viewer.training.data import LoadedCrop

# Skimage's matrix for haematoxylin, eosin and DAB (Ruifrok and Johnston 2001): rows are the stains' absorbances.
_STAINS = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]], np.float32)
_UNSTAIN = np.linalg.inv(_STAINS).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a training view may differ from the canonical one.

    `rotation` in degrees either way; `scale` and `shift` as shares (of the size, of the window); `stain` is the share
    by which each stain's amount varies; `light` the share by which brightness and contrast vary; `blur` the largest
    sigma in window pixels; `erase` the chance that a small patch is blotted out.
    """

    rotation: float = 180.0
    mirror: bool = True
    scale: float = 0.12
    shift: float = 0.05
    stain: float = 0.15
    light: float = 0.15
    blur: float = 0.8
    erase: float = 0.25


def random_view(
    loaded: LoadedCrop, preprocessing: Preprocessing, augmentation: Augmentation, rng: np.random.Generator
) -> CanonicalCrop:
    """One random window, uint8 RGB (size, size, 3), and where in the crop it is."""
    centre, turn = placement(loaded.rgb, loaded.head, preprocessing.upright)
    reach = augmentation.shift * preprocessing.window
    moved = (centre[0] + rng.uniform(-reach, reach), centre[1] + rng.uniform(-reach, reach))
    transform = window_transform(
        moved,
        turn + rng.uniform(-augmentation.rotation, augmentation.rotation),
        preprocessing.window * (1 + rng.uniform(-augmentation.scale, augmentation.scale)),
        preprocessing.size,
        mirror=bool(augmentation.mirror and rng.random() < 0.5),
    )
    rgb = _recolour(cut_window(loaded.rgb, transform, preprocessing.size).rgb, augmentation, rng)
    if rng.random() < 0.3:
        rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.1, max(0.11, augmentation.blur))).astype(np.uint8)
    if rng.random() < augmentation.erase:
        _erase(rgb, rng)
    return CanonicalCrop(rgb, transform)


def _recolour(rgb: UInt8Array, augmentation: Augmentation, rng: np.random.Generator) -> UInt8Array:
    """Varies each stain's amount (Tellez et al. 2018, arXiv:1808.05896), then brightness and contrast."""
    absorbance: FloatArray = -np.log((rgb.astype(np.float32) + 1) / 256)
    amounts = 1 + rng.uniform(-augmentation.stain, augmentation.stain, 3).astype(np.float32)
    offsets = rng.uniform(-augmentation.stain, augmentation.stain, 3).astype(np.float32) * 0.2
    # One 3 x 3 matrix does the way to the stains, the change, and the way back.
    mixing = _UNSTAIN @ np.diag(amounts) @ _STAINS
    changed = cv2.transform(absorbance, np.ascontiguousarray(mixing.T)) + offsets @ _STAINS
    light = np.exp(-changed) * 256 - 1
    gain = 1 + rng.uniform(-augmentation.light, augmentation.light)
    lift = 255 * rng.uniform(-augmentation.light, augmentation.light) * 0.5
    return np.clip((light - 128) * gain + 128 + lift, 0, 255).astype(np.uint8)


def _erase(rgb: UInt8Array, rng: np.random.Generator) -> None:
    size = rgb.shape[0]
    side = int(rng.uniform(0.08, 0.22) * size)
    top, left = rng.integers(0, size - side, 2)
    rgb[top : top + side, left : left + side] = np.median(rgb.reshape(-1, 3), axis=0)
