"""What a report once said wrongly of a person's sample, it says no more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from pytestqt.qtbot import QtBot
from reported import html_text, write_reported

from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import begin_spot_check


def _write(session: Path, form: ReportFormat) -> Path:
    out = session.with_name(f"report.{form}")
    for _ in write_report(ReportRequest(session, form, out)):
        pass
    return out


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return write_reported(tmp_path / "s.spermview")


@pytest.fixture
def text(session: Path) -> str:
    return html_text(_write(session, ReportFormat.HTML))


def _sheet(session: Path, name: str) -> dict[str, dict[str, Any]]:
    head, *rows = load_workbook(_write(session, ReportFormat.XLSX))[name].values
    return {row[1]: dict(zip(head, row, strict=True)) for row in rows}


def test_a_tick_on_a_sperm_called_normal_counts_in_the_indices(session: Path) -> None:
    # Of three abnormal sperm and a normal one with two ticks on its midpiece.
    assert _sheet(session, "slides")["A"]["tzi"] == pytest.approx(7 / 4)


def test_it_is_said_that_a_sperm_with_a_defect_is_no_normal_form(text: str) -> None:
    assert "1 sperm called normal has a ticked defect" in text


def test_the_deformity_index_counts_one_defect_of_a_midpiece_at_most(session: Path) -> None:
    assert _sheet(session, "slides")["A"]["sdi"] == pytest.approx(8 / 7)


def test_each_region_has_its_share_of_all_sperm(text: str) -> None:
    assert "Head Midpiece Tail Residual cytoplasm" in text
    assert "42.9% 28.6% 28.6% 0.0%" in text


def test_acceptance_in_bulk_is_not_called_reading(text: str) -> None:
    assert "a person read 4 one by one" in text
    assert "2 were accepted in bulk, which is not reading" in text


def test_ordinary_verdicts_are_no_spot_check(session: Path) -> None:
    with Session.open(session) as opened:
        begin_spot_check(opened, opened.samples()[0].slides[0].id, "Ada")
    text = html_text(_write(session, ReportFormat.HTML))
    assert "Spot check of the model" in text
    assert "The model was right on" not in text
    assert "None of 9 cells is labelled yet." in text


def test_agreement_with_the_first_reader_is_said_to_be_not_blind_and_of_read_cells(text: str) -> None:
    assert "agreement of model and first reader is neither blind nor" in text


def test_the_workbook_has_the_remarks_and_the_interval_of_kappa(session: Path) -> None:
    book = load_workbook(_write(session, ReportFormat.XLSX))
    about = " ".join(str(row) for row in book["about"].values)
    assert "Fewer than 200 sperm were counted on a slide (7 and 4)" in about
    assert "agreement" in book.sheetnames
    head, *rows = book["agreement"].values
    assert [row[head.index("cells")] for row in rows] == [4, 4, 3]
    assert all(row[head.index("kappa_low_95")] is not None for row in rows)


def test_times_and_percentages_of_the_workbook_have_their_type(session: Path) -> None:
    book = load_workbook(_write(session, ReportFormat.XLSX))
    audit, slides = book["audit"], book["slides"]
    assert isinstance(audit.cell(2, 2).value, datetime)
    column = [cell.value for cell in slides[1]].index("percent_normal") + 1
    assert slides.cell(2, column).number_format == "0.0%"


def test_a_report_as_csv_has_the_figures_of_slides(session: Path) -> None:
    _write(session, ReportFormat.CSV)
    kinds = ("-agreement", "-measurements", "-readings", "-samples", "-slides", "")
    names = [f"report{kind}.csv" for kind in kinds]
    assert sorted(file.name for file in session.parent.glob("*.csv")) == names


def test_every_sheet_names_the_sample_the_report_and_the_version(session: Path, qtbot: QtBot) -> None:
    for sheet in PdfReader(_write(session, ReportFormat.PDF)).pages:
        text = " ".join(sheet.extract_text().split())
        assert "Sample P-" in text
        assert "report 1, not authorised · Sperm Viewer" in text


def test_failed_files_are_named(text: str) -> None:
    assert "A / img_9.png The file is empty." in text


def test_the_whos_limit_is_said_not_to_apply_in_letters_as_large_as_others(session: Path) -> None:
    page = _write(session, ReportFormat.HTML).read_text("utf-8")
    start = page.index("reference limit for normal forms (4%) must not be applied") if "(4%)" in page else -1
    assert start > 0
    assert 'class="quiet' not in page[page.rindex("<p", 0, start) : start]
