"""Evidence from the head: the loss counts what lies beside the head, and training moves evidence onto it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sperm_viewer.domain.cell import NON_SPERM  # noqa: E402
from sperm_viewer.imaging.head import find_head, window_transform  # noqa: E402
from sperm_viewer.inference.model_spec import FeatureGrid, Preprocessing  # noqa: E402
from sperm_viewer.inference.preprocess import prepare  # noqa: E402
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell  # noqa: E402
from sperm_viewer.training.augment import Augmentation  # noqa: E402
from sperm_viewer.training.data import LabelledCrop, LoadedCrop  # noqa: E402
from sperm_viewer.training.evidence import beside_head, grown_head, share_beside  # noqa: E402
from sperm_viewer.training.fit import fit  # noqa: E402
from sperm_viewer.training.network import HeadNetwork, SimpleCNNBackbone, feature_grid  # noqa: E402
from sperm_viewer.training.recipes import RANDOM, Recipe  # noqa: E402

_HALF = (0.5, 0.5, 0.5)
_PRE = Preprocessing(110, 112, upright=True, views=1, mean=_HALF, std=_HALF)


def _crop(label: str, seed: int) -> LoadedCrop:
    shape = HeadClass.NORMAL if label == "normal" else HeadClass.TAPERED
    rgb = render_cell(replace(typical_cell(shape, seed=seed), neighbours=0, specks=0)).rgb
    return LoadedCrop(LabelledCrop(Path(f"{seed}"), label, f"{seed}"), rgb, find_head(rgb))


def test_the_share_beside_the_head_counts_positive_evidence_alone() -> None:
    features = torch.zeros(2, 2, 2, 2)
    features[0, 0, 0, 0], features[0, 0, 0, 1] = 3.0, 1.0
    features[0, 1] = 100.0
    weights = torch.tensor([[1.0, -1.0], [2.0, 0.0]])
    beside = torch.tensor([[[0.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]])
    # The second channel speaks against the classes, and the second crop doesn't count.
    assert share_beside(features, weights, beside) == pytest.approx(0.25)


def test_a_batch_without_a_crop_that_counts_costs_nothing() -> None:
    assert share_beside(torch.ones(2, 3, 2, 2), torch.ones(2, 3), torch.zeros(2, 2, 2)) == 0


@pytest.mark.parametrize("cells", [FeatureGrid(7.0, 8.0), FeatureGrid(0.0, 16.0)])
def test_a_cell_counts_as_beside_the_head_by_how_much_of_it_is(cells: FeatureGrid) -> None:
    """A head on the left half of the window, moved by the transform."""
    mask = np.zeros((200, 200), np.uint8)
    mask[:, :100] = 1
    transform = window_transform((99.5, 99.5), 0.0, 112, 112)
    count = int((111 - cells.first) // cells.step) + 1
    beside = beside_head(mask, transform, 112, cells, count)
    places = cells.first + cells.step * np.arange(count)
    assert np.allclose(beside[:, places < 56 - cells.step], 0)
    assert np.allclose(beside[:, places > 56 + cells.step], 1)
    turned = beside_head(mask, window_transform((99.5, 99.5), 180.0, 112, 112), 112, cells, count)
    assert np.allclose(turned[:, places < 56 - cells.step], 1)


def test_what_is_no_sperm_may_have_its_evidence_anywhere() -> None:
    crop = _crop("normal", 0)
    grown = grown_head(crop)
    assert crop.head is not None
    assert grown is not None
    assert crop.head.mask.sum() < grown.sum() < 1.6 * crop.head.mask.sum()
    debris = replace(crop, labelled=replace(crop.labelled, label=NON_SPERM))
    assert grown_head(debris) is None
    assert grown_head(replace(crop, head=None)) is None
    assert not beside_head(None, np.eye(2, 3), 112, FeatureGrid(7.0, 8.0), 14).any()


def _share_beside(network: HeadNetwork, crops: list[LoadedCrop]) -> float:
    cells = feature_grid(network, _PRE.size)
    found = []
    for crop in crops:
        batch, transforms = prepare(crop.rgb, crop.head, _PRE)
        with torch.no_grad():
            features = network(torch.from_numpy(batch))[1]
            beside = beside_head(grown_head(crop), transforms[0], _PRE.size, cells, features.shape[-1])
            found.append(float(share_beside(features, network.classifier.weight, torch.from_numpy(beside)[None])))
    return float(np.mean(found))


def test_the_loss_brings_evidence_onto_heads_that_were_not_trained_on(tmp_path: Path) -> None:
    crops = [_crop(("normal", "tapered")[seed % 2], seed) for seed in range(32)]
    still = Augmentation(rotation=180.0, stain=0.05, light=0.05, blur=0.1, erase=0.0)
    recipe = Recipe(
        "simple-cnn", _PRE, epochs=6, freeze=0, start=RANDOM, batch=8, mixup=0.0, average=0.5, augmentation=still
    )
    shares = {}
    for weight in (0.0, 1.0):
        torch.manual_seed(0)
        # Three blocks alone: their map has 14 x 14 cells.
        network = HeadNetwork(torch.nn.Sequential(*list(SimpleCNNBackbone())[:12]), 128, 2, False, 0.0)
        this = replace(recipe, evidence=weight)
        list(fit(network, crops[:24], ("normal", "tapered"), this, tmp_path / f"{weight}", torch.device("cpu")))
        shares[weight] = _share_beside(network, crops[24:])
    assert shares[1.0] < 0.8 * shares[0.0]
