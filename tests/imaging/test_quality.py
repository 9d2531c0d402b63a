"""Flags are raised where they are due, and not on plain crops."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.flags import Flag
from sperm_viewer.imaging.head import find_heads
from sperm_viewer.imaging.quality import quality_flags
from sperm_viewer.synthetic.render import GREY, PINK, HeadClass, Look, render_cell, typical_cell

_LENGTHS = (30.0, 75.0)


def _flags(rgb: UInt8Array) -> frozenset[Flag]:
    return quality_flags(rgb, find_heads(rgb), 110, _LENGTHS)


@pytest.mark.parametrize("look", [PINK, GREY], ids=["pink", "grey"])
@pytest.mark.parametrize("head_class", [HeadClass.NORMAL, HeadClass.TAPERED, HeadClass.PYRIFORM])
def test_plain_crops_have_no_flags(look: Look, head_class: HeadClass) -> None:
    for seed in range(4):
        assert _flags(render_cell(typical_cell(head_class, look, seed)).rgb) == frozenset()


def test_a_blurred_crop_is_out_of_focus() -> None:
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    assert Flag.FOCUS in _flags(np.asarray(cv2.GaussianBlur(rgb, (0, 0), 6), np.uint8))


def test_a_head_at_the_edge_is_cut_off() -> None:
    cell = render_cell(typical_cell(HeadClass.NORMAL))
    x = round(cell.centre[0])
    assert Flag.CUT in _flags(np.ascontiguousarray(cell.rgb[:, x:]))


def test_two_heads_side_by_side_are_several() -> None:
    assert Flag.SEVERAL in _flags(render_cell(replace(typical_cell(HeadClass.NORMAL), twin=True)).rgb)


def test_a_dark_and_a_bright_crop_are_told() -> None:
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    assert Flag.EXPOSURE in _flags((rgb // 12).astype(np.uint8))
    assert Flag.EXPOSURE in _flags(np.clip(rgb.astype(int) + 90, 0, 255).astype(np.uint8))
