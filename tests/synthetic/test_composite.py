"""Composite fields: the same for the same seed, and true about every pixel."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.synthetic.composite import Composite, Sources, compose, compose_debris
from sperm_viewer.synthetic.cutout import cut_debris, draw_cutout
from sperm_viewer.synthetic.ground import bare_ground
from sperm_viewer.synthetic.render import GREY, PINK, HeadClass, render_debris, render_empty, typical_cell


@cache
def sources() -> Sources:
    drawn = [draw_cutout(typical_cell(list(HeadClass)[i % 4], (PINK, GREY)[i % 2], i)) for i in range(6)]
    found = [cut_debris(render_debris(GREY, seed), GREY.head_length) for seed in range(6)]
    grounds: list[FloatArray] = [g for look in (PINK, GREY) if (g := bare_ground(render_empty(look, 1))) is not None]
    return Sources(drawn, drawn, [one for one in found if one is not None], grounds)


def _composite(seed: int) -> Composite:
    return compose(np.random.default_rng(seed), sources(), 192)


def test_the_same_seed_gives_the_same_composite_and_another_seed_another() -> None:
    first, second = _composite(3), _composite(3)

    assert (first.rgb == second.rgb).all()
    assert (first.labels == second.labels).all()
    assert (first.rgb != _composite(4).rgb).any()


@pytest.mark.parametrize("seed", range(8))
def test_every_head_has_its_pixels_its_centre_and_its_acrosome_inside(seed: int) -> None:
    composite = _composite(seed)

    assert composite.labels.max() <= len(composite.heads)
    assert not composite.acrosome[composite.labels == 0].any()
    for label, head in enumerate(composite.heads, start=1):
        if head is not None:
            ys, xs = np.nonzero(composite.labels == label)
            assert head.centre == pytest.approx((xs.mean(), ys.mean()), abs=1e-6)
            assert -180 <= head.angle < 180


def test_heads_are_darker_than_the_glass_beside_them() -> None:
    darker = []
    for seed in range(12):
        composite = _composite(seed)
        grey = composite.rgb.mean(axis=2)
        if (composite.labels > 0).sum() > 200:
            darker.append(grey[composite.labels > 0].mean() < np.median(grey[composite.labels == 0]))

    assert len(darker) > 5
    assert np.mean(darker) > 0.9


def test_some_heads_touch() -> None:
    touching = 0
    for seed in range(20):
        labels = _composite(seed).labels
        beside = (labels[:, 1:] != labels[:, :-1]) & (labels[:, 1:] > 0) & (labels[:, :-1] > 0)
        touching += bool(beside.any())

    assert touching >= 3


def test_a_composite_of_debris_says_how_many_pieces_it_has() -> None:
    rgb, pieces = compose_debris(np.random.default_rng(1), sources(), 160, 40.0)

    assert rgb.shape == (160, 160, 3)
    assert 2 <= pieces <= 6
