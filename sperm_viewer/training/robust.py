"""Whether a class stays the same when nothing that matters changes: how the crop lies, its light, its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.imaging.head import find_head
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.training.calibrate import calibrate
from sperm_viewer.training.data import LoadedCrop
from sperm_viewer.training.fit import view_logits
from sperm_viewer.training.network import HeadNetwork
from sperm_viewer.training.predictions import Predictions, softmax
from sperm_viewer.training.tables import read_table, write_table

ROBUST_FILE = "robust.csv"
PLAIN = "as it is"
EXCHANGED = "head on another background"
"""Not a variation of the crop alone: see `backgrounds.py`."""
_TURN = 30.0
_FIVE_PERCENT = 0.05


def _moved(rgb: UInt8Array, turn: float = 0.0, scale: float = 1.0, shift: float = 0.0) -> UInt8Array:
    """`shift` as a share of the width, to the right and down."""
    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, scale)
    matrix[:, 2] += shift * width
    moved = cv2.warpAffine(rgb, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)


def _recompressed(rgb: UInt8Array) -> UInt8Array:
    _, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.cvtColor(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB), np.uint8)


VARIATIONS: Mapping[str, Callable[[UInt8Array], UInt8Array]] = {
    PLAIN: lambda rgb: rgb,
    "turned by 30 degrees": lambda rgb: _moved(rgb, turn=_TURN),
    "turned by 90 degrees": lambda rgb: np.ascontiguousarray(np.rot90(rgb)),
    "mirrored": lambda rgb: np.ascontiguousarray(rgb[:, ::-1]),
    "shifted by 5%": lambda rgb: _moved(rgb, shift=_FIVE_PERCENT),
    "5% larger": lambda rgb: _moved(rgb, scale=1 + _FIVE_PERCENT),
    "5% smaller": lambda rgb: _moved(rgb, scale=1 - _FIVE_PERCENT),
    "10% brighter": lambda rgb: np.clip(rgb.astype(np.float32) * 1.1, 0, 255).astype(np.uint8),
    "JPEG of quality 85": _recompressed,
}


@dataclass(frozen=True, slots=True)
class Varied:
    """What a fold's network, which had not seen the image, said of a variation of it."""

    variation: str
    fold: int
    path: str
    logits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Stable:
    """Of the images that aren't referred as they are, `images`, how many keep their class under a variation."""

    variation: str
    images: int
    same: int


def vary(
    network: HeadNetwork,
    crops: Sequence[LoadedCrop],
    names: Sequence[str],
    fold: int,
    preprocessing: Preprocessing,
    device: torch.device,
) -> list[Varied]:
    rows = []
    for variation, change in VARIATIONS.items():
        changed = [LoadedCrop(crop.labelled, rgb, find_head(rgb)) for crop in crops for rgb in (change(crop.rgb),)]
        for name, logits in zip(names, view_logits(network, changed, preprocessing, device).mean(axis=1), strict=True):
            rows.append(Varied(variation, fold, name, tuple(float(value) for value in logits)))
    return rows


def write_varied(rows: Sequence[Varied], classes: Sequence[str], path: Path) -> None:
    columns = ["variation", "fold", "path", *(f"logit_{name}" for name in classes)]
    lines = ([row.variation, row.fold, row.path, *(f"{value:.3f}" for value in row.logits)] for row in rows)
    write_table(path, columns, lines)


def read_varied(path: Path) -> list[Varied]:
    return [
        Varied(
            row["variation"],
            int(row["fold"]),
            row["path"],
            tuple(float(value) for key, value in row.items() if key.startswith("logit_")),
        )
        for row in read_table(path)
    ]


def stability(rows: Sequence[Varied], predictions: Predictions) -> list[Stable]:
    """For each variation; what is referred is decided by the threshold that the other folds chose, in repeat 0."""
    inside = predictions.repeats == 0
    limits = {fold: calibrate(predictions, inside & (predictions.folds != fold)) for fold in {row.fold for row in rows}}
    plain = {}
    for row in rows:
        if row.variation == PLAIN:
            chances = softmax(np.array(row.logits) / limits[row.fold].temperature)
            if chances.max() >= limits[row.fold].refer_below:
                plain[row.path] = int(chances.argmax())
    found = []
    for variation in dict.fromkeys(row.variation for row in rows):
        if variation != PLAIN:
            same = [
                int(np.argmax(row.logits)) == plain[row.path]
                for row in rows
                if row.variation == variation and row.path in plain
            ]
            found.append(Stable(variation, len(same), sum(same)))
    return found
