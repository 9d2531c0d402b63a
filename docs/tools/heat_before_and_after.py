"""Makes `docs/images/heat-before-and-after.jpg`: 24 real crops with their heat as it was drawn and as it is drawn now.

    SPERM_VIEWER_DATASETS=../shared/datasets python docs/tools/heat_before_and_after.py

Twelve crops of SMIDS and twelve of HuSHeM (both CC BY 4.0; doi:10.17632/6xvdhc9fyb.1, doi:10.17632/tt3yj2pf38.3): of
the first crops of each class, the six in which the hottest place of the head is coldest, and the six around the median.
Each crop is shown four times: alone; with the coarse map as table and report drew it at commit 8275ff6; with the fine
map as the cell pane drew it there; and with the fine map as it is drawn now.
"""

from __future__ import annotations

import csv
import itertools
import os
import subprocess
import types
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell, CellScored
from sperm_viewer.domain.head import Head
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.head import find_head
from sperm_viewer.imaging.overlay import heat_on_crop, overlay, smoothed
from sperm_viewer.imaging.recall import recall
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer

ROOT = Path(__file__).parents[2]
_PICTURE = ROOT / "docs" / "images" / "heat-before-and-after.jpg"
_BEFORE = "8275ff6"
_OF_A_CLASS = 60
_EACH = 6
_OPACITY = 0.7
_SIDE, _GAP, _ACROSS = 110, 8, 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A crop, uint8 RGB, with both of its maps; `peak` is the hottest heat on its head, 0..1, of the fine one."""

    name: str
    rgb: UInt8Array
    coarse: Heatmap
    fine: Heatmap
    peak: float


def main() -> None:
    datasets = os.environ.get("SPERM_VIEWER_DATASETS")
    if not datasets:
        raise SystemExit("SPERM_VIEWER_DATASETS is unset: the data sets are not here.")
    before = _overlay_of(_BEFORE)
    tiles = [_tile(shown, before) for name in ("smids", "hushem") for shown in _chosen(Path(datasets) / name)]
    blank = np.full_like(tiles[0], 255)
    rows = [[*tiles[at : at + _ACROSS], *[blank] * _ACROSS][:_ACROSS] for at in range(0, len(tiles), _ACROSS)]
    picture = np.vstack([np.hstack(row) for row in rows])
    cv2.imwrite(str(_PICTURE), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(_PICTURE)


def _chosen(dataset: Path) -> list[Shown]:
    """The worst and the median crops by the peak on the head, coldest first."""
    found = sorted(_scored(dataset), key=lambda shown: shown.peak)
    middle = len(found) // 2 - _EACH // 2
    chosen = [*found[:_EACH], *found[middle : middle + _EACH]]
    median = found[len(found) // 2].peak
    print(f"{dataset.name}: {len(found)} crops with a head; peak on it, of the median crop {median:.2f}")
    for shown in chosen:
        print(f"    {shown.name} {shown.peak:.2f}")
    return chosen


def _scored(dataset: Path) -> list[Shown]:
    model = find_model(dataset.name)
    scorer, fine = open_scorer(model, "onnx", "cpu", None).scorer, FineHeatmaps(model)
    found = []
    with (dataset / "index.csv").open(newline="", encoding="utf-8") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["label"])
    for _, of_class in itertools.groupby(rows, key=lambda row: row["label"]):
        for row in itertools.islice(of_class, _OF_A_CLASS):
            event = scorer.score(ImageRef(dataset.name, dataset / row["path"]))
            if isinstance(event, CellScored):
                cell = _cell(event)
                rgb = recall(cell)
                head = find_head(rgb)
                if head is not None:
                    sharp = fine.of(cell, event.heatmap, rgb)
                    found.append(Shown(row["path"], rgb, event.heatmap, sharp, _peak(sharp, rgb, head)))
    return found


def _cell(event: CellScored) -> Cell:
    known = event.ref, event.sha256, event.size, None, event.status, event.prediction, event.flags
    return Cell(1, "", 1, *known, "", None, None, "")


def _peak(heatmap: Heatmap, rgb: UInt8Array, head: Head) -> float:
    heat, _ = heat_on_crop(smoothed(heatmap), *rgb.shape[:2])
    (left, top), (height, width) = head.corner, head.mask.shape
    return float(heat[top : top + height, left : left + width][head.mask].max())


def _overlay_of(commit: str) -> types.ModuleType:
    """The drawing of heat as it was at a commit."""
    file = f"{commit}:sperm_viewer/imaging/overlay.py"
    source = subprocess.run(["git", "show", file], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    module = types.ModuleType("overlay_before")
    exec(compile(source, file, "exec"), module.__dict__)
    return module


def _tile(shown: Shown, before: types.ModuleType) -> UInt8Array:
    drawn = [
        shown.rgb,
        before.overlay(shown.rgb, shown.coarse, _OPACITY),
        before.overlay(shown.rgb, shown.fine, _OPACITY),
        overlay(shown.rgb, shown.fine, _OPACITY),
    ]
    row = np.hstack([_fitted(picture) for picture in drawn])
    return np.asarray(np.pad(row, ((0, _GAP), (0, 2 * _GAP), (0, 0)), constant_values=255), np.uint8)


def _fitted(rgb: UInt8Array) -> UInt8Array:
    """The picture in a white square."""
    height, width = rgb.shape[:2]
    scale = _SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    square = np.full((_SIDE, _SIDE + 2, 3), 255, np.uint8)
    top, left = (_SIDE - size[1]) // 2, (_SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


if __name__ == "__main__":
    main()
