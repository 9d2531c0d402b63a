"""Whether heatmaps can be trusted: what happens to the answer when hot or cold places are blurred, and where heat lies.

Grad-CAM++ is compared with other class activation maps, with the fine heatmap and with maps that know nothing. The
class activation maps follow from the forward pass (see `inference/gradcam.py`); a test compares them with
pytorch-grad-cam.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import spearmanr
from torch import nn

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.domain.head import Head
from sperm_viewer.imaging.head import cut_window
from sperm_viewer.inference.fine_heatmap import Gradient, evidence, sharpen
from sperm_viewer.inference.gradcam import class_maps, merge
from sperm_viewer.inference.model_spec import FeatureGrid, Preprocessing
from sperm_viewer.inference.preprocess import prepare, to_batch
from sperm_viewer.training.data import LoadedCrop
from sperm_viewer.training.evidence import GROWN_BY, head_mask
from sperm_viewer.training.network import HeadNetwork, feature_grid
from sperm_viewer.training.predictions import softmax
from sperm_viewer.training.tables import read_table, write_table

EXPLAINED_FILE = "explained.csv"
OURS = "Grad-CAM++"
FINE = "fine heatmap"
_STEPS = 10
_BLUR = 0.1
"""Sigma of what hot places are replaced by, as a share of the window."""
_BLOB = 0.2
"""Sigma of the centred blob, as a share of the window."""

Maps = Callable[[FloatArray, FloatArray], FloatArray]
"""From features (views, channels, h, w) and a class's weights (channels,) to maps (views, h, w), nowhere below 0."""


def grad_cam(features: FloatArray, weights: FloatArray) -> FloatArray:
    """Selvaraju et al. 2017, arXiv:1610.02391."""
    return np.asarray(np.maximum(np.einsum("k,vkhw->vhw", weights, features), 0), np.float32)


def layer_cam(features: FloatArray, weights: FloatArray) -> FloatArray:
    """Jiang et al. 2021, doi:10.1109/TIP.2021.3089943: each place by its own gradient, here the same everywhere."""
    return np.asarray(np.maximum(np.einsum("k,vkhw->vhw", np.maximum(weights, 0), features), 0), np.float32)


def eigen_cam(features: FloatArray, weights: FloatArray) -> FloatArray:
    """Muhammad and Yeasin 2020, arXiv:2008.00299: the first principal component, whatever the class."""
    maps = []
    for view in features:
        values = view.reshape(len(view), -1).T
        values = values - values.mean(axis=0)
        first = np.linalg.svd(values, full_matrices=False)[2][0]
        maps.append((values @ first).reshape(view.shape[1:]))
    return np.asarray(np.maximum(np.stack(maps), 0), np.float32)


METHODS: Mapping[str, Maps] = {OURS: class_maps, "Grad-CAM": grad_cam, "LayerCAM": layer_cam, "EigenCAM": eigen_cam}
KNOW_NOTHING = ("random", "centred blob")


@dataclass(frozen=True, slots=True)
class Explained:
    """One map of one crop of a test fold.

    `deletion` and `insertion` are the probability of the class after 0, 10, ..., 100% of the window, the hottest first,
    were blurred (or brought back into a blurred window). `inside` is the share of the heat on the head, `grown` that on
    the head grown by `GROWN_BY`, and `peak` 1 where the hottest place is on the head, all None without a head.
    `randomised` is the rank correlation with the map of the same network with random weights, None for maps that use no
    weights.
    """

    method: str
    fold: int
    path: str
    label: str
    deletion: tuple[float, ...]
    insertion: tuple[float, ...]
    inside: float | None
    peak: float | None
    randomised: float | None
    grown: float | None


@dataclass(frozen=True, slots=True)
class Faith:
    """Means over the crops of a method: areas under the two curves, and, for sperm, heat and peak on the head.

    `grown` is None where it was not measured.
    """

    method: str
    crops: int
    deletion: float
    insertion: float
    inside: float
    pointing: float
    randomised: float | None
    grown: float | None


