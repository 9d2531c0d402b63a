"""A crop gets further views only where the first is not sure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from sperm_viewer.core.types import CropRef, FloatArray, Forward
from sperm_viewer.imaging.render import HeadClass, render_cell, typical_cell
from sperm_viewer.inference.engine import Engine
from sperm_viewer.inference.likeness import LIKENESS_FILE, parse_likeness
from sperm_viewer.inference.registry import ModelFolder, find_model
from sperm_viewer.inference.scorer import Scorer
from sperm_viewer.inference.views import is_sure, settled


class _Says:
    """An engine that gives each view the next of some logits."""

    name, device = "onnx", "cpu"

    def __init__(self, *logits: tuple[float, float, float]) -> None:
        self.left = list(logits)
        self.asked: list[int] = []

    def forward(self, batch: FloatArray) -> Forward:
        self.asked.append(len(batch))
        said, self.left = self.left[: len(batch)], self.left[len(batch) :]
        features = np.ones((len(batch), 8, 4, 4), np.float32)
        return Forward(np.array(said, np.float32), features * np.arange(8, dtype=np.float32)[:, None, None])


def _scored(engine: Engine) -> tuple[float, ...]:
    model = find_model("smids")
    spec = replace(model.spec, sure_margin=2.0, temperature=1.0)
    likeness = parse_likeness(load_file(model.path / LIKENESS_FILE))
    scorer = Scorer(ModelFolder(model.path, spec, model.id), engine, np.ones((3, 8), np.float32), likeness)
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    return scorer.score_pixels(CropRef("A", Path("a.png")), rgb, "", frozenset()).prediction.probabilities


def test_a_sure_first_view_settles_a_crop() -> None:
    engine = _Says((3.0, 1.0, 0.5))
    assert _scored(engine) == pytest.approx(np.exp([3, 1, 0.5]) / np.exp([3, 1, 0.5]).sum())
    assert engine.asked == [1]


def test_an_unsure_one_is_averaged_with_all_others() -> None:
    engine = _Says((3.0, 1.1, 0.5), (0.0, 5.0, 0.0), (0.0, 5.0, 0.0), (1.0, 0.9, 3.5))
    probabilities = _scored(engine)
    assert engine.asked == [1, 3]
    assert probabilities == pytest.approx(np.exp([1, 3, 1]) / np.exp([1, 3, 1]).sum(), rel=1e-5)


def test_training_and_scoring_settle_a_crop_alike() -> None:
    views = np.array([[3.0, 1.1, 0.5], [0.0, 5.0, 0.0]], np.float32)
    assert is_sure(views[0], 1.89)
    assert not is_sure(views[0], 1.91)
    np.testing.assert_array_equal(settled(views, 1.89), views[0])
    np.testing.assert_allclose(settled(views, 1.91), [1.5, 3.05, 0.25], rtol=1e-6)
    assert not is_sure(views[1], np.inf)
