"""The fine heatmap is the coarse one, hot only where evidence is; it is worked out once, and from verified files."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.overlay import is_flat
from sperm_viewer.inference.fine_heatmap import FineHeatmaps, evidence, sharpen
from sperm_viewer.inference.model_folders import GRADIENT_FILE, find_model, open_model
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

_HALF = (0.5, 0.5, 0.5)


def _scored(name: str = "smids") -> tuple[Cell, Heatmap, UInt8Array]:
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    ref = ImageRef("A", Path("a.png"))
    event = open_scorer(find_model(name), "onnx", "cpu", None).scorer.score_pixels(ref, rgb, "ab", frozenset())
    cell = Cell(1, "A", 1, ref, "ab", event.size, None, event.status, event.prediction, event.flags, "", None, None, "")
    return cell, event.heatmap, rgb


@pytest.mark.parametrize("name", ["smids", "hushem"])
def test_a_fine_heatmap_lies_where_the_coarse_one_does_and_is_nowhere_hotter(name: str) -> None:
    cell, coarse, rgb = _scored(name)
    fine = FineHeatmaps(find_model(name)).of(cell, coarse, rgb)
    size = find_model(name).spec.preprocessing.size
    assert fine.grid.shape == (size, size)
    np.testing.assert_allclose(fine.placement, coarse.placement)
    assert 0 <= fine.floor < fine.peak <= coarse.peak * 1.0001


def test_evidence_is_what_blurring_would_take_away_from_the_class() -> None:
    """Of a network whose log-odds are the mean darkness of a square, all evidence lies on what is dark there."""
    pre = Preprocessing(96, 96, upright=False, views=4, mean=_HALF, std=_HALF)
    rgb = np.full((96, 96, 3), 200, np.uint8)
    # In the square and outside of it.
    rgb[30:34, 40:44] = rgb[70:74, 40:44] = 20

    def gradient(batch: FloatArray, best: int) -> FloatArray:
        """Turned with the views, each by a quarter of the circle more."""
        weights = np.zeros((1, 3, 96, 96), np.float32)
        weights[..., 20:48, 20:76] = -1
        return np.concatenate([np.rot90(weights, -view, (2, 3)) for view in range(len(batch))])

    batch, transforms = prepare(rgb, None, pre)
    found = cv2.GaussianBlur(evidence(gradient, batch, transforms, 0, pre), (0, 0), 1.0)
    y, x = np.unravel_index(int(found.argmax()), found.shape)
    assert 30 <= y < 34
    assert 40 <= x < 44
    assert found[60:].max() < 0.05 * found.max()


def test_sharpened_heat_is_where_both_maps_are_hot() -> None:
    coarse = np.array([[2.0, 0.0], [2.0, 0.0]], np.float32)
    found = np.zeros((112, 112), np.float32)
    found[20, 20], found[20, 90], found[90, 20], found[55, 20] = 1.0, 1.0, 0.5, -1.0
    heat = sharpen(coarse, found)
    assert heat[20, 20] == heat.max() == pytest.approx(2.0, rel=1e-3)
    assert heat[90, 20] == pytest.approx(1.0, rel=0.05)
    assert heat[20, 90] < 0.02
    assert 0 < heat[55, 20] < 0.1


def test_a_flat_map_stays_flat() -> None:
    cell, coarse, rgb = _scored()
    flat = Heatmap(np.zeros_like(coarse.grid), 7.0, 7.0, coarse.placement)
    assert is_flat(FineHeatmaps(find_model("smids")).of(cell, flat, rgb))


def test_a_fine_heatmap_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cell, coarse, rgb = _scored()
    fine = FineHeatmaps(find_model("smids"))
    first = fine.of(cell, coarse, rgb)
    monkeypatch.setattr("sperm_viewer.inference.fine_heatmap.evidence", None)
    assert fine.of(cell, coarse, rgb) is first


@pytest.mark.parametrize("name", [GRADIENT_FILE, "model.onnx"])
def test_files_that_were_altered_are_refused(name: str, tmp_path: Path) -> None:
    folder = shutil.copytree(find_model("smids").path, tmp_path / "smids")
    with (folder / name).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match=f"{name}: altered"):
        FineHeatmaps(open_model(folder))
