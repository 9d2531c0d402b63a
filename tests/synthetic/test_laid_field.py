"""A field laid from cutouts: every one of them, whole and apart, and the same again with the same seed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sperm_viewer.synthetic.cutout import Cutout, draw_cutout
from sperm_viewer.synthetic.laid_field import lay_field
from sperm_viewer.synthetic.render import GREY, HeadClass, typical_cell

_COLOUR = np.array([200, 195, 190], np.float32)


@pytest.fixture(scope="module")
def cutouts() -> list[Cutout]:
    return [draw_cutout(typical_cell(HeadClass.NORMAL, GREY, seed)) for seed in range(5)]


def test_every_cutout_lies_in_the_field_apart_from_the_others(cutouts: list[Cutout]) -> None:
    field = lay_field(np.random.default_rng(3), cutouts, _COLOUR, (900, 600), 3)

    assert field.shape == (600, 900, 3)
    stained = cv2.morphologyEx((field.min(axis=2) < 150).astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(stained)
    assert sum(area > 300 for area in stats[1:count, cv2.CC_STAT_AREA]) == 5


def test_the_same_seed_gives_the_same_field(cutouts: list[Cutout]) -> None:
    one, again, other = (lay_field(np.random.default_rng(seed), cutouts, _COLOUR, (900, 600), 3) for seed in (3, 3, 4))

    assert (one == again).all()
    assert (one != other).any()


def test_a_cutout_that_does_not_fit_is_refused(cutouts: list[Cutout]) -> None:
    with pytest.raises(ValueError, match="larger than its part"):
        lay_field(np.random.default_rng(3), cutouts, _COLOUR, (120, 90), 3)
