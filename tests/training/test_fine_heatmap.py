"""After training on rendered cells whose only defect is a spot, the fine heatmap lies on that spot and no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sperm_viewer.domain.arrays import FloatArray  # noqa: E402
from sperm_viewer.domain.prediction import HeatShares  # noqa: E402
from sperm_viewer.imaging.head import find_head  # noqa: E402
from sperm_viewer.imaging.regions import heat_shares  # noqa: E402
from sperm_viewer.inference.fine_heatmap import evidence, sharpen  # noqa: E402
from sperm_viewer.inference.gradcam import class_maps, merge, to_heatmap  # noqa: E402
from sperm_viewer.inference.model_folders import ONNX_FILE, find_model  # noqa: E402
from sperm_viewer.inference.preprocess import prepare  # noqa: E402
from sperm_viewer.synthetic.render import (  # noqa: E402
    ACROSOME_VACUOLE,
    NECK_DROPLET,
    Rendered,
    Spot,
    render_cell,
)
from sperm_viewer.training.augment import Augmentation  # noqa: E402
from sperm_viewer.training.explain import gradient_of  # noqa: E402
from sperm_viewer.training.fit import fit  # noqa: E402
from sperm_viewer.training.network import HeadNetwork, build, feature_grid, load_pretrained  # noqa: E402
from sperm_viewer.training.recipes import Recipe  # noqa: E402
from sperm_viewer.training.spots import CLASSES, cell_with, spotted_crops  # noqa: E402

pytestmark = pytest.mark.slow

_MODEL = find_model("smids")
_PRE = _MODEL.spec.preprocessing
_APART = _PRE.window / 14


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> HeadNetwork:
    """Blots would look like spots, so none are made while it learns."""
    torch.manual_seed(0)
    taught = build("efficientnetv2-b0+cbam", 2, 0.1)
    load_pretrained(taught, _MODEL.path / ONNX_FILE)
    recipe = Recipe("efficientnetv2-b0+cbam", _PRE, epochs=4, freeze=0, mixup=0.0, augmentation=Augmentation(erase=0.0))
    crops = list(spotted_crops(200))
    for _ in fit(taught, crops, CLASSES, recipe, tmp_path_factory.mktemp("fit"), torch.device("cpu")):
        pass
    return taught.requires_grad_(False)


def _fine(network: HeadNetwork, cell: Rendered) -> tuple[FloatArray, Callable[[Sequence[float]], FloatArray]]:
    """The map over the window, and what brings a place of the crop to one of the map."""
    batch, transforms = prepare(cell.rgb, find_head(cell.rgb), _PRE)
    _, features = network(torch.from_numpy(batch))
    maps = class_maps(features.numpy(), network.classifier.weight.numpy()[1])
    coarse = merge(maps, transforms, _PRE.size, feature_grid(network, _PRE.size))
    heat = sharpen(coarse, evidence(gradient_of(network), batch, transforms, 1, _PRE))
    return heat, lambda place: transforms[0] @ np.array([*place, 1.0])


def _peak(heat: FloatArray) -> FloatArray:
    y, x = np.unravel_index(int(heat.argmax()), heat.shape)
    return np.array([x, y], np.float32)


def _shares(network: HeadNetwork, cell: Rendered) -> HeatShares:
    head = find_head(cell.rgb)
    heat, _ = _fine(network, cell)
    _, transforms = prepare(cell.rgb, head, _PRE)
    shares = heat_shares(to_heatmap(heat, transforms[0], _PRE.size), head, *cell.rgb.shape[:2])
    assert shares is not None
    return shares


def test_the_heat_of_a_lone_defect_lies_on_it_in_the_acrosome_and_at_the_neck(network: HeadNetwork) -> None:
    for spot in (ACROSOME_VACUOLE, NECK_DROPLET):
        away = []
        for seed in range(9000, 9006):
            cell = render_cell(cell_with(seed, spot))
            heat, place = _fine(network, cell)
            away.append(float(np.linalg.norm(_peak(heat) - place(cell.spots[0]))))
        assert np.median(away) < _APART * _PRE.size / _PRE.window


def test_the_shares_of_heat_tell_a_defect_of_the_acrosome_from_one_of_the_neck(network: HeadNetwork) -> None:
    for seed in range(9100, 9103):
        vacuole, droplet = (
            _shares(network, render_cell(cell_with(seed, spot))) for spot in (ACROSOME_VACUOLE, NECK_DROPLET)
        )
        assert vacuole.acrosome > 1.5 * (vacuole.postacrosome + vacuole.neck)
        assert droplet.postacrosome + droplet.neck > 3 * droplet.acrosome
        assert droplet.neck > 3 * vacuole.neck


def test_two_spots_a_fourteenth_of_the_window_apart_are_told_apart(network: HeadNetwork) -> None:
    told = 0
    seeds = range(9200, 9210)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        apart = 2 * _APART / cell_with(seed).head_size[0]
        along, across, paleness = rng.uniform(-0.8, 0.75 - apart), rng.uniform(-0.4, 0.4), rng.choice([-0.9, 0.9])
        one, other = (
            render_cell(cell_with(seed, Spot(place, across, 0.08, paleness))) for place in (along, along + apart)
        )
        told += _nearer_its_own(network, one, other) and _nearer_its_own(network, other, one)
    assert told >= 0.8 * len(seeds)


def _nearer_its_own(network: HeadNetwork, cell: Rendered, other: Rendered) -> bool:
    """Whether the hottest place lies nearer to the cell's spot than to where the other cell has its own."""
    heat, place = _fine(network, cell)
    own, strange = (np.linalg.norm(_peak(heat) - place(each.spots[0])) for each in (cell, other))
    return bool(own < strange)
