"""A head on another background is that head, and all else is the other crop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sperm_viewer.domain.cell import NON_SPERM  # noqa: E402
from sperm_viewer.imaging.head import find_head, stain_distance  # noqa: E402
from sperm_viewer.inference.model_spec import Preprocessing  # noqa: E402
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell  # noqa: E402
from sperm_viewer.training.backgrounds import BACKGROUNDS, background_of, exchange, paste_head  # noqa: E402
from sperm_viewer.training.data import LabelledCrop, LoadedCrop  # noqa: E402
from sperm_viewer.training.evidence import GROWN_BY, head_mask  # noqa: E402
from sperm_viewer.training.network import build  # noqa: E402
from sperm_viewer.training.robust import EXCHANGED  # noqa: E402

_HALF = (0.5, 0.5, 0.5)


def _crop(seed: int) -> LoadedCrop:
    rgb = render_cell(replace(typical_cell(HeadClass.NORMAL, seed=seed), neighbours=0, specks=0)).rgb
    return LoadedCrop(LabelledCrop(Path(f"{seed}"), "normal", f"{seed}"), rgb, find_head(rgb))


def test_a_background_has_no_head_left() -> None:
    crop = _crop(0)
    assert crop.head is not None
    on_head = head_mask(crop.rgb.shape, crop.head) > 0
    before, after = stain_distance(crop.rgb)[on_head].mean(), stain_distance(background_of(crop.rgb))[on_head].mean()
    assert after < 0.3 * before


@pytest.mark.parametrize("side", [60, 400])
def test_the_head_stays_and_all_else_is_the_other_background(side: int) -> None:
    crop = _crop(1)
    assert crop.head is not None
    laid = paste_head(crop, np.full((side, side + 7, 3), 200, np.uint8))
    assert laid.shape == crop.rgb.shape
    on_head = head_mask(crop.rgb.shape, crop.head) > 0
    far = head_mask(crop.rgb.shape, crop.head, GROWN_BY + 0.15) == 0
    assert np.abs(laid.astype(int) - crop.rgb)[on_head].mean() < 2
    assert (laid[far] == 200).all()
    found = find_head(laid)
    assert found is not None
    assert found.centre == pytest.approx(crop.head.centre, abs=3)


def test_every_sperms_head_is_laid_on_others_and_what_is_no_sperm_on_none() -> None:
    torch.manual_seed(0)
    crops = [_crop(seed) for seed in range(8)]
    crops[0] = replace(crops[0], labelled=replace(crops[0].labelled, label=NON_SPERM))
    names = [f"{i}.png" for i in range(8)]
    preprocessing = Preprocessing(80, 32, upright=True, views=1, mean=_HALF, std=_HALF)
    rows = exchange(build("simple-cnn", 2).eval(), crops, names, 3, preprocessing, torch.device("cpu"))
    assert {(row.variation, row.fold) for row in rows} == {(EXCHANGED, 3)}
    assert sorted(row.path for row in rows) == [name for name in names[1:] for _ in range(BACKGROUNDS)]
