"""The heatmap from the forward pass is pytorch-grad-cam's, and lies where the network looked."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.imaging.head import window_transform
from sperm_viewer.imaging.overlay import heat_on_crop, is_flat, overlay
from sperm_viewer.inference.gradcam import class_maps, merge, to_heatmap
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.model_spec import FeatureGrid
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell


def _scaled(values: FloatArray, size: int) -> FloatArray:
    """pytorch-grad-cam's two rescalings: before and after it enlarges the map to the input."""
    lifted = values - values.min()
    enlarged = cv2.resize(lifted / (1e-7 + lifted.max()), (size, size))
    enlarged = np.maximum(enlarged, 0) - enlarged.min()
    return np.asarray(enlarged / (1e-7 + enlarged.max()), np.float32)


@pytest.mark.parametrize("name", ["smids", "hushem"])
def test_maps_equal_pytorch_grad_cams_view_by_view(name: str) -> None:
    torch = pytest.importorskip("torch")
    from sperm_viewer.training.load import load_network
    from sperm_viewer.training.torchvision_shim import declare_missing_operators

    declare_missing_operators()

    from pytorch_grad_cam import GradCAMPlusPlus
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    model = find_model(name)
    network = load_network(model)

    class Logits(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, batch):  # type: ignore[no-untyped-def]
            return self.network(batch)[0]

    weights = network.classifier.weight.detach().numpy()
    size = model.spec.preprocessing.size
    for head_class in (HeadClass.NORMAL, HeadClass.AMORPHOUS):
        rgb = render_cell(typical_cell(head_class, seed=3)).rgb
        batch, _ = prepare(rgb, None, model.spec.preprocessing)
        with torch.no_grad():
            logits, features = network(torch.from_numpy(batch))
        final = int(logits.mean(0).argmax())
        ours = class_maps(features.numpy(), weights[final])
        with GradCAMPlusPlus(model=Logits(), target_layers=[network.attention]) as theirs:
            expected = theirs(torch.from_numpy(batch), [ClassifierOutputTarget(final)] * len(batch))
        for one, other in zip(ours, expected, strict=True):
            assert one.max() > 0
            np.testing.assert_allclose(_scaled(one, size), other, atol=1e-4)


def test_the_merged_map_is_the_mean_of_the_views_turned_back() -> None:
    """A hot corner in the first view, and the same place in a view turned by a quarter, add up to one hot corner."""
    size, cells = 100, 5
    upright = window_transform((50.0, 50.0), 0.0, 100.0, size)
    turned = window_transform((50.0, 50.0), 90.0, 100.0, size)
    first = np.zeros((cells, cells), np.float32)
    first[0, 4] = 1
    x, y = (turned @ [89.5 + 0.5, 9.5 + 0.5, 1]) / (size / cells)
    second = np.zeros((cells, cells), np.float32)
    second[int(y), int(x)] = 1
    merged = merge(np.stack([first, second]), [upright, turned], size, FeatureGrid(9.5, 20.0))
    assert merged.shape == (20, 20)
    hottest = np.unravel_index(merged.argmax(), merged.shape)
    assert hottest[0] < 4
    assert hottest[1] >= 16
    assert merged[12:, :8].max() < 0.01


def test_heat_lies_on_the_place_of_the_crop_that_the_grid_cell_covers() -> None:
    values = np.zeros((5, 5), np.float32)
    values[1, 2] = 1
    transform = window_transform((60.0, 70.0), 0.0, 50.0, 160)
    heat, covered = heat_on_crop(to_heatmap(values, transform, 160), 140, 120)
    y, x = np.unravel_index(heat.argmax(), heat.shape)
    assert abs(x - 60) <= 1
    assert abs(y - 60) <= 1
    ys, xs = np.nonzero(covered)
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == pytest.approx((35, 85, 45, 95), abs=1)


def test_a_map_whose_cells_are_not_in_even_parts_of_the_window_is_drawn_where_they_look() -> None:
    """As behind TensorFlow's padding: four cells at 15, 47, 79 and 111 of 112 pixels."""
    values = np.zeros((1, 4, 4), np.float32)
    values[0, 2, 1] = 1
    transform = window_transform((56.0, 56.0), 0.0, 112.0, 112)
    merged = merge(values, [transform], 112, FeatureGrid(15.0, 32.0), finer=28)
    y, x = np.unravel_index(merged.argmax(), merged.shape)
    assert merged.shape == (112, 112)
    assert abs(x - 47) <= 1
    assert abs(y - 79) <= 1


@pytest.mark.parametrize(("cells", "side"), [(4, 16), (14, 28)])
def test_a_map_of_many_cells_is_kept_small_enough_for_a_session(cells: int, side: int) -> None:
    transform = window_transform((56.0, 56.0), 0.0, 112.0, 112)
    grid = FeatureGrid(56 / cells - 0.5, 112 / cells)
    assert merge(np.ones((1, cells, cells), np.float32), [transform], 112, grid).shape == (side, side)


def test_a_flat_map_is_shown_as_flat() -> None:
    transform = window_transform((50.0, 50.0), 0.0, 50.0, 160)
    values = np.float32(7.0) + np.linspace(-1e-4, 1e-4, 25, dtype=np.float32).reshape(5, 5)
    heatmap = to_heatmap(values, transform, 160)
    assert is_flat(heatmap)
    assert heat_on_crop(heatmap, 100, 100)[0].max() == 0
    assert (heatmap.floor, heatmap.peak) == pytest.approx((6.9999, 7.0001))


def test_outside_the_window_the_crop_stays_as_it_is() -> None:
    rgb = np.full((100, 100, 3), 200, np.uint8)
    values = np.arange(25, dtype=np.float32).reshape(5, 5)
    laid = overlay(rgb, to_heatmap(values, window_transform((50.0, 50.0), 0.0, 40.0, 160), 160), 0.5)
    assert (laid[:25] == 200).all()
    assert (laid[40:60, 40:60] != 200).any()
