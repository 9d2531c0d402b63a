"""Once the audit cells ring, no report gives a headline that rests on unread cells, and each says which it used."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from audited import HIDDEN, write_audited
from made_up import session_model
from openpyxl import load_workbook
from reported import html_text

from sperm_viewer.domain.verdict import Decision, Why
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.reports.authorise import authorise_sample
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.run.results import result_files, write_tables
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.system.paths import audit_cells_file


def _session(folder: Path, name: str, normal: tuple[int, ...]) -> Path:
    return write_audited(folder / f"{name}.spermview", session_model(find_model("smids")), normal)


def _ring(folder: Path) -> None:
    """The audit cells of another session are read, and normal cells hide there."""
    with Session.open(_session(folder, "shifted", HIDDEN * 4), read_only=True) as session:
        write_tables(session)


def _samples(session: Path) -> list[dict[str, str]]:
    with Session.open(session, read_only=True) as opened:
        write_tables(opened)
    with result_files(session).samples.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _text(session: Path, *samples: str) -> str:
    out = session.with_name("report.html")
    for _ in write_report(ReportRequest(session, ReportFormat.HTML, out, samples=samples)):
        pass
    return html_text(out)


def _read_all(session: Path, sample: str) -> None:
    with Session.open(session) as opened:
        for cell in opened.all_cells():
            if cell.sample == sample:
                Review(opened).decide({cell.id: Decision("abnormal")}, "Ada", why=Why.PLAN)


def test_after_ringing_samples_csv_withholds_headlines_but_those_of_samples_that_were_read(tmp_path: Path) -> None:
    session = _session(tmp_path, "mine", (0, 0))
    _read_all(session, "mine-1")
    assert [row["headline"] for row in _samples(session)] == ["estimate", "estimate"]
    _ring(tmp_path)
    unread, read = _samples(session)
    assert (unread["headline"], unread["normal_estimate"]) == ("withheld", "")
    assert "audit cells of this laboratory don't fit the model's known errors" in unread["reason"]
    assert (read["headline"], read["reason"]) == ("estimate", "")


def test_a_report_says_what_the_audit_could_have_noticed_and_which_state_it_used(tmp_path: Path) -> None:
    session = _session(tmp_path, "mine", (0, 0))
    before = _text(session)
    assert "20 of 2 samples; they fit the model's known errors; state" in before
    assert "audit cells so far could not have noticed any share of normal cells that are answered abnormal" in before
    state = re.findall(r"state ([0-9a-f]{16})", before)
    assert state == re.findall(r"state ([0-9a-f]{16})", _text(session))
    _ring(tmp_path)
    after = _text(session)
    assert "withheld" in after
    assert "100 of 10 samples; they don't fit the model's known errors; state" in after
    assert "Audit cells of this session 20 of 2 samples; they fit the model's known errors" in after
    assert state != re.findall(r"state ([0-9a-f]{16})", after)


def test_the_workbook_says_the_same(tmp_path: Path) -> None:
    session, out = _session(tmp_path, "mine", (0,)), tmp_path / "report.xlsx"
    for _ in write_report(ReportRequest(session, ReportFormat.XLSX, out)):
        pass
    cells = [str(cell.value) for sheet in load_workbook(out) for row in sheet.iter_rows() for cell in row]
    assert "Audit cells of this laboratory" in cells
    assert any(text.startswith("10 of 1 sample; they fit the model's known errors; state") for text in cells)


def test_an_authorised_headline_that_is_withheld_later_makes_the_next_report_an_amended_one(tmp_path: Path) -> None:
    session = _session(tmp_path, "mine", (0,))
    authorise_sample(session, "mine-0", "Dr. Eve")
    _ring(tmp_path)
    text = _text(session, "mine-0")
    assert "Report 2, amended, replaces report 1 of" in text
    assert re.search(r"Headline: [^,;]+, now withheld", text)


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_a_damaged_file_of_audit_cells_is_named_where_the_headline_would_be(tmp_path: Path, content: bytes) -> None:
    session = _session(tmp_path, "mine", (0,))
    _samples(session)
    audit_cells_file().write_bytes(content)
    assert "audit-cells.damaged.json: the audit cells of this laboratory are damaged" in _samples(session)[0]["reason"]
    assert "audit-cells.damaged.json: the audit cells" in _text(session)
