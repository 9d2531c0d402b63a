"""Both engines say the same, and a device is trusted only after it agreed with the CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.errors import EngineError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Forward
from sperm_viewer.inference import open_engine
from sperm_viewer.inference.engine import Engine
from sperm_viewer.inference.model_folders import ModelFolder, find_model
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.open_engine import FallbackEngine, open_scorer
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell
from sperm_viewer.training.load import load_network


@pytest.mark.parametrize("name", ["smids", "hushem"])
def test_both_engines_give_the_same_classes_and_probabilities_within_1e_4(name: str) -> None:
    pytest.importorskip("torch")
    model = find_model(name)
    one = open_scorer(model, "onnx", "cpu", None).scorer
    other = open_scorer(model, "torch", "cpu", load_network).scorer
    for seed, head_class in enumerate(HeadClass):
        rgb = render_cell(typical_cell(head_class, seed=seed)).rgb
        first, second = (scorer.score_pixels(_REF, rgb, "", frozenset()) for scorer in (one, other))
        assert first.prediction.first == second.prediction.first
        np.testing.assert_allclose(first.prediction.probabilities, second.prediction.probabilities, atol=1e-4)
        assert np.abs(first.heatmap.grid.astype(int) - second.heatmap.grid).max() <= 1


_REF = ImageRef("A", Path("a.png"))


class _Device:
    """Stands in for a graphics card: the CPU's answers, `shift` added; fails from call `fails_at` on."""

    name, device = "onnx", "cuda"

    def __init__(self, cpu: Engine, shift: float = 0.0, fails_at: int = 1000) -> None:
        self.cpu, self.shift, self.fails_at, self.calls = cpu, shift, fails_at, 0

    def forward(self, batch: FloatArray) -> Forward:
        self.calls += 1
        if self.calls >= self.fails_at:
            raise EngineError("out of memory")
        answer = self.cpu.forward(batch)
        return Forward(answer.logits + np.float32(self.shift), answer.features)


@pytest.fixture
def with_device(monkeypatch: pytest.MonkeyPatch) -> Callable[..., _Device]:
    def install(**how: float) -> _Device:
        model = find_model("smids")
        card = _Device(OnnxEngine(model.path / "model.onnx"), **how)  # type: ignore[arg-type]

        def engine(path: object, device: str = "cpu") -> Engine:
            return card if device == "cuda" else card.cpu

        monkeypatch.setattr(open_engine, "OnnxEngine", engine)
        monkeypatch.setattr(open_engine.onnx_engine, "devices", lambda: ["cuda", "cpu"])
        return card

    return install


def _auto() -> open_engine.Opened:
    return open_scorer(find_model("smids"), "auto", "auto", None)


def test_auto_takes_a_device_that_agrees_with_the_cpu(with_device: Callable[..., _Device]) -> None:
    with_device()
    opened = _auto()
    assert (opened.engine.device, opened.notes) == ("cuda", ())


def test_auto_refuses_a_device_that_gives_other_answers_and_says_so(with_device: Callable[..., _Device]) -> None:
    with_device(shift=0.5)
    opened = _auto()
    assert opened.engine.device == "cpu"
    assert "other answers" in opened.notes[0]


def test_auto_refuses_a_device_that_answers_with_no_numbers(with_device: Callable[..., _Device]) -> None:
    with_device(shift=float("nan"))
    assert _auto().engine.device == "cpu"


def test_auto_refuses_a_device_that_fails_at_once_and_says_so(with_device: Callable[..., _Device]) -> None:
    with_device(fails_at=1)
    opened = _auto()
    assert opened.engine.device == "cpu"
    assert "out of memory" in opened.notes[0]


def test_a_device_that_fails_on_the_way_is_replaced_by_the_cpu_and_said(with_device: Callable[..., _Device]) -> None:
    card = with_device()
    opened = _auto()
    card.fails_at = 0
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    event = opened.scorer.score_pixels(_REF, rgb, "", frozenset())
    expected = open_scorer(find_model("smids"), "onnx", "cpu", None).scorer.score_pixels(_REF, rgb, "", frozenset())
    assert isinstance(event, CellScored)
    assert event.prediction == expected.prediction
    assert isinstance(opened.engine, FallbackEngine)
    assert "cuda" in opened.engine.note
    assert opened.engine.device == "cpu"


def test_a_device_that_is_not_there_is_refused_in_words() -> None:
    with pytest.raises(EngineError, match="coreml"):
        open_scorer(find_model("smids"), "onnx", "coreml", None)


def test_the_torch_engine_without_torch_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"sperm-viewer\[torch\]"):
        open_scorer(find_model("smids"), "torch", "cpu", load_network)


def test_a_crops_result_does_not_depend_on_its_neighbours() -> None:
    model: ModelFolder = find_model("smids")
    scorer = open_scorer(model, "onnx", "cpu", None).scorer
    crops = [render_cell(typical_cell(head_class)).rgb for head_class in HeadClass]
    alone = [scorer.score_pixels(_REF, rgb, "", frozenset()).prediction for rgb in crops]
    turned = [scorer.score_pixels(_REF, rgb, "", frozenset()).prediction for rgb in reversed(crops)]
    assert alone == turned[::-1]
