"""Each error of models, engines and the self-test, with its message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import save_file

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference import onnx_engine, self_test
from sperm_viewer.inference.model_folders import (
    GRADIENT_FILE,
    ONNX_FILE,
    SPEC_FILE,
    WEIGHTS_FILE,
    ModelFolder,
    find_model,
    open_model,
)
from sperm_viewer.inference.onnx_engine import OnnxEngine, OnnxGradient
from sperm_viewer.inference.open_engine import open_scorer, read_class_weights
from sperm_viewer.inference.out_of_distribution import parse_reference_appearance
from sperm_viewer.system import paths


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """A copy of the model `smids`, without its evaluation."""
    folder = tmp_path_factory.mktemp("models") / "smids"
    shutil.copytree(find_model("smids").path, folder, ignore=shutil.ignore_patterns("evaluation"))
    return open_model(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'name = "smids"', b"name = ", r"model\.toml: this is not a valid model description \(.+\)\. Install"),
        (b"format = 1", b"format = 999", r"model\.toml: made for another version .* 999, expected 1\)\. Update both"),
        (b"temperature = ", b"temprature = ", r"model\.toml: incomplete or mistaken .* \(.+\)\. Install"),
        (b'normal_class = "normal"', b'normal_class = "perfect"', r"model\.toml: normal_class 'perfect' .*\. Install"),
        (b"name", b"\xff\xfe", r"model\.toml: not a text file\. Install the model again\.$"),
    ],
)
def test_a_model_description_with_an_error_is_refused(
    old: bytes, new: bytes, message: str, shipped: ModelFolder, tmp_path: Path
) -> None:
    whole = (shipped.path / SPEC_FILE).read_bytes()
    assert old in whole
    (tmp_path / SPEC_FILE).write_bytes(whole.replace(old, new, 1))
    with pytest.raises(SpermViewerError, match=message):
        open_model(tmp_path)


def _altered(folder: Path) -> None:
    (folder / ONNX_FILE).write_bytes(b"altered")


def _removed(folder: Path) -> None:
    (folder / ONNX_FILE).unlink()


@pytest.mark.parametrize(
    ("harm", "file", "message"),
    [
        (_altered, ONNX_FILE, r"model\.onnx: altered since the model was published .*sha256.*\. Install"),
        (_removed, ONNX_FILE, r"model\.onnx: can't be read \(.+\)\. Install the model again\.$"),
        (lambda folder: None, "none.onnx", r"model\.toml: .*none\.onnx\. Install the model again\.$"),
    ],
)
def test_a_model_file_that_is_not_the_published_one_is_refused(
    harm: Callable[[Path], None], file: str, message: str, shipped: ModelFolder, tmp_path: Path
) -> None:
    copy = shutil.copytree(shipped.path, tmp_path / "smids")
    harm(copy)
    with pytest.raises(SpermViewerError, match=message):
        replace(shipped, path=copy).verify(file)


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (lambda: find_model("nothing"), r"^There is no model named 'nothing'\. Choose one of: .*smids"),
        (lambda: open_model(Path("none")), r"^none: not a model folder \(.+\)\. Choose another\.$"),
        (
            lambda: parse_reference_appearance({"mean": np.zeros(3, np.float32)}),
            r": made for another version of Sperm Viewer\. Install the model again\.$",
        ),
    ],
)
def test_what_is_no_model_is_refused(cause: Callable[[], object], message: str) -> None:
    with pytest.raises(SpermViewerError, match=message):
        cause()


def test_weights_of_another_version_are_refused(shipped: ModelFolder, tmp_path: Path) -> None:
    save_file({"other": np.zeros(3, np.float32)}, tmp_path / WEIGHTS_FILE)
    with pytest.raises(
        SpermViewerError, match=r"weights\.safetensors: made for another version .*\. Install the model"
    ):
        read_class_weights(replace(shipped, path=tmp_path))


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (lambda folder: OnnxEngine(folder / ONNX_FILE, "abacus"), r"'abacus'\. Choose one of: .*cpu"),
        (lambda folder: OnnxEngine(folder / ONNX_FILE, "coreml"), r"can't use 'coreml'\. Choose one of: .*cpu"),
        (lambda folder: OnnxEngine(folder / SPEC_FILE), r"model\.toml: ONNX Runtime can't load .*\. Install the model"),
        (
            lambda folder: OnnxEngine(folder / ONNX_FILE).forward(np.zeros((1, 1), np.float32)),
            r"^ONNX Runtime failed on 'cpu' \(.+\)\. Score again, or choose the CPU\.$",
        ),
        (
            lambda folder: OnnxGradient(folder / GRADIENT_FILE)(np.zeros((1, 1), np.float32), 0),
            r"^ONNX Runtime failed on a fine heatmap \(.+\)\. Use the",
        ),
        (lambda folder: open_scorer(open_model(folder), "torch", "cpu", None), r"torch engine .*onnx.*pip install"),
    ],
)
def test_an_engine_that_can_not_work_is_refused(
    cause: Callable[[Path], object], message: str, shipped: ModelFolder
) -> None:
    with pytest.raises(SpermViewerError, match=message):
        cause(shipped.path)


def test_a_device_that_can_not_start_is_refused_although_the_runtime_would_go_on_with_the_cpu(
    shipped: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(onnx_engine.PROVIDERS, "cuda", "CUDAExecutionProvider")
    monkeypatch.setattr(onnx_engine, "devices", lambda: ["cuda", "cpu"])
    monkeypatch.setattr(onnx_engine, "_load", lambda path, device: onnxruntime.InferenceSession(path))
    with pytest.raises(SpermViewerError, match=r"^ONNX Runtime could not start 'cuda'\. Check its driver, or choose"):
        OnnxEngine(shipped.path / ONNX_FILE, "cuda")


def _no_answers(resources: Path, shipped: Path) -> None:
    pass


def _no_models(resources: Path, shipped: Path) -> None:
    (resources / "self-test.csv").write_text("model,model_sha256,crop,class,probability\n")


def _no_answers_of_the_model(resources: Path, shipped: Path) -> None:
    _no_models(resources, shipped)
    shutil.copytree(shipped, resources / "models" / "smids")


@pytest.mark.parametrize(
    ("leave", "message"),
    [
        (_no_answers, r"self-test\.csv: can't be read \(.+\)\. Install the app again\.$"),
        (_no_models, r": no models\. Install the app again\.$"),
        (_no_answers_of_the_model, r"self-test\.csv: .*'smids'.*\. Install the app again\.$"),
    ],
)
def test_a_self_test_that_can_not_compare_is_an_error(
    leave: Callable[[Path, Path], None],
    message: str,
    shipped: ModelFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave(tmp_path, shipped.path)
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)
    with pytest.raises(SpermViewerError, match=message):
        list(self_test.self_test())
