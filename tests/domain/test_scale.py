"""A scale holds for the images that it was measured on, and a warning never changes a measurement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cells import PLACE, in_field, session_with

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.domain.scale import file_scale_warning, length_warning, scale_of, size_warning

_MEASURED = SlideDetails(um_per_px=0.065, scale_size="640 x 480")


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        (found,) = session.cells(session.record(in_field(ref, PLACE)))
    return found


def test_a_field_of_another_size_has_no_scale_but_a_crop_has(cell: Cell) -> None:
    binned = replace(cell, size=(320, 240))

    assert scale_of(cell, _MEASURED) == 0.065
    assert scale_of(binned, _MEASURED) is None
    assert scale_of(binned, replace(_MEASURED, scale_size="")) == 0.065
    assert scale_of(replace(binned, in_field=False), _MEASURED) == 0.065
    assert scale_of(cell, SlideDetails()) is None


def test_a_changed_size_of_images_is_noticed() -> None:
    assert size_warning("A", _MEASURED, {(640, 480)}) == ""
    assert "320 x 240 px, but its scale was measured on 640 x 480 px" in size_warning(
        "A", _MEASURED, {(640, 480), (320, 240)}
    )


@pytest.mark.parametrize(("length", "warned"), [(4.4, False), (3.5, False), (6.0, False), (8.8, True), (2.2, True)])
def test_heads_of_an_impossible_length_are_warned_of(length: float, warned: bool) -> None:
    assert bool(length_warning("A", length)) is warned


def test_files_that_name_another_scale_are_warned_of() -> None:
    assert file_scale_warning("A", _MEASURED, 0.0655) == ""
    assert "say 0.13 µm per pixel, its details 0.065" in file_scale_warning("A", _MEASURED, 0.13)
