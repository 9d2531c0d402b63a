"""The linear layer in a model's ONNX files can be replaced, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_folders import GRADIENT_FILE, ONNX_FILE, WEIGHTS_FILE, find_model
from sperm_viewer.inference.onnx_engine import OnnxEngine, OnnxGradient
from sperm_viewer.inference.onnx_layer import gradient_with_layer, with_layer


@pytest.fixture(scope="module")
def layer() -> tuple[FloatArray, FloatArray]:
    """One for four classes, where `smids` has three."""
    weights = load_file(find_model("smids").path / WEIGHTS_FILE)["classifier.weight"].astype(np.float32)
    four = np.vstack([weights, 0.5 * weights[:1] - 0.25 * weights[1:2]]).astype(np.float16).astype(np.float32)
    return four, np.array([0.1, 0.2, 0.3, 0.4], np.float32)


@pytest.fixture(scope="module")
def folder(layer: tuple[FloatArray, FloatArray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    made, shipped = tmp_path_factory.mktemp("four"), find_model("smids").path
    old = (shipped / ONNX_FILE).read_bytes()
    new = with_layer(old, *layer)
    (made / ONNX_FILE).write_bytes(new)
    (made / GRADIENT_FILE).write_bytes(gradient_with_layer((shipped / GRADIENT_FILE).read_bytes(), old, new, *layer))
    return made


def _batch() -> FloatArray:
    return np.random.default_rng(1).normal(size=(2, 3, 112, 112)).astype(np.float32)


def test_the_logits_are_those_of_the_new_layer_and_the_features_stay(
    folder: Path, layer: tuple[FloatArray, FloatArray]
) -> None:
    before = OnnxEngine(find_model("smids").path / ONNX_FILE).forward(_batch())
    after = OnnxEngine(folder / ONNX_FILE).forward(_batch())
    np.testing.assert_array_equal(after.features, before.features)
    np.testing.assert_allclose(after.logits, before.features.mean(axis=(2, 3)) @ layer[0].T + layer[1], atol=1e-4)


def test_the_gradient_is_that_of_the_new_layer(folder: Path) -> None:
    batch, engine = _batch(), OnnxEngine(folder / ONNX_FILE)
    way = np.random.default_rng(2).normal(size=batch.shape).astype(np.float32)

    def log_odds(at: FloatArray) -> float:
        logits = engine.forward(at).logits.astype(np.float64)
        return float((logits[:, 3] - np.log(np.exp(logits[:, :3]).sum(axis=1))).sum())

    step = np.float32(1e-3)
    by_difference = (log_odds(batch + step * way) - log_odds(batch - step * way)) / (2 * float(step))
    assert float((OnnxGradient(folder / GRADIENT_FILE)(batch, 3) * way).sum()) == pytest.approx(by_difference, rel=0.03)


def test_the_files_are_valid_onnx(folder: Path) -> None:
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(str(folder / ONNX_FILE), full_check=True)
    onnx.checker.check_model(str(folder / GRADIENT_FILE), full_check=True)


def test_a_file_without_the_layer_is_refused(layer: tuple[FloatArray, FloatArray]) -> None:
    with pytest.raises(ModelError, match=r"^The ONNX file has no layer 'classifier\.weight', so it can't be taught"):
        with_layer(b"", *layer)


@pytest.mark.parametrize("damaged", [b"\x3a\xff\x01", b"\x80", b"\x3b", b"\x38\x01"])
def test_a_damaged_file_is_refused(damaged: bytes, layer: tuple[FloatArray, FloatArray]) -> None:
    with pytest.raises(ModelError, match=r"^The ONNX file is damaged\. Install the model again\.$"):
        with_layer(damaged, *layer)


def test_a_gradient_of_another_model_is_refused(layer: tuple[FloatArray, FloatArray]) -> None:
    one, other = find_model("smids").path, find_model("smids-b0").path
    old = (other / ONNX_FILE).read_bytes()
    with pytest.raises(ModelError, match=r"^gradient\.onnx doesn't belong to model\.onnx\. Install the model again\.$"):
        gradient_with_layer((one / GRADIENT_FILE).read_bytes(), old, old, *layer)
