"""Small pictures are of the image that was scored, or not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_up import event_of, session_model, shelf, write_images
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.cell import Cell, CellScored
from sperm_viewer.domain.image import CropRef
from sperm_viewer.gui.background.thumbnails import NONE, ThumbnailPair, Thumbnails


@pytest.fixture
def scored(tmp_path: Path) -> tuple[Cell, CellScored]:
    ref = CropRef("A", write_images(tmp_path / "A", 1) / "img_0.png")
    event = event_of(ref, session_model(shelf().folders[0]))
    assert isinstance(event, CellScored)
    cell = Cell(
        1, "A", 1, ref, event.sha256, event.size, None, event.status, event.prediction, event.flags, "", None, None, ""
    )
    return cell, event


@pytest.fixture
def look_up(scored: tuple[Cell, CellScored], qtbot: QtBot) -> Iterator[Callable[[Cell], ThumbnailPair | None]]:
    thumbnails = Thumbnails(lambda cell: scored[1].heatmap)

    def wait_for(cell: Cell) -> ThumbnailPair | None:
        with qtbot.waitSignal(thumbnails.ready):
            thumbnails.of(cell)
        return thumbnails.of(cell)

    yield wait_for
    thumbnails.close()


def test_a_cell_has_its_crop_and_its_heat(look_up, scored: tuple[Cell, CellScored]) -> None:
    pair = look_up(scored[0])
    assert pair.crop is not None
    assert pair.heat is not None


def test_an_old_heatmap_never_lies_over_an_image_that_changed(look_up, scored: tuple[Cell, CellScored]) -> None:
    cv2.imwrite(str(scored[0].ref.path), np.zeros((50, 50, 3), np.uint8))
    assert look_up(replace(scored[0], id=2)) == NONE
