"""Cells that look alike to the network are found."""

from __future__ import annotations

import numpy as np

from sperm_viewer.inference.similarity import features_of, nearest


def test_the_most_alike_come_first_and_never_the_cell_itself() -> None:
    chance = np.random.default_rng(4)
    kinds = chance.gamma(0.5, 1.0, (3, 1, 1280, 1, 1))
    cells = [kinds[number % 3] + chance.normal(0, 0.05, (2, 1280, 4, 4)) for number in range(30)]
    features = np.stack([features_of(cell.astype(np.float32)) for cell in cells])
    for one in range(30):
        found = nearest(features, one, 5)
        assert len(found) == 5
        assert one not in found
        assert {number % 3 for number in found} == {one % 3}


def test_features_are_unit_vectors_and_few_cells_are_fewer_than_asked_for() -> None:
    features = np.stack([features_of(np.random.default_rng(n).random((1, 40, 2, 2), np.float32)) for n in range(3)])
    assert features.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(features.astype(np.float64), axis=1), 1, atol=2e-3)
    assert len(nearest(features, 0, 5)) == 2


def test_flat_maps_have_features_too() -> None:
    assert np.isfinite(features_of(np.ones((1, 40, 2, 2), np.float32)).astype(np.float64)).all()