def explain(
    network: HeadNetwork, crops: Sequence[LoadedCrop], names: Sequence[str], fold: int, preprocessing: Preprocessing
) -> list[Explained]:
    """Every method's map of every crop, judged; `network` on the CPU."""
    cells = feature_grid(network, preprocessing.size)
    random = randomised(network)
    rng = np.random.default_rng(fold)
    rows = []
    for crop, name in zip(crops, names, strict=True):
        batch, transforms = prepare(crop.rgb, crop.head, preprocessing)
        features, best, weights = _answer(network, batch)
        other, _, _ = _answer(random, batch)
        random_weights = random.classifier.weight.detach().numpy()[best]
        size = preprocessing.size
        window = cut_window(crop.rgb, transforms[0], size).rgb
        head, grown = (head_in_window(crop.rgb, crop.head, transforms[0], size, by) for by in (0.0, GROWN_BY))
        maps: dict[str, tuple[FloatArray, float | None]] = {}
        for method, make in METHODS.items():
            heat = enlarged(make(features, weights), transforms, size, cells)
            unlearnt = enlarged(make(other, random_weights), transforms, size, cells)
            maps[method] = heat, _likeness(heat, unlearnt)
            if method == OURS:
                heat = sharpen(heat, evidence(gradient_of(network), batch, transforms, best, preprocessing))
                unlearnt = sharpen(unlearnt, evidence(gradient_of(random), batch, transforms, best, preprocessing))
                maps[FINE] = heat, _likeness(heat, unlearnt)
        maps |= {method: (heat, None) for method, heat in _know_nothing(size, rng).items()}
        for method, (heat, likeness) in maps.items():
            deletion, insertion = _curves(network, window, heat, best, preprocessing)
            (inside, peak), (on_grown, _) = _on_head(heat, head), _on_head(heat, grown)
            label = crop.labelled.label
            rows.append(Explained(method, fold, name, label, deletion, insertion, inside, peak, likeness, on_grown))
    return rows


def randomised(network: HeadNetwork) -> HeadNetwork:
    """A copy with random weights from the first layer to the last (Adebayo et al. 2018, arXiv:1810.03292)."""
    other = copy.deepcopy(network).cpu().eval()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for module in other.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()
    return other


def head_in_window(
    rgb: UInt8Array, head: Head | None, transform: Affine, size: int, grown_by: float = 0.0
) -> npt.NDArray[np.bool_] | None:
    """The head's mask in the window (size, size), grown by a share of its length; None without a head."""
    if head is None:
        return None
    whole = head_mask(rgb.shape, head, grown_by)
    return np.asarray(cv2.warpAffine(whole, transform, (size, size), flags=cv2.INTER_NEAREST) > 0)


@torch.no_grad()
def _answer(network: HeadNetwork, batch: FloatArray) -> tuple[FloatArray, int, FloatArray]:
    """Features of the views, the class that their mean logits choose, and that class's weights."""
    logits, features = network(torch.from_numpy(batch))
    best = int(logits.mean(0).argmax())
    return features.numpy(), best, network.classifier.weight.detach().numpy()[best]


def gradient_of(network: HeadNetwork) -> Gradient:
    """As the app's ONNX file works it out."""

    def gradient(batch: FloatArray, best: int) -> FloatArray:
        windows = torch.from_numpy(batch).requires_grad_()
        logits, _ = network(windows)
        chosen = torch.arange(logits.shape[1]) == best
        odds = logits[:, best] - logits.masked_fill(chosen, -torch.inf).logsumexp(1)
        (found,) = torch.autograd.grad(odds.sum(), windows)
        return np.asarray(found.numpy(), np.float32)

    return gradient


