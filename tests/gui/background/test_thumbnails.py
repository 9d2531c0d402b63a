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
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.gui.background.thumbnails import NONE, ThumbnailPair, Thumbnails
from sperm_viewer.gui.widgets.qt_images import thumbnail
from sperm_viewer.imaging.recall import recall


@pytest.fixture
def scored(tmp_path: Path) -> tuple[Cell, CellScored]:
    ref = ImageRef("A", write_images(tmp_path / "A", 1) / "img_0.png")
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


def test_the_coarse_heat_is_dashed_until_the_finer_one_takes_its_place(
    scored: tuple[Cell, CellScored], qtbot: QtBot
) -> None:
    cell, coarse = scored[0], scored[1].heatmap
    fine = Heatmap(coarse.grid[::-1].copy(), coarse.floor, coarse.peak, coarse.placement)
    refined: list[int] = []

    def refine(of: Cell, heatmap: Heatmap, rgb: object) -> Heatmap:
        refined.append(of.id)
        return fine

    thumbnails = Thumbnails(lambda cell: coarse, refine=refine)
    seen = []
    thumbnails.ready.connect(lambda number: seen.append(thumbnails.of(cell)))
    thumbnails.of(cell)
    qtbot.waitUntil(lambda: len(seen) == 2)
    rgb = recall(cell)
    assert seen[0].heat == thumbnail(rgb, coarse, 52, dashed=True) != thumbnail(rgb, coarse, 52)
    assert seen[1].heat == thumbnail(rgb, fine, 52)
    thumbnails.of(cell)
    # Larger pictures begin with the finer map, too.
    thumbnails.set_look(2.0)
    thumbnails.of(cell)
    qtbot.waitUntil(lambda: len(seen) == 3)
    assert seen[2].heat == thumbnail(rgb, fine, 104)
    thumbnails.close()


def test_a_map_that_can_not_be_refined_stays_dashed_and_is_asked_for_once(
    scored: tuple[Cell, CellScored], qtbot: QtBot
) -> None:
    asked: list[int] = []

    def refine(of: Cell, heatmap: Heatmap, rgb: object) -> Heatmap:
        asked.append(of.id)
        return heatmap

    thumbnails = Thumbnails(lambda cell: scored[1].heatmap, refine=refine)
    ready: list[int] = []
    thumbnails.ready.connect(ready.append)
    thumbnails.of(scored[0])
    qtbot.waitUntil(lambda: len(ready) == 1)
    thumbnails.of(scored[0])
    qtbot.waitUntil(lambda: len(ready) == 2)
    pair = thumbnails.of(scored[0])
    assert pair is not None
    assert pair.heat == thumbnail(recall(scored[0]), scored[1].heatmap, 52, dashed=True)
    assert asked == [1]
    thumbnails.close()
