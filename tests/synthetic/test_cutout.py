"""Heads and debris cut out of crops: their masks, and what counts as a known acrosome."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.synthetic.cutout import cut_debris, cut_head, draw_cutout, passed_light
from sperm_viewer.synthetic.render import (
    GREY,
    PINK,
    CellDescription,
    HeadClass,
    render_cell,
    render_debris,
    render_empty,
)


def _dice(first: FloatArray, second: FloatArray) -> float:
    a, b = first > 0.5, second > 0.5
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_a_rendered_cutout_has_the_exact_masks_of_head_and_acrosome() -> None:
    description = CellDescription(HeadClass.NORMAL, PINK, acrosome=0.5, seed=3)
    cutout, rendered = draw_cutout(description), render_cell(description)

    assert (cutout.head >= 0.5).sum() == rendered.mask.sum()
    assert cutout.acrosome is not None
    assert 0.4 < cutout.acrosome.sum() / cutout.head.sum() < 0.6
    assert (cutout.acrosome <= cutout.head + 1e-6).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_head_cut_out_of_a_crop_has_nearly_the_mask_it_was_rendered_with(seed: int) -> None:
    description = CellDescription(HeadClass.NORMAL, (PINK, GREY)[seed % 2], turn=40.0 * seed, seed=seed)
    real, exact = cut_head(render_cell(description).rgb, description.look.head_length), draw_cutout(description)

    assert real is not None
    assert real.head.sum() == pytest.approx(exact.head.sum(), rel=0.08)


@pytest.mark.parametrize("turn", [0.0, 100.0, 215.0])
def test_a_clear_acrosome_is_found_on_its_side_of_the_head(turn: float) -> None:
    description = CellDescription(HeadClass.NORMAL, PINK, turn=turn, acrosome=0.5, seed=5)
    real, exact = cut_head(render_cell(description).rgb, PINK.head_length), draw_cutout(description)

    assert real is not None
    assert real.acrosome is not None
    assert exact.acrosome is not None
    share = [one.acrosome.sum() / one.head.sum() for one in (real, exact) if one.acrosome is not None]
    assert share[0] == pytest.approx(share[1], abs=0.12)
    assert abs((real.angle - turn + 180) % 360 - 180) < 12


def test_a_head_at_the_edge_or_a_crop_without_one_gives_no_cutout() -> None:
    edge = CellDescription(HeadClass.NORMAL, PINK, offset=(55.0, 0.0), seed=1)

    assert cut_head(render_cell(edge).rgb, PINK.head_length) is None
    assert cut_head(render_empty(PINK, 2), PINK.head_length) is None


def test_debris_has_no_head() -> None:
    found = [cut_debris(render_debris(GREY, seed), GREY.head_length) for seed in range(6)]
    cutouts = [cutout for cutout in found if cutout is not None]

    assert cutouts
    assert not any(cutout.head.any() for cutout in cutouts)
    assert all(cutout.cover.max() > 0.9 for cutout in cutouts)


def test_clear_glass_lets_all_light_through() -> None:
    assert np.median(passed_light(render_empty(GREY, 1))) == pytest.approx(1, abs=0.02)