def enlarged(maps: FloatArray, transforms: Sequence[Affine], size: int, cells: FeatureGrid) -> FloatArray:
    """The views' maps as one over the first view's window, float32 (size, size), as scoring merges them."""
    merged = merge(maps, transforms, size, cells)
    return np.asarray(cv2.resize(merged, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)


def _know_nothing(size: int, rng: np.random.Generator) -> dict[str, FloatArray]:
    coarse = rng.random((size // 8, size // 8)).astype(np.float32)
    away = (np.arange(size) - (size - 1) / 2) / (_BLOB * size)
    blob = np.exp(-0.5 * (away[:, None] ** 2 + away**2)).astype(np.float32)
    noise = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR)
    return dict(zip(KNOW_NOTHING, (np.asarray(noise, np.float32), blob), strict=True))


def _likeness(one: FloatArray, other: FloatArray) -> float:
    """Rank correlation; a flat map is like nothing."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(spearmanr(one.ravel(), other.ravel()).statistic)


def _on_head(heat: FloatArray, head: npt.NDArray[np.bool_] | None) -> tuple[float | None, float | None]:
    if head is None or not head.any():
        return None, None
    total = float(heat.sum())
    return (float(heat[head].sum()) / total if total > 0 else 0.0), float(head.ravel()[int(heat.argmax())])


@torch.no_grad()
def _curves(
    network: HeadNetwork, window: UInt8Array, heat: FloatArray, best: int, preprocessing: Preprocessing
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Petsiuk et al. 2018, arXiv:1806.07421, with a blurred window instead of black."""
    blurred = np.asarray(cv2.GaussianBlur(window, (0, 0), _BLUR * preprocessing.size), np.uint8)
    rank = np.empty(heat.size, np.int64)
    rank[np.argsort(-heat.ravel(), kind="stable")] = np.arange(heat.size)
    hottest_first = rank.reshape(heat.shape)
    deleted, inserted = [], []
    for step in range(_STEPS + 1):
        changed = (hottest_first < heat.size * step / _STEPS)[..., None]
        deleted.append(np.where(changed, blurred, window))
        inserted.append(np.where(changed, window, blurred))
    logits, _ = network(torch.from_numpy(to_batch([*deleted, *inserted], preprocessing)))
    chances = softmax(logits.double().numpy())[:, best]
    return tuple(map(float, chances[: _STEPS + 1])), tuple(map(float, chances[_STEPS + 1 :]))


def faithfulness(rows: Sequence[Explained]) -> list[Faith]:
    """The means of each method, ours first."""
    found = []
    for method in (*METHODS, FINE, *KNOW_NOTHING):
        those = [row for row in rows if row.method == method]
        if not those:
            continue
        sperm = [row for row in those if row.label != NON_SPERM]
        inside = [row.inside for row in sperm if row.inside is not None]
        grown = [row.grown for row in sperm if row.grown is not None]
        peaks = [row.peak for row in sperm if row.peak is not None]
        alike = [row.randomised for row in those if row.randomised is not None]
        found.append(
            Faith(
                method,
                len(those),
                float(np.mean([np.trapezoid(row.deletion, dx=1 / _STEPS) for row in those])),
                float(np.mean([np.trapezoid(row.insertion, dx=1 / _STEPS) for row in those])),
                float(np.mean(inside)) if inside else 0.0,
                float(np.mean(peaks)) if peaks else 0.0,
                float(np.mean(alike)) if alike else None,
                float(np.mean(grown)) if grown else None,
            )
        )
    return found


def write_explained(rows: Sequence[Explained], path: Path) -> None:
    lines = []
    for row in rows:
        curves = (" ".join(f"{value:.3f}" for value in curve) for curve in (row.deletion, row.insertion))
        rest = ("" if value is None else f"{value:.4f}" for value in (row.inside, row.peak, row.randomised, row.grown))
        lines.append([row.method, row.fold, row.path, row.label, *curves, *rest])
    write_table(path, [field.name for field in fields(Explained)], lines)


def read_explained(path: Path) -> list[Explained]:
    def number(text: str) -> float | None:
        return float(text) if text else None

    return [
        Explained(
            row["method"],
            int(row["fold"]),
            row["path"],
            row["label"],
            tuple(map(float, row["deletion"].split())),
            tuple(map(float, row["insertion"].split())),
            number(row["inside"]),
            number(row["peak"]),
            number(row["randomised"]),
            number(row.get("grown", "")),
        )
        for row in read_table(path)
    ]
