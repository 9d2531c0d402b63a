"""Heads are found where the renderer drew them, and the window lies on them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sperm_viewer.imaging.head import cut_window, find_head, find_heads, window_transform
from sperm_viewer.synthetic.render import GREY, PINK, HeadClass, Look, Rendered, render_cell, render_empty, typical_cell


def _cells(look: Look, head_class: HeadClass) -> list[Rendered]:
    return [render_cell(typical_cell(head_class, look, seed)) for seed in range(6)]


@pytest.mark.parametrize("look", [PINK, GREY], ids=["pink", "grey"])
@pytest.mark.parametrize("head_class", HeadClass)
def test_a_head_is_found_within_two_and_a_half_pixels(look: Look, head_class: HeadClass) -> None:
    for cell in _cells(look, head_class):
        head = find_head(cell.rgb)
        assert head is not None
        assert math.dist(head.centre, cell.centre) < 2.5


@pytest.mark.parametrize("look", [PINK, GREY], ids=["pink", "grey"])
@pytest.mark.parametrize("head_class", [HeadClass.NORMAL, HeadClass.TAPERED, HeadClass.PYRIFORM])
def test_the_acrosome_is_told_from_the_neck(look: Look, head_class: HeadClass) -> None:
    for cell in _cells(look, head_class):
        head = find_head(cell.rgb)
        assert head is not None
        assert abs((head.angle - cell.angle + 180) % 360 - 180) < 8
        assert head.oriented


def test_the_mask_lies_on_the_head() -> None:
    for cell in _cells(GREY, HeadClass.NORMAL):
        head = find_head(cell.rgb)
        assert head is not None
        whole = np.zeros(cell.mask.shape, bool)
        left, top = head.corner
        height, width = head.mask.shape
        whole[top : top + height, left : left + width] = head.mask
        assert (whole & cell.mask).sum() / (whole | cell.mask).sum() > 0.85


def test_an_empty_crop_has_no_head() -> None:
    assert find_heads(render_empty()) == []


def test_a_crop_of_one_colour_has_no_head() -> None:
    assert find_heads(np.full((80, 90, 3), 130, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (33, 32)])
def test_crops_of_any_size_are_taken(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert isinstance(find_heads(noise), list)
    assert cut_window(noise, window_transform((0.0, 0.0), 20, 110, 160), 160).rgb.shape == (160, 160, 3)


def test_in_a_large_image_heads_are_where_they_are_in_a_small_one() -> None:
    cell = render_cell(typical_cell(HeadClass.NORMAL))
    large = np.kron(cell.rgb, np.ones((16, 16, 1), np.uint8))
    small, found = find_head(cell.rgb), find_head(large)
    assert small is not None
    assert found is not None
    assert np.allclose((np.array(found.centre) + 0.5) / 16 - 0.5, small.centre, atol=1)
    assert found.length / 16 == pytest.approx(small.length, rel=0.1)


def test_turning_the_crop_turns_the_angle() -> None:
    cell = render_cell(typical_cell(HeadClass.NORMAL))
    before, after = find_head(cell.rgb), find_head(np.ascontiguousarray(np.rot90(cell.rgb)))
    assert before is not None
    assert after is not None
    assert (after.angle - before.angle - 90 + 180) % 360 - 180 == pytest.approx(0, abs=1)


def test_the_upright_window_has_the_acrosome_above_the_neck() -> None:
    for cell in _cells(GREY, HeadClass.NORMAL):
        window = cut_window(cell.rgb, window_transform(cell.centre, cell.angle, 110, 160), 160).rgb.astype(int)
        assert window[50:75, 70:90].sum() > window[85:110, 70:90].sum()


def test_the_window_is_of_fixed_pixels_around_the_centre() -> None:
    transform = window_transform((40.0, 30.0), 0.0, 50.0, 100)
    assert transform @ [40, 30, 1] == pytest.approx([49.5, 49.5])
    assert transform @ [15.25, 30, 1] == pytest.approx([0, 49.5])


def test_a_mirrored_window_is_the_mirror_image() -> None:
    cell = render_cell(typical_cell(HeadClass.AMORPHOUS))
    plain = cut_window(cell.rgb, window_transform(cell.centre, 30, 110, 160), 160).rgb
    mirrored = cut_window(cell.rgb, window_transform(cell.centre, 30, 110, 160, mirror=True), 160).rgb
    assert np.abs(plain[:, ::-1].astype(int) - mirrored).max() <= 3
