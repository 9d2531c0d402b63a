"""What exports and reports say about measurements: the spread of each slide, its unit, and every formula."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from cells import MEASURED, in_field, session_with
from openpyxl import load_workbook
from reported import html_text

from sperm_viewer.domain.cell import Place, Status
from sperm_viewer.domain.morphometry import FORMULAS
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.reports.csv_tables import cell_columns, formulas_file
from sperm_viewer.reports.measured_columns import MEASURED_COLUMNS
from sperm_viewer.reports.measured_spread import measured_spread
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report

_PLACES = [Place(40.0 * number, 30, 30, 40) for number in range(1, 12)]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Eleven heads of 50, 51, … 60 px on one field, the last of which is cut by the border."""
    opened, (ref,) = session_with(tmp_path, ["a.png"])
    with opened:
        events = in_field(ref, *_PLACES, cut=[10])
        sized = [replace(event, morphometry=replace(MEASURED, length=50.0 + n)) for n, event in enumerate(events)]
        opened.record(sized)
    return opened.path


def _write(session: Path, kind: ReportFormat) -> Path:
    out = session.with_name(f"report.{kind}")
    for _ in write_report(ReportRequest(session, kind, out)):
        pass
    return out


def test_a_report_gives_the_spread_of_each_measurement_and_its_formula(session: Path) -> None:
    text = html_text(_write(session, ReportFormat.HTML))

    assert "Slide A-017: 10 heads" in text
    assert "Length px 54.5 50.2 58.8 10" in text
    assert "lengths are in pixels" in text
    assert [formula for formula in FORMULAS.values() if formula not in text] == []


def test_lengths_are_in_micrometres_once_the_scale_is_known(session: Path) -> None:
    from sperm_viewer.session.session import Session

    with Session.open(session) as opened:
        (sample,) = opened.samples()
        opened.set_slide_details(sample.slides[0].id, SlideDetails(um_per_px=0.08), "Ana")
    text = html_text(_write(session, ReportFormat.HTML))

    assert "Length µm 4.36 4.02 4.70 10" in text
    assert "lengths are in pixels" not in text


def test_non_sperm_and_uncounted_cells_are_in_no_spread(session: Path) -> None:
    from sperm_viewer.session.session import Session

    with Session.open(session) as opened:
        cells = list(opened.all_cells())
    kept = [replace(cell, status=Status.FAILED) if number < 4 else cell for number, cell in enumerate(cells)]

    assert {one.spread.count for one in measured_spread(kept, SlideDetails())} == {6}


def test_every_export_comes_with_a_formula_for_each_measured_column(session: Path) -> None:
    out = _write(session, ReportFormat.CSV)
    with formulas_file(out).open(newline="", encoding="utf-8-sig") as lines:
        listed = list(csv.DictReader(lines))
    sheet = list(load_workbook(_write(session, ReportFormat.XLSX))["measurements"].values)

    assert {row["column"] for row in listed} == set(MEASURED_COLUMNS) <= set(cell_columns(()))
    assert [row["unit"] for row in listed if row["column"] == "area_um2"] == ["µm²"]
    assert all(row["formula"] for row in listed)
    assert [tuple(row.values()) for row in listed] == sheet[1:]
