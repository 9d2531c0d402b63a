"""Networks: the attention of the paper, one ending for all, and a start from given weights."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from sperm_viewer.domain.errors import ModelError  # noqa: E402
from sperm_viewer.inference.model_folders import ONNX_FILE, find_model  # noqa: E402
from sperm_viewer.inference.model_spec import FeatureGrid  # noqa: E402
from sperm_viewer.training import depthwise  # noqa: E402
from sperm_viewer.training.fused import interpolation  # noqa: E402
from sperm_viewer.training.network import ARCHITECTURES, CBAM, build, feature_grid, load_pretrained  # noqa: E402


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_logits_are_a_linear_function_of_the_mean_feature_map(architecture: str) -> None:
    """What Grad-CAM++ without a backward pass stands on."""
    torch.manual_seed(0)
    network = build(architecture, 3).eval()
    with torch.no_grad():
        logits, features = network(torch.randn(2, 3, 64, 64))
        again = features.mean((2, 3)) @ network.classifier.weight.T + network.classifier.bias
    torch.testing.assert_close(logits, again)


def test_attention_follows_the_equations_of_the_paper() -> None:
    """Woo et al. 2018, equations 2 and 3, worked out step by step."""
    torch.manual_seed(1)
    cbam = CBAM(32)
    features = torch.randn(2, 32, 6, 6)
    channel, spatial = cbam
    first, _, second = channel.shared
    w1, w2 = first.weight.flatten(1), second.weight.flatten(1)

    def perceptron(pooled: torch.Tensor) -> torch.Tensor:
        return torch.relu(pooled @ w1.T) @ w2.T

    gate = torch.sigmoid(perceptron(features.mean((2, 3))) + perceptron(features.amax((2, 3))))
    refined = features * gate[:, :, None, None]
    summary = torch.stack([refined.mean(1), refined.amax(1)], dim=1)
    expected = refined * torch.sigmoid(torch.nn.functional.conv2d(summary, spatial.look.weight, padding=3))
    torch.testing.assert_close(cbam(features), expected)


def test_a_trunk_starts_from_a_published_model() -> None:
    model = find_model("smids")
    network = build(model.spec.architecture, 4)
    load_pretrained(network, model.path / ONNX_FILE)
    from sperm_viewer.training.load import load_network

    for name, value in load_network(model).trunk.state_dict().items():
        assert torch.equal(value, network.trunk.state_dict()[name]), name
    # They are weights, not what a network begins with by chance.
    assert not torch.equal(
        network.trunk.body.conv_stem.weight, build(model.spec.architecture, 4).trunk.body.conv_stem.weight
    )


def test_weights_that_do_not_fit_are_refused_in_words(tmp_path: Path) -> None:
    save_file({"something": torch.zeros(3)}, tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match="don't fit"):
        load_pretrained(build("efficientnet-b0", 2), tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match="has none"):
        load_pretrained(build("simple-cnn", 2), tmp_path / "w.safetensors")


def test_an_unknown_architecture_is_refused_with_those_there_are() -> None:
    with pytest.raises(ModelError, match=r"efficientnetv2-b0\+cbam"):
        build("resnet", 2)


@pytest.mark.parametrize("architecture", ["efficientnet-b0", "efficientnetv2-b0", "efficientnetv2-b0+fused+cbam"])
def test_depthwise_convolutions_go_back_the_quick_way_to_the_same_gradients(architecture: str) -> None:
    torch.manual_seed(0)
    network = build(architecture, 3).double().train()
    batch, labels = torch.randn(2, 3, 75, 64).double(), torch.tensor([0, 2])

    def gradients() -> dict[str, torch.Tensor]:
        network.zero_grad()
        torch.nn.functional.cross_entropy(network(batch)[0], labels).backward()
        return {name: parameter.grad.clone() for name, parameter in network.named_parameters()}

    plain = gradients()
    calls = []
    original = depthwise._of_weight
    with pytest.MonkeyPatch.context() as patch, depthwise.quick_depthwise(network):
        patch.setattr(depthwise, "_of_weight", lambda *given: calls.append(1) or original(*given))
        quick = gradients()
    assert len(calls) >= 16
    for name, value in plain.items():
        assert (value - quick[name]).abs().max() <= 1e-9 * max(1.0, float(value.abs().max())), name
    assert not any("forward" in vars(module) for module in network.modules())


@pytest.mark.parametrize(
    ("architecture", "first", "step"),
    [
        ("efficientnetv2-b0+cbam", 15.0, 32.0),
        ("efficientnet-b0", 0.0, 32.0),
        ("simple-cnn", 15.5, 32.0),
        ("efficientnetv2-b0+fused+cbam", 7.0, 8.0),
    ],
)
def test_the_cells_of_a_feature_map_look_where_they_are_said_to(architecture: str, first: float, step: float) -> None:
    """Worked out by hand from the paddings, for five or three halvings of 112 pixels."""
    assert feature_grid(build(architecture, 2), 112) == FeatureGrid(first, step)


@pytest.mark.parametrize(("size", "cells"), [(97, 13), (112, 14), (129, 17)])
def test_a_fused_map_has_a_cell_every_eight_pixels(size: int, cells: int) -> None:
    network = build("efficientnetv2-b0+fused+cbam", 3).eval()
    with torch.no_grad():
        _, features = network(torch.zeros(2, 3, size, size))
    assert features.shape == (2, 256, cells, cells)


def test_fused_stages_are_joined_where_they_look() -> None:
    """Each stage says where its cells are; interpolated, all of them say where the finest one's cells are."""
    grids = [FeatureGrid(7.0, 8.0), FeatureGrid(15.0, 16.0), FeatureGrid(15.0, 32.0)]
    for grid, cells in zip(grids[1:], (7, 4), strict=True):
        places = torch.tensor([grid.first + grid.step * cell for cell in range(cells)])
        found = places @ interpolation(grid, cells, grids[0], 14, torch.device("cpu"))
        expected = torch.tensor([7.0 + 8.0 * cell for cell in range(14)]).clamp(places[0], places[-1])
        torch.testing.assert_close(found, expected)


def test_a_fused_network_starts_from_the_trunk_of_a_plain_one() -> None:
    model = find_model("smids")
    network = build("efficientnetv2-b0+fused+cbam", 3)
    load_pretrained(network, model.path / ONNX_FILE)
    from sperm_viewer.training.load import load_network

    theirs = load_network(model).trunk.state_dict()
    for name, value in network.trunk.state_dict().items():
        assert torch.equal(value, theirs[name]), name


def test_a_change_at_one_place_changes_the_cell_that_looks_there_most() -> None:
    """A trunk of strided convolutions alone, so that nothing but their geometry decides."""
    # Not before the network's module, which mends torchvision first.
    from timm.layers import Conv2dSame

    network = build("simple-cnn", 2)
    network.trunk = torch.nn.Sequential(*(Conv2dSame(1, 1, 3, stride=2, bias=False) for _ in range(5)))
    for layer in network.trunk:
        torch.nn.init.ones_(layer.weight)
    cells = feature_grid(network, 112)
    for cell in (1, 2):
        place = round(cells.first + cells.step * cell)
        picture = torch.zeros(1, 1, 112, 112)
        picture[0, 0, place, place] = 1
        answer = network.trunk(picture)[0, 0]
        assert answer.argmax() == cell * 4 + cell
