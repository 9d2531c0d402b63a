"""The tables of the readings: each pair of a sample, and each cell with a column for each reader."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook
from reported import html_text, write_reported

from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import files_beside, write_report
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Bo has read four cells of A that Ada read or the model answered; Cy reads one of them, and Di decides two."""
    path = write_reported(tmp_path / "s.spermview")
    with Session.open(path) as session:
        ids = [cell.id for cell in session.all_cells() if cell.ref.slide == "A"]
        third = begin_reading(session, NewReading(ReadingKind.FURTHER, "Ed", blind=False))
        Review(session, third.id).decide({ids[0]: Decision("tapered")}, "Ed")
        decided = begin_reading(session, NewReading(ReadingKind.ADJUDICATION, "Di"))
        Review(session, decided.id).decide({ids[0]: Decision("tapered")}, "Di")
        again = begin_reading(session, NewReading(ReadingKind.REPEAT, "Ada"))
        Review(session, again.id).decide({ids[0]: Decision("normal")}, "Ada")
    return path


def _write(session: Path, form: ReportFormat) -> Path:
    out = session.with_name(f"report.{form}")
    for _ in write_report(ReportRequest(session, form, out)):
        pass
    return out


def _table(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.reader(lines))


def test_each_cell_has_a_column_for_each_reader_and_what_they_come_to(session: Path) -> None:
    _write(session, ReportFormat.CSV)
    head, *rows = _table(session.with_name("report-readings.csv"))
    assert head[5::2] == [
        *("first reader (Ada)", "second reader (Bo)", "third reader (Ed)", "adjudicator (Di)"),
        *("first reader again (Ada)", "consensus"),
    ]
    assert rows[0] == [
        *("P-4471", "A", "img_0.png", "", "normal", "tapered", "single", "normal", "blind", "tapered", "single"),
        *("tapered", "blind", "normal", "blind", "tapered", "adjudicated"),
    ]
    assert [(row[2], row[-2], row[-1]) for row in rows[1:]] == [
        ("img_4.png", "tapered", "readers agree"),
        ("img_7.png", "", "readers differ"),
    ]


def test_each_pair_says_whether_it_is_within_a_reader_or_between_two(session: Path) -> None:
    _write(session, ReportFormat.CSV)
    head, *rows = _table(session.with_name("report-agreement.csv"))
    pairs = {(row[1], row[2]): dict(zip(head, row, strict=True)) for row in rows}
    within = pairs["first reader", "first reader again"]
    assert (within["compared"], within["cells"], within["agreed"]) == ("within one reader", "1", "0")
    between = pairs["first reader", "second reader"]
    assert (between["compared"], between["cells"], between["percent"]) == ("between readers", "3", "33.33")
    # Wilson's interval of 1 of 3, worked out with scipy.
    assert (between["low_95"], between["high_95"], between["kappa"]) == ("6.15", "79.23", "-0.5000")
    assert not [pair for pair in pairs if "adjudicator" in pair]


def test_the_workbook_holds_the_same_readings(session: Path) -> None:
    _write(session, ReportFormat.CSV)
    book = load_workbook(_write(session, ReportFormat.XLSX))
    told = _table(session.with_name("report-readings.csv"))
    assert [["" if value is None else value for value in row] for row in book["readings"].values] == told
    assert len(list(book["agreement"].values)) == len(_table(session.with_name("report-agreement.csv")))


def test_the_page_says_what_the_readings_come_to(session: Path) -> None:
    text = html_text(_write(session, ReportFormat.HTML))
    assert "3 cells in two readings or more (readers agree: 1, adjudicated: 1, readers differ: 1)." in text
    assert "first reader and first reader again 0 of 1 0.0%" in text
    assert "Di adjudicator, blind" in text
    assert "Ed third reader" in text


def test_files_of_an_earlier_report_do_not_stay_beside_one_without_readings(session: Path, tmp_path: Path) -> None:
    out = _write(session, ReportFormat.CSV)
    assert len(files_beside(out)) == 5
    for _ in write_report(ReportRequest(session, ReportFormat.CSV, out, samples=("P-9000",))):
        pass
    names = [file.name for file in files_beside(out)]
    assert names == ["report-samples.csv", "report-slides.csv", "report-measurements.csv"]
