"""An image is read again only as the one that was scored."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from sperm_viewer.domain.cell import Cell, Place, Status
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.cell_part import cell_part
from sperm_viewer.imaging.recall import recall


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    file = tmp_path / "a.png"
    Image.new("RGB", (30, 20), (200, 90, 120)).save(file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return Cell(
        1, "A", 1, ImageRef("A", file), sha256, (30, 20), None, Status.SCORED, None, frozenset(), "", None, None, ""
    )


def test_the_image_that_was_scored_comes_back(cell: Cell) -> None:
    rgb = recall(cell)
    assert rgb.shape == (20, 30, 3)
    assert tuple(rgb[0, 0]) == (200, 90, 120)


def test_an_image_that_changed_is_refused(cell: Cell) -> None:
    Image.new("RGB", (30, 20)).save(cell.ref.path)
    with pytest.raises(ImageRefusedError, match="changed since it was scored"):
        recall(cell)


def test_an_image_that_is_gone_is_refused_with_the_readers_reason(cell: Cell) -> None:
    cell.ref.path.unlink()
    with pytest.raises(ImageRefusedError, match="no longer there"):
        recall(cell)


def test_a_cell_that_was_never_read_is_read_as_it_is_now(cell: Cell) -> None:
    Image.new("RGB", (9, 8)).save(cell.ref.path)
    assert recall(replace(cell, sha256="")).shape == (8, 9, 3)


def test_an_image_that_failed_is_not_opened_again(cell: Cell) -> None:
    with pytest.raises(ImageRefusedError, match="made the scoring process stop"):
        recall(replace(cell, sha256="", status=Status.FAILED, reason="It made the scoring process stop."))


def test_the_crop_of_a_fields_cell_is_its_part_of_the_image(cell: Cell) -> None:
    place = Place(4, 4, 3, 4)
    field = replace(cell, in_field=True, place=place)
    left, top, right, bottom = cell_part(place, 30, 20)
    assert recall(field).shape == (bottom - top, right - left, 3)
    assert recall(replace(field, place=None)).shape == (20, 30, 3)
