# ruff: noqa: E402
"""Each error of data sets, recipes and networks, with its message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from fake_failures import fails_with
from onnx import NodeProto, TensorProto, helper, numpy_helper
from safetensors.torch import save_file

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.torch_engine import TorchEngine
from sperm_viewer.training import chain, load, onnx_gradient
from sperm_viewer.training.data import read_dataset
from sperm_viewer.training.network import build, load_pretrained
from sperm_viewer.training.predictions import read_predictions
from sperm_viewer.training.synthetic_crops import synthetic_crops
from sperm_viewer.training.systems import system_recipe
from sperm_viewer.training.train import _head_lengths


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (lambda: _head_lengths([]), r"^No head was found in any crop of the data set\. Choose one"),
        (lambda: synthetic_crops(1, ("round",)), r"^There is no .*'round'\. Choose a recipe without"),
        (lambda: system_recipe("abacus", "smids"), r"^There is no system 'abacus'\. Choose one of: .*best"),
        (lambda: system_recipe("best", "nothing"), r"^There are no recipes .*'nothing'\. .*--recipes: .*smids"),
        (lambda: build("abacus", 3), r"^Unknown architecture 'abacus'\. Choose one of: .*efficientnet"),
        (lambda: TorchEngine(build("simple-cnn", 3), "abacus"), r"'abacus'.*\. Choose one of: .*cpu"),
        (
            lambda: TorchEngine(build("simple-cnn", 3), "cpu").forward(np.zeros((1, 1, 1, 1), np.float32)),
            r"^torch failed on 'cpu' \(.+\)\. Score again, or choose the CPU\.$",
        ),
    ],
)
def test_what_there_is_none_of_is_refused(cause: Callable[[], object], message: str) -> None:
    with pytest.raises(SpermViewerError, match=message):
        cause()


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (None, r": no data set\. It needs an index\.csv with path, label and group, or a folder for each"),
        ("file,class\na.png,normal\n", r"index\.csv: needs the columns path, label and group\.$"),
    ],
)
def test_a_folder_that_is_no_data_set_is_refused(index: str | None, message: str, tmp_path: Path) -> None:
    if index is not None:
        (tmp_path / "index.csv").write_text(index)
    with pytest.raises(SpermViewerError, match=message):
        read_dataset(tmp_path)


_HEADER = "repeat,fold,path,label,group,logit_a\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", r"predictions\.csv: no predictions\. Evaluate again\.$"),
        ("0,0,a.png,a,a,1.0\n" * 2, r"predictions\.csv: not every image .* once in every repeat\. Evaluate again\.$"),
    ],
)
def test_predictions_that_are_not_whole_are_refused(rows: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "predictions.csv").write_text(_HEADER + rows)
    with pytest.raises(SpermViewerError, match=message):
        read_predictions(tmp_path / "predictions.csv")


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ("simple-cnn", r"^Pretrained weights are for EfficientNet .*\. Leave them"),
        (
            "efficientnetv2-b0",
            r"weights\.safetensors: these weights don't fit the architecture (?s:.+)\. Choose",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(architecture: str, message: str, tmp_path: Path) -> None:
    save_file({"nothing": torch.zeros(1)}, tmp_path / "weights.safetensors")
    with pytest.raises(SpermViewerError, match=message):
        load_pretrained(build(architecture, 3), tmp_path / "weights.safetensors")


def test_a_recipe_that_starts_from_imagenet_needs_its_weights() -> None:
    recipe = replace(system_recipe("efficientnetv2-b0", "smids"), start=chain.IMAGENET)
    nowhere = SimpleNamespace(imagenet=None)
    with pytest.raises(SpermViewerError, match=r"starts from ImageNet weights\. .*--pretrained FILE"):
        chain._begin(build("simple-cnn", 3), recipe, {}, nowhere)


def test_a_model_whose_weights_do_not_fit_its_architecture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.nn.Module, "load_state_dict", fails_with(RuntimeError("size mismatch")))
    with pytest.raises(SpermViewerError, match=r"weights\.safetensors: doesn't fit .*size mismatch\)\. Train again\.$"):
        load.load_network(find_model("smids"))


_SINE = helper.make_node("Sin", ["x"], ["y"])
_GROUPED = helper.make_node("Conv", ["x", "w"], ["y"], group=2, kernel_shape=[1, 1], strides=[1, 1], pads=[0] * 4)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (_SINE, r"^The network uses the operator Sin, whose gradient .*\. Choose another\.$"),
        (_GROUPED, r"^The network has a grouped convolution, whose gradient .*\. Choose another\.$"),
    ],
)
def test_a_network_whose_gradient_is_unknown_is_refused(node: NodeProto, message: str) -> None:
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 8, 8])
    found = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 8, 8])
    weight = numpy_helper.from_array(np.zeros((4, 2, 1, 1), np.float32), "w")
    model = helper.make_model(helper.make_graph([node], "g", [image], [found], [weight]))
    with pytest.raises(SpermViewerError, match=message):
        onnx_gradient.add_gradient(model, "y", "y", "x")
