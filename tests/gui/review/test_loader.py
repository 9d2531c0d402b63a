"""The selected cell's heat: at once as the scoring made it, then finer, or with the reason why not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_up import model_folder
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell, CellScored, Place
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.gui.review.loader import CellPicture, Detail, PictureLoader
from sperm_viewer.gui.widgets.qt_images import heat_layer
from sperm_viewer.imaging.recall import recall
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.shown_heatmap import ShownHeatmaps
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell


@pytest.fixture
def scored(tmp_path: Path) -> tuple[Cell, Heatmap]:
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    ref = ImageRef("A", tmp_path / "a.png")
    cv2.imwrite(str(ref.path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    (event,) = open_scorer(find_model("smids"), "onnx", "cpu", None).scorer.score(ref)
    assert isinstance(event, CellScored)
    cell = Cell(
        1, "A", 1, ref, event.sha256, event.size, None, event.status, event.prediction, event.flags, "", None, None, ""
    )
    return cell, event.heatmap


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[PictureLoader]:
    loader = PictureLoader()
    yield loader
    loader.close()


def _loaded(loader: PictureLoader) -> list[CellPicture]:
    came: list[CellPicture] = []
    loader.loaded.connect(came.append)
    return came


def test_the_coarse_heat_comes_first_and_the_finer_one_after_it(
    loader: PictureLoader, scored: tuple[Cell, Heatmap], qtbot: QtBot
) -> None:
    came = _loaded(loader)
    loader.load(*scored, find_model("smids"))
    qtbot.waitUntil(lambda: len(came) == 2, timeout=30000)
    assert [picture.detail for picture in came] == [Detail.REFINING, Detail.FINE]
    assert came[0].heat != came[1].heat


def test_a_map_that_the_table_worked_out_is_shown_at_once_in_the_pane(
    scored: tuple[Cell, Heatmap], qtbot: QtBot
) -> None:
    shown, model = ShownHeatmaps(), find_model("smids")
    in_table = shown.refine_with(model)(*scored, recall(scored[0]))
    loader = PictureLoader(shown=shown)
    came = _loaded(loader)
    loader.load(*scored, model)
    qtbot.waitUntil(lambda: bool(came))
    loader.close()
    assert [picture.detail for picture in came] == [Detail.FINE]
    height, width = recall(scored[0]).shape[:2]
    assert came[0].heat == heat_layer(in_table, height, width, 4.0)


def test_a_picture_says_where_the_head_and_the_window_of_the_network_are(
    loader: PictureLoader, scored: tuple[Cell, Heatmap], qtbot: QtBot
) -> None:
    cell = replace(scored[0], place=Place(100.0, 20.0, 40.0, 60.0), size=(400, 200))
    came = _loaded(loader)
    loader.load(cell, scored[1], None)
    qtbot.waitUntil(lambda: bool(came))
    assert came[0].head == (0.3, 0.25)
    middle = np.mean(came[0].window, axis=0)
    assert np.abs(middle - 0.5).max() < 0.1


def test_a_model_that_can_not_refine_leaves_the_coarse_heat_and_says_why(
    loader: PictureLoader, scored: tuple[Cell, Heatmap], qtbot: QtBot
) -> None:
    came = _loaded(loader)
    loader.load(*scored, model_folder())
    qtbot.waitUntil(lambda: len(came) == 2)
    assert came[1].heat == came[0].heat
    assert "Install the model again" in str(came[1].detail)


def test_without_the_model_that_scored_it_a_cell_keeps_its_coarse_heat(
    loader: PictureLoader, scored: tuple[Cell, Heatmap], qtbot: QtBot
) -> None:
    came = _loaded(loader)
    loader.load(*scored, None)
    qtbot.waitUntil(lambda: len(came) == 1)
    assert "isn't installed" in str(came[0].detail)
    assert came[0].heat is not None


def test_of_cells_passed_by_quickly_only_the_last_is_shown(
    loader: PictureLoader, scored: tuple[Cell, Heatmap], qtbot: QtBot
) -> None:
    came = _loaded(loader)
    for _ in range(5):
        loader.load(*scored, find_model("smids"))
    qtbot.waitUntil(lambda: bool(came) and came[-1].detail is Detail.FINE, timeout=30000)
    assert len(came) == 2


def test_no_picture_is_made_of_a_cell_that_was_passed_by(
    loader: PictureLoader, scored: tuple[Cell, Heatmap], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    held = threading.Event()

    def recall_slowly(cell: Cell) -> UInt8Array:
        made.append(cell.id)
        held.wait(timeout=10)
        return recall(cell)

    monkeypatch.setattr("sperm_viewer.gui.review.loader.recall", recall_slowly)
    came = _loaded(loader)
    for number in range(1, 30):
        loader.load(replace(scored[0], id=number), scored[1], None)
        loader.prepare(replace(scored[0], id=number + 1), scored[1], None)
    held.set()
    qtbot.waitUntil(lambda: len(came) == 1)
    assert came[0].cell == 29
    assert made[0] == 1
    assert set(made[1:]) <= {29, 30}


def test_an_old_heatmap_never_lies_over_an_image_that_changed(
    loader: PictureLoader, scored: tuple[Cell, Heatmap], qtbot: QtBot
) -> None:
    came = _loaded(loader)
    cv2.imwrite(str(scored[0].ref.path), np.zeros((60, 60, 3), np.uint8))
    loader.load(*scored, find_model("smids"))
    qtbot.waitUntil(lambda: len(came) == 1)
    assert came[0].crop is None
    assert came[0].heat is None
    assert "changed since it was scored" in came[0].problem
