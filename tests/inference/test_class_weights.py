"""The classifier's weights, which the heatmaps need, are read from the model folder's weights file."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_folders import ONNX_FILE, SPEC_FILE, WEIGHTS_FILE, find_model, open_model
from sperm_viewer.inference.open_engine import open_scorer, read_class_weights

MODELS = ["smids", "hushem", "smids-b0", "hushem-b0"]


@pytest.mark.parametrize("name", MODELS)
def test_they_are_those_of_the_onnx_file_to_the_last_bit(name: str) -> None:
    onnx = pytest.importorskip("onnx")
    folder = find_model(name)
    found = read_class_weights(folder)
    graph = onnx.load(folder.path / ONNX_FILE).graph
    (stored,) = (tensor for tensor in graph.initializer if tensor.name == "classifier.weight.fp16")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, onnx.numpy_helper.to_array(stored).astype(np.float32))


def test_a_file_without_them_is_refused(tmp_path: Path) -> None:
    shutil.copy(find_model("smids").path / SPEC_FILE, tmp_path)
    save_file({"other": np.zeros(3, np.float16)}, tmp_path / WEIGHTS_FILE)
    with pytest.raises(ModelError, match=r"weights\.safetensors.*Install the model again"):
        read_class_weights(open_model(tmp_path))


def test_an_altered_weights_file_is_refused_by_the_onnx_engine_too(tmp_path: Path) -> None:
    folder = tmp_path / "smids"
    shutil.copytree(find_model("smids").path, folder, ignore=shutil.ignore_patterns("evaluation"))
    with (folder / WEIGHTS_FILE).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    with pytest.raises(ModelError, match=r"weights\.safetensors: altered"):
        open_scorer(open_model(folder), "onnx", "cpu", None)
