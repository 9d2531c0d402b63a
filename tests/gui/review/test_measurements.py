"""The measurements of a head in the cell pane: values, unit and the stain's ranges, and never a verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cells import MEASURED, PLACE, in_field, session_with
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.morphometry import FORMULAS
from sperm_viewer.domain.reference_range import PUBLISHED_RANGES
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.gui.dialogs.ranges_page import RangesPage
from sperm_viewer.gui.review.measurements import NO_RANGE, NO_SCALE, NO_STAIN, NO_VERDICT, Measurements
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import Theme


@pytest.fixture
def panel(qapp: QApplication, qtbot: QtBot) -> Measurements:
    made = Measurements(Theme(qapp, "light"))
    qtbot.addWidget(made)
    return made


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        (found,) = session.cells(session.record(in_field(ref, PLACE)))
    return found


def test_without_a_scale_lengths_are_in_pixels_and_get_no_range(panel: Measurements, cell: Cell) -> None:
    panel.show_cell(cell, SlideDetails(stain="Papanicolaou"), PUBLISHED_RANGES)

    assert panel.text("length") == "60.0 px"
    assert panel.text("area") == "1900.0 px²"
    assert panel.text("ellipticity") == "1.50 1.5 (1.3–1.8), WHO 2010\n1.57, Bellastella 2010"
    assert NO_SCALE in panel.note.text()


def test_with_a_scale_lengths_are_in_micrometres_beside_the_stain_s_ranges(panel: Measurements, cell: Cell) -> None:
    panel.show_cell(cell, SlideDetails(stain="Papanicolaou", um_per_px=0.07), PUBLISHED_RANGES)

    assert panel.text("length") == "4.20 µm 4.1 (3.7–4.7), WHO 2010\n4.4, Bellastella 2010"
    assert panel.text("acrosome_share") == "40% 47.5%, Bellastella 2010"
    assert panel.note.text() == NO_VERDICT


@pytest.mark.parametrize(("stain", "note"), [("Diff-Quik", NO_RANGE), ("", NO_STAIN)])
def test_ranges_of_another_stain_are_not_shown(panel: Measurements, cell: Cell, stain: str, note: str) -> None:
    panel.show_cell(cell, SlideDetails(stain=stain, um_per_px=0.07), PUBLISHED_RANGES)

    assert [name for name in FORMULAS if "2010" in panel.text(name)] == []
    assert panel.note.text() == note


def test_the_head_is_drawn_with_its_two_lines(panel: Measurements, cell: Cell) -> None:
    panel.show_cell(cell, SlideDetails(), ())
    panel.drawing.grab()
    image = panel.drawing.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}

    assert QColor("#3f57b0").name() in colours
    assert QColor("#e2e2e2").name() in colours


def test_a_cell_without_a_measured_head_shows_no_measurements(panel: Measurements, cell: Cell) -> None:
    panel.show_cell(replace(cell, morphometry=MEASURED, outline=""), SlideDetails(), ())
    assert panel.drawing.isHidden()

    panel.show_cell(replace(cell, morphometry=None), SlideDetails(), ())
    assert panel.isHidden()


def test_ranges_can_be_changed_in_the_settings_and_are_stored_only_when_complete(qtbot: QtBot, tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path / "settings.json")
    page = RangesPage(settings)
    qtbot.addWidget(page)
    shipped = settings.value.ranges

    page.add.click()
    row = page.table.rowCount() - 1
    for column, text in enumerate(("Diff-Quik", "length", "4.9", "4.3", "5.5")):
        page.table.item(row, column).setText(text)
    assert "stain and source are needed" in page.message.text()
    assert settings.value.ranges == shipped

    page.table.item(row, 5).setText("Own heads, 2026")
    assert page.message.text() == ""
    assert settings.ranges[-1].short_source == "Own heads"

    page.reset.click()
    assert settings.value.ranges == shipped
