"""Foreign images are told from a data set's own, by thresholds that were not chosen on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sperm_viewer.imaging.head import find_head
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.synthetic.render import GREY, PINK, HeadClass, Look, render_cell, typical_cell
from sperm_viewer.training.data import LabelledCrop, LoadedCrop
from sperm_viewer.training.foreign_sets import foreign_sets
from sperm_viewer.training.measure_out_of_distribution import (
    Distance,
    appearances_of,
    learn,
    measure_out_of_distribution,
    read_distances,
    told_apart,
    write_distances,
)

_HALF = (0.5, 0.5, 0.5)
_PRE = Preprocessing(80, 64, upright=True, views=1, mean=_HALF, std=_HALF)


def _crops(look: Look, count: int) -> list[LoadedCrop]:
    crops = []
    for seed in range(count):
        head_class = list(HeadClass)[seed % 4]
        rgb = render_cell(typical_cell(head_class, look, seed=seed)).rgb
        crops.append(LoadedCrop(LabelledCrop(Path(f"{seed}.png"), head_class.value, str(seed)), rgb, find_head(rgb)))
    return crops


def test_foreign_images_are_far_away_and_own_ones_near() -> None:
    own = _crops(GREY, 80)
    foreign = foreign_sets(own, _crops(PINK, 20), pink=False)
    del foreign["rendered heads"]
    alarms, told = told_apart(measure_out_of_distribution(own, foreign, _PRE))
    assert alarms <= 0.1
    assert {each.set for each in told} == set(foreign)
    for each in told:
        assert each.auroc >= 0.97, each


def test_the_threshold_of_a_model_lets_most_of_its_own_through() -> None:
    likeness, limit = learn(_crops(GREY, 80), _PRE)
    new = appearances_of((crop.rgb for crop in _crops(GREY, 120)[80:]), _PRE)
    assert (likeness.distances(new) > limit).mean() <= 0.15
    assert (likeness.distances(appearances_of((crop.rgb for crop in _crops(PINK, 20)), _PRE)) > limit).all()


def test_a_folds_threshold_comes_from_the_other_folds() -> None:
    near = [Distance("own", str(i), i % 5, 1.0) for i in range(50)]
    # A fold far from the others is all over their threshold, however many of it there are.
    rows = [row if row.fold else Distance("own", row.name, 0, 9.0) for row in near]
    alarms, _ = told_apart([*rows, Distance("noise", "0", 1, 99.0)])
    assert alarms == pytest.approx(0.2)


def test_distances_come_back_from_their_file(tmp_path: Path) -> None:
    rows = [Distance("own", "a.png", 0, 1.25), Distance("noise", "0", 1, 7.5)]
    write_distances(rows, tmp_path / "unlike.csv")
    assert read_distances(tmp_path / "unlike.csv") == rows


def test_an_appearance_tells_colour_blur_and_size() -> None:
    (first, *_) = _crops(GREY, 1)
    plain, pink = appearances_of([first.rgb, _crops(PINK, 1)[0].rgb], _PRE)
    from sperm_viewer.imaging.appearance import APPEARANCE

    numbers = dict(zip(APPEARANCE, np.abs(plain - pink), strict=True))
    assert numbers["red_green_mean"] > 5
    assert numbers["head_length"] < 0.7
