"""Two spots are separated by a map that is hottest where the spot is, and not by one that isn't."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from sperm_viewer.inference.model_spec import Preprocessing  # noqa: E402
from sperm_viewer.training.network import HeadNetwork  # noqa: E402
from sperm_viewer.training.spots import (  # noqa: E402
    PAIRS,
    Pair,
    cell_with,
    read_pairs,
    separate_spots,
    spotted_crops,
    write_pairs,
)

_PRE = Preprocessing(110, 112, upright=True, views=1, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


class _Darkness(torch.nn.Module):  # type: ignore[misc, name-defined]
    """How dark each place is against its surroundings, on cells of `side` pixels: a dark spot is where it is hot."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.halvings = torch.nn.Sequential(*(torch.nn.MaxPool2d(2) for _ in range(side.bit_length() - 1)))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        grey = batch.mean(1, keepdim=True)
        around = torch.nn.functional.avg_pool2d(grey, 15, 1, 7, count_include_pad=False)
        spot = torch.nn.functional.avg_pool2d(grey, 3, 1, 1, count_include_pad=False)
        return self.halvings(torch.relu((around - spot).abs() - 0.1))


def _separated(side: int) -> int:
    network = HeadNetwork(_Darkness(side), 1, 2, attention=False, dropout=0.0).eval()
    with torch.no_grad():
        network.classifier.weight.copy_(torch.tensor([[-1.0], [1.0]]))
    return sum(pair.separated for pair in separate_spots(network, _PRE))


def test_a_coarse_map_separates_fewer_spots_than_a_fine_one() -> None:
    assert _separated(32) <= 8
    assert _separated(4) > _separated(32)


def test_every_other_crop_has_a_spot() -> None:
    assert [crop.labelled.label for crop in spotted_crops(4)] == ["normal", "spotted"] * 2
    assert not cell_with(3).spots


def test_pairs_come_back_from_their_file(tmp_path: Path) -> None:
    pairs = [Pair(seed, seed % 2 == 0) for seed in range(PAIRS)]
    write_pairs(pairs, tmp_path / "spots.csv")
    assert read_pairs(tmp_path / "spots.csv") == pairs
