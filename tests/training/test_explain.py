"""Heatmaps are judged by what they are asked to show; the maps compared are pytorch-grad-cam's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sperm_viewer.inference.model_spec import Preprocessing  # noqa: E402
from sperm_viewer.inference.preprocess import prepare  # noqa: E402
from sperm_viewer.training.explain import (  # noqa: E402
    FINE,
    KNOW_NOTHING,
    METHODS,
    OURS,
    Explained,
    explain,
    faithfulness,
    read_explained,
    write_explained,
)
from sperm_viewer.training.network import HeadNetwork, build  # noqa: E402
from sperm_viewer.training.synthetic_crops import synthetic_crops  # noqa: E402

_HALF = (0.5, 0.5, 0.5)
_PRE = Preprocessing(80, 96, upright=True, views=1, mean=_HALF, std=_HALF)


class DarkMiddle(torch.nn.Module):  # type: ignore[misc, name-defined]
    """A trunk whose first channel is how dark each place is: what matters is known."""

    channels = 2

    def __init__(self) -> None:
        super().__init__()
        self.halve = torch.nn.Sequential(*(torch.nn.AvgPool2d(2) for _ in range(3)))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        dark = self.halve(torch.relu(-batch.mean(1, keepdim=True)))
        return torch.cat([dark, torch.full_like(dark, 0.01)], dim=1)


def _knows_the_head() -> HeadNetwork:
    network = HeadNetwork(DarkMiddle(), 2, 2, attention=False, dropout=0.0).eval()
    with torch.no_grad():
        network.classifier.weight.copy_(torch.tensor([[60.0, 0.0], [0.0, 1.0]]))
        network.classifier.bias.zero_()
    return network


@pytest.mark.parametrize("method", list(METHODS))
def test_each_map_is_pytorch_grad_cams(method: str) -> None:
    from sperm_viewer.training.torchvision_shim import declare_missing_operators

    declare_missing_operators()
    import cv2
    from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, LayerCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    theirs = {OURS: GradCAMPlusPlus, "Grad-CAM": GradCAM, "LayerCAM": LayerCAM, "EigenCAM": EigenCAM}[method]
    torch.manual_seed(0)
    network = build("simple-cnn", 3).eval()

    class Logits(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return self.network(batch)[0]

    batch = torch.randn(1, 3, 128, 128)
    with torch.no_grad():
        _, features = network(batch)
    ours = METHODS[method](features.numpy(), network.classifier.weight.detach().numpy()[1])[0]
    ours = cv2.resize((ours - ours.min()) / (1e-7 + np.ptp(ours)), (128, 128))
    with theirs(model=Logits(), target_layers=[network.attention]) as cam:
        expected = cam(batch, [ClassifierOutputTarget(1)])[0]
    np.testing.assert_allclose(ours, expected, atol=0.02)


def test_a_map_that_shows_what_matters_beats_maps_that_know_nothing() -> None:
    crops = [crop for crop in synthetic_crops(12, ("normal", "amorphous", "pyriform", "tapered")) if crop.head]
    network = _knows_the_head()
    rows = explain(network, crops, [str(i) for i in range(len(crops))], 0, _PRE)
    found = {each.method: each for each in faithfulness(rows)}
    assert list(found) == [*METHODS, FINE, *KNOW_NOTHING]
    assert found[OURS].deletion < found["random"].deletion - 0.05
    assert found[OURS].insertion > found["random"].insertion + 0.05
    assert found[OURS].pointing >= 0.9
    assert found[OURS].inside > 1.5 * found["random"].inside
    for method in (OURS, "random"):
        grown = found[method].grown
        assert grown is not None
        assert grown > found[method].inside


def test_heat_on_the_head_is_measured_on_the_head_as_it_lies_in_the_window() -> None:
    from sperm_viewer.training.explain import head_in_window

    (crop, *_) = synthetic_crops(1, ("normal",))
    assert crop.head is not None
    _, transforms = prepare(crop.rgb, crop.head, _PRE)
    mask = head_in_window(crop.rgb, crop.head, transforms[0], _PRE.size)
    assert mask is not None
    scale = _PRE.size / _PRE.window
    assert mask.sum() == pytest.approx(crop.head.mask.sum() * scale**2, rel=0.05)
    # Upright and centred.
    ys, xs = np.nonzero(mask)
    assert abs(ys.mean() - (_PRE.size - 1) / 2) < 1.5
    assert np.ptp(ys) > 1.2 * np.ptp(xs)


def test_what_was_explained_comes_back_from_its_file(tmp_path: Path) -> None:
    rows = [
        Explained(OURS, 0, "a.png", "normal", (0.9, 0.5, 0.25), (0.25, 0.5, 0.9), 0.5, 1.0, 0.125, 0.75),
        Explained("random", 0, "a.png", "normal", (0.9, 0.5, 0.25), (0.25, 0.5, 0.9), None, None, None, None),
    ]
    write_explained(rows, tmp_path / "explained.csv")
    assert read_explained(tmp_path / "explained.csv") == rows
