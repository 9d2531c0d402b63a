"""The gradient that ONNX Runtime works out is torch's, for every architecture that can be published."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from sperm_viewer.domain.arrays import FloatArray  # noqa: E402
from sperm_viewer.domain.errors import ModelError  # noqa: E402
from sperm_viewer.inference.model_folders import GRADIENT_FILE, ONNX_FILE, find_model  # noqa: E402
from sperm_viewer.inference.onnx_engine import OnnxGradient  # noqa: E402
from sperm_viewer.training.fused import FusedStages  # noqa: E402
from sperm_viewer.training.load import load_network  # noqa: E402
from sperm_viewer.training.network import HeadNetwork, build  # noqa: E402
from sperm_viewer.training.onnx_gradient import add_gradient  # noqa: E402
from sperm_viewer.training.publish import export_gradient, export_onnx  # noqa: E402


def _batch(size: int) -> FloatArray:
    return np.random.default_rng(0).normal(size=(3, 3, size, size)).astype(np.float32)


def _torchs(network: HeadNetwork, batch: FloatArray, best: int) -> FloatArray:
    windows = torch.from_numpy(batch).requires_grad_()
    logits, _ = network(windows)
    others = [index for index in range(logits.shape[1]) if index != best]
    odds = logits[:, best] - torch.logsumexp(logits[:, others], 1)
    (gradient,) = torch.autograd.grad(odds.sum(), windows)
    return np.asarray(gradient.numpy(), np.float32)


def _agree(ours: FloatArray, theirs: FloatArray) -> None:
    assert np.abs(theirs).max() > 0
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs).max())


@pytest.mark.parametrize("name", ["smids", "hushem"])
def test_a_shipped_models_gradient_is_torchs(name: str) -> None:
    model = find_model(name)
    batch = _batch(model.spec.preprocessing.size)
    ours = OnnxGradient(model.path / GRADIENT_FILE)(batch, 1)
    _agree(ours, _torchs(load_network(model), batch, 1))


class _Stages(torch.nn.Sequential):
    """Five strided convolutions: what comes after the third, fourth and fifth."""

    def forward(self, batch: torch.Tensor) -> list[torch.Tensor]:
        seen = [batch]
        for layer in self:
            seen.append(layer(seen[-1]))
        return seen[3:]


def _fused() -> HeadNetwork:
    network = build("simple-cnn", 3)
    sides = [3, 4, 6, 8, 8, 8]
    network.trunk = _Stages(*(torch.nn.Conv2d(*pair, 3, stride=2, padding=1) for pair in itertools.pairwise(sides)))
    network.fusion = FusedStages([8, 8, 8], 256)
    return network


@pytest.mark.parametrize("make", [lambda: build("simple-cnn", 3), _fused])
def test_another_networks_gradient_is_torchs_too(make: Callable[[], HeadNetwork], tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = make().eval()
    weights = {
        name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
    }
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    # A size at which pooling leaves a rest.
    export_onnx(network, 72, tmp_path / ONNX_FILE)
    export_gradient(tmp_path)
    batch = _batch(72)
    _agree(OnnxGradient(tmp_path / GRADIENT_FILE)(batch, 0), _torchs(network, batch, 0))


@pytest.mark.parametrize(
    ("kernel", "stride", "pads", "group"),
    [(3, 1, 1, 1), (3, 1, 1, 4), (1, 1, 0, 1), (3, 2, 0, 4), (5, 2, 2, 4), (5, 1, 2, 4), (3, 2, 1, 1)],
)
def test_every_kind_of_convolution_has_torchs_gradient(kernel: int, stride: int, pads: int, group: int) -> None:
    rng = np.random.default_rng(0)
    batch = rng.normal(size=(2, 4, 11, 12)).astype(np.float32)
    weight = rng.normal(size=(4, 4 // group, kernel, kernel)).astype(np.float32)
    windows = torch.from_numpy(batch).requires_grad_()
    out = torch.nn.functional.conv2d(windows, torch.from_numpy(weight), stride=stride, padding=pads, groups=group)
    seed = rng.normal(size=tuple(out.shape)).astype(np.float32)
    (expected,) = torch.autograd.grad((out * torch.from_numpy(seed)).sum(), windows)
    how = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pads] * 4, "group": group}
    node = helper.make_node("Conv", ["batch", "weight"], ["out"], **how)
    shapes = {"batch": batch.shape, "seed": seed.shape, "out": seed.shape}
    batch_value, seed_value, out_value = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
    )
    kept = numpy_helper.from_array(weight, "weight")
    graph = helper.make_graph([node], "g", [batch_value, seed_value], [out_value], [kept])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    found = add_gradient(model, "out", "seed", "batch")
    graph = model.graph
    graph.output.append(helper.make_tensor_value_info(found, TensorProto.FLOAT, batch.shape))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (gradient,) = session.run([found], {"batch": batch, "seed": seed})
    np.testing.assert_allclose(gradient, expected.numpy(), atol=1e-5)


def test_an_operator_without_a_rule_is_named() -> None:
    node = helper.make_node("Tanh", ["batch"], ["logits"])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in ("batch", "seed", "logits")]
    model = helper.make_model(helper.make_graph([node], "g", values[:2], values[2:]))
    onnx.checker.check_model(model)
    with pytest.raises(ModelError, match="Tanh"):
        add_gradient(model, "logits", "seed", "batch")
