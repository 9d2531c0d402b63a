"""An acrosome's border lies where the stain rises."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.arrays import BoolArray, UInt8Array
from sperm_viewer.imaging.acrosome import refined_acrosome


def _head(border: int, contrast: int = 70) -> tuple[UInt8Array, BoolArray]:
    """An upright head of 60 x 40 px, pale above row `border`, and its mask."""
    y, x = np.mgrid[:60, :40]
    mask: BoolArray = ((y - 29.5) / 30) ** 2 + ((x - 19.5) / 20) ** 2 <= 1
    rgb = np.full((60, 40, 3), 215, np.uint8)
    rgb[mask & (y < border)] = (180, 150, 200)
    rgb[mask & (y >= border)] = (180 - contrast, 150 - contrast, 200 - contrast // 2)
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1.2), np.uint8), mask


@pytest.mark.parametrize("rough_border", [20, 24, 32])
def test_the_border_moves_to_where_the_stain_rises(rough_border: int) -> None:
    rgb, mask = _head(27)
    rough = mask & (np.mgrid[:60, :40][0] < rough_border)

    acrosome = refined_acrosome(rgb, mask, rough)

    assert acrosome.sum() == pytest.approx((mask & (np.mgrid[:60, :40][0] < 27)).sum(), rel=0.07)
    assert not acrosome[35:].any()


def test_a_head_of_one_tone_keeps_the_border_that_was_given() -> None:
    rgb, mask = _head(27, contrast=0)
    rough = mask & (np.mgrid[:60, :40][0] < 22)

    assert (refined_acrosome(rgb, mask, rough) == rough).all()


def test_a_head_without_an_acrosome_stays_without() -> None:
    rgb, mask = _head(27)

    assert not refined_acrosome(rgb, mask, np.zeros_like(mask)).any()
