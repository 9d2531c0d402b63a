"""The layer behind the heatmaps is read from the ONNX file, and is the one that was published."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_folders import ONNX_FILE, find_model
from sperm_viewer.inference.onnx_file import half_array

_NAME = "classifier.weight"


@pytest.mark.parametrize("name", ["smids", "hushem"])
def test_it_is_what_onnx_itself_reads_to_the_last_bit(name: str) -> None:
    onnx = pytest.importorskip("onnx")
    file = find_model(name).path / ONNX_FILE
    found = half_array(file.read_bytes(), f"{_NAME}.fp16")
    (stored,) = (each for each in onnx.load(file).graph.initializer if each.name == f"{_NAME}.fp16")
    expected = onnx.numpy_helper.to_array(stored).astype(np.float32)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("content", [b"", b"\x3a", b"\x3a\x02\x2a\x00", b"\x07" * 40])
def test_a_file_without_it_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ModelError, match="Install the model again"):
        half_array(content, f"{_NAME}.fp16")
