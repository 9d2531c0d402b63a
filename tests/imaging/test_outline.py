"""Outlines with sub-pixel accuracy."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.imaging.outline import RIM, mask_outline, outline_mask, refined_outline


def _disc(radius: float, centre: tuple[float, float], side: int = 80) -> FloatArray:
    """The share of each pixel in a disc, float32 (side, side)."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    return np.clip(radius + 0.5 - np.hypot(x - centre[0], y - centre[1]), 0, 1).astype(np.float32)


def _photo(share: FloatArray, blur: float) -> UInt8Array:
    soft = cv2.GaussianBlur(share, (0, 0), blur)[..., None]
    return np.asarray(220 - soft * np.array([120, 140, 60]), np.float64).round().astype(np.uint8)


def _radii(outline: FloatArray, centre: tuple[float, float]) -> FloatArray:
    return np.asarray(np.linalg.norm(outline - np.array(centre), axis=1), np.float32)


def test_a_soft_mask_gives_its_half_way_contour() -> None:
    outline = mask_outline(_disc(20.3, (39.4, 41.7)))

    assert outline is not None
    assert _radii(outline, (39.4, 41.7)) == pytest.approx(20.3, abs=0.3)


def test_a_mask_without_a_head_has_no_outline() -> None:
    assert mask_outline(np.full((20, 20), 0.4, np.float32)) is None


@pytest.mark.parametrize("blur", [0.8, 1.5, 2.0])
@pytest.mark.parametrize("off", [-2.0, 2.0])
def test_an_outline_that_is_two_pixels_off_moves_to_the_edge_that_is_seen(blur: float, off: float) -> None:
    centre = (39.4, 41.7)
    rough = mask_outline(_disc(20 + off, centre))
    assert rough is not None

    refined = refined_outline(_photo(_disc(20, centre), blur), rough)

    assert _radii(refined, centre).mean() == pytest.approx(20, abs=0.25)


def test_the_rim_lies_outside_the_edge() -> None:
    centre = (40.0, 40.0)
    rough = mask_outline(_disc(20, centre))
    assert rough is not None
    photo = _photo(_disc(20, centre), 2.0)

    assert (
        _radii(refined_outline(photo, rough, None, RIM), centre).mean()
        > _radii(refined_outline(photo, rough), centre).mean() + 0.8
    )


def test_a_tail_leaves_the_outline_on_the_mask() -> None:
    centre = (40.0, 40.0)
    share = _disc(20, centre)
    share[37:44, 55:] = 1
    rough = mask_outline(_disc(20, centre))
    assert rough is not None

    refined = refined_outline(_photo(share, 1.0), rough)

    assert _radii(refined, centre).max() < 21.5


def test_another_head_beside_it_leaves_the_outline_on_the_mask() -> None:
    centre = (30.0, 40.0)
    other = _disc(14, (62.0, 40.0))
    rough = mask_outline(_disc(18, centre))
    assert rough is not None

    refined = refined_outline(_photo(np.maximum(_disc(18, centre), other), 1.0), rough, other > 0.5)

    assert _radii(refined, centre) == pytest.approx(18, abs=0.8)


def test_a_mask_made_of_an_outline_covers_it() -> None:
    outline = mask_outline(_disc(20, (39.5, 40.0)))
    assert outline is not None

    mask, (x, y) = outline_mask(outline, (80, 80))

    assert mask.sum() == pytest.approx(np.pi * 400, rel=0.01)
    assert (x, y) == (20, 20)
    assert outline_mask(outline + 200, (80, 80))[0].size == 0
