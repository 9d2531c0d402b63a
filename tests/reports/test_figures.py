"""All four formats say the same figures, and those were worked out apart from the app.

Wilson intervals are scipy's (binomtest(...).proportion_ci(method="wilson")), kappas scikit-learn's; the rest was
counted by hand from `reported.write_reported`.
"""

from __future__ import annotations

import csv
import time
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from pytestqt.qtbot import QtBot
from reported import html_text, pdf_text, write_reported

from sperm_viewer.reports.request import ReportFormat, ReportRequest, Section
from sperm_viewer.reports.wording import moment
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import begin_spot_check
from sperm_viewer.session.verify import verify

SAID = (
    # Slides A, B and C, then all three: final figures beside the model's alone.
    "normal 4 57.1% 25.0 to 84.2% 4 66.7% 30.0 to 90.3%",
    "tapered 3 42.9% 15.8 to 75.0% 2 33.3% 9.7 to 70.0%",
    "normal 2 50.0% 15.0 to 85.0% 2 50.0% 15.0 to 85.0%",
    "normal 8 53.3% 30.1 to 75.2% 8 57.1% 32.6 to 78.6%",
    "Not estimated: the model that scored this session is not installed here.",
    "Of 17 cells, a person read 4 one by one and 0 blind. 2 were accepted in bulk, which is not reading. 1 cell that "
    "the model referred to a person was not read yet. 1 file could not be scored. 1 image not scored yet.",
    "Only 7 sperm counted; the WHO asks for at least 200 per slide.",
    "the WHO's reference limit for normal forms (4%) must not be applied to them",
    # Crops, not scored, failed, referred, read, in bulk, sperm.
    "A 10 0 1 2 4 0 7",
    "B 5 1 0 0 0 2 4",
    "Sample P-4471 Collected 2026-11-20 Received 2026-11-21 Requester not stated",
    "A stain Diff-Quik, magnification 100x, µm per pixel 0.066 fixation, objective, counting criteria",
    "A and B. normal: 57.1% and 50.0% differ by 7.1; at an average of 54% the WHO accepts up to 10: the slides agree.",
    "A and C. normal: 57.1% and 50.0%",
    "B and C. normal: 50.0% and 50.0%",
    # Of 7 sperm 3 abnormal ones and one called normal: 7 defective regions, 9 anomalies; of the two of one midpiece the
    # deformity index counts one.
    "A 7 4 42.9% 28.6% 28.6% 0.0% 1.75 2.25 1.14",
    "A: 1 sperm called normal has a ticked defect. A sperm with a defect is no normal form",
    "All slides 15 8 – – – – – – –",
    "4 abnormal sperm of 8 without a ticked anomaly",
    "model and first reader 3 of 4 75.0%",
    "model and second reader 3 of 4 75.0%",
    "first reader and second reader 1 of 3 33.3%",
    "only cells that were read are compared, so the agreement of model and first reader is neither blind",
    "-0.50",
    "normal: 8 of 8 cells",
    "tapered: 7 of 7 cells",
    "non-sperm: 1 of 1 cell",
    "3 cells that the model referred to a person, or to which a person gave another class",
    "A / img_0.png normal 0.80 overruled tapered, Ada",
    "A / img_8.png tapered 0.70 referred: not reviewed",
    "Failed files File Reason A / img_9.png The file is empty.",
    "Ada first reader",
    "Bo second reader, blind",
    "Cy first reader",
    "ab" * 32,
    "Verified: every row of the audit trail was checked",
    "Research use only",
    "St. Brigid's",
    # The other sample.
    "Sample P-9000 · report 1, not authorised · Sperm Viewer",
    "normal 1 50.0% 9.5 to 90.5% 1 50.0% 9.5 to 90.5%",
    "No cell was read by a person.",
)


def _write(session: Path, form: ReportFormat) -> Path:
    out = session.with_name(f"report.{form}")
    for _ in write_report(ReportRequest(session, form, out, "St. Brigid's")):
        pass
    return out


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return write_reported(tmp_path / "s.spermview")


def test_the_html_page_says_the_figures_worked_out_by_hand(session: Path) -> None:
    text = html_text(_write(session, ReportFormat.HTML))
    assert [said for said in (*SAID, verify(session).head.hash) if said not in text] == []


def test_the_pdf_says_the_same_as_text_that_can_be_read_back(session: Path, qtbot: QtBot) -> None:
    text = pdf_text(_write(session, ReportFormat.PDF))
    assert [said for said in (*SAID, verify(session).head.hash) if said not in text] == []


def test_the_workbook_has_them_as_typed_values_under_a_frozen_head_with_filters(session: Path) -> None:
    book = load_workbook(_write(session, ReportFormat.XLSX))
    assert book.sheetnames == ["samples", "slides", "cells", "measurements", "agreement", "readings", "audit", "about"]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
    head, *rows = book["slides"].values
    a, b, _, together, d = (dict(zip(head, row, strict=True)) for row in rows)
    assert [row[1] for row in rows] == ["A", "B", "C", "all slides", "D"]
    assert (a["um_per_px"], b["um_per_px"], d["sample"]) == (0.066, None, "P-9000")
    assert a["collected"] == datetime(2026, 11, 20)
    assert [a[name] for name in ("crops", "not_scored", "referred", "read", "accepted_in_bulk", "failed")] == [
        *(10, 0, 2, 4, 0, 1)
    ]
    assert (b["read"], b["accepted_in_bulk"]) == (0, 2)
    assert (a["sperm"], a["n_normal"], a["n_tapered"], a["non_sperm"], a["unresolved"]) == (7, 4, 3, 1, 1)
    assert a["percent_normal"] == pytest.approx(4 / 7)
    assert book["slides"].cell(2, head.index("percent_normal") + 1).number_format == "0.0%"
    assert (a["low_95_normal"], a["high_95_normal"]) == pytest.approx((0.25046, 0.84180), abs=0.0002)
    assert (a["model_alone_sperm"], a["model_alone_n_normal"]) == (6, 4)
    assert together["percent_normal"] == pytest.approx(8 / 15)
    assert (a["tzi"], a["mai"], a["sdi"]) == pytest.approx((7 / 4, 9 / 4, 8 / 7))
    assert (a["percent_head_defect"], a["percent_midpiece_defect"]) == pytest.approx((3 / 7, 2 / 7))
    assert (together["tzi"], together["mai"], together["sdi"]) == (None, None, None)


def test_the_workbooks_cells_and_audit_trail_are_those_of_the_session(session: Path) -> None:
    book = load_workbook(_write(session, ReportFormat.XLSX))
    head, *rows = book["cells"].values
    cells = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(cells) == 20
    assert (cells[0]["class"], cells[0]["p_normal"], cells[0]["final_class"]) == ("normal", 0.8, "tapered")
    assert (cells[7]["note"], cells[0]["anomalies"]) == ("small vacuole", "head-tapered head-vacuolated tail-coiled")
    assert (cells[0]["second_verdict"], cells[0]["second_reviewer"]) == ("normal", "Bo")
    with Session.open(session) as opened:
        trail = opened.rows("SELECT number, at, who, kind, body, hash FROM audit ORDER BY number")
    _, *audit = book["audit"].values
    assert [(n, f"{at:%Y-%m-%dT%H:%M:%S}+00:00", who or "", *rest) for n, at, who, *rest in audit] == trail
    assert isinstance(cells[0]["reviewed_at_utc"], datetime)
    assert dict(book["about"].values)["Hash of its last row"] == trail[-1][-1]


def test_the_workbook_says_what_the_page_says(session: Path) -> None:
    with Session.open(session) as opened:
        begin_spot_check(opened, opened.samples()[0].slides[0].id, "Ada")
    book = load_workbook(_write(session, ReportFormat.XLSX))
    about = [f"{what}: {text}" for what, text in book["about"].values]
    for said in (
        "Sample P-4471: slide A: Only 7 sperm counted; the WHO asks for at least 200 per slide.",
        "Sample P-4471: slide A: 1 sperm called normal has a ticked defect.",
        "Sample P-4471: slide A: Spot check of the model: a person labelled random cells of this slide without seeing",
        "Sample P-4471: replicates A and C: normal: 57.1% and 50.0% differ by 7.1",
        "Sample P-4471: replicates A and C: Fewer than 200 sperm were counted on a slide (7 and 4)",
        "Agreement: The first reader could see the model's answers",
    ):
        assert any(said in line for line in about), said
    head, *rows = book["agreement"].values
    model, _, second = (dict(zip(head, row, strict=True)) for row in rows)
    assert (model["one"], model["other"], model["cells"], model["agreed"]) == ("model", "first reader", 4, 3)
    assert (second["cells"], second["kappa"]) == (3, pytest.approx(-0.5))
    assert second["kappa_low_95"] == -1


def test_the_csv_has_the_verdicts_that_the_figures_count(session: Path) -> None:
    with _write(session, ReportFormat.CSV).open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    final = [row["final_class"] for row in rows if row["slide"] == "A"]
    assert {name: final.count(name) for name in set(final)} == {
        "normal": 4,
        "tapered": 3,
        "non-sperm": 1,
        "refer": 1,
        "": 1,
    }


def test_a_report_as_csv_has_the_slides_figures_beside_its_cells(session: Path) -> None:
    written = _write(session, ReportFormat.CSV)
    with written.with_name("report-slides.csv").open(newline="", encoding="utf-8-sig") as lines:
        slides = {row["slide"]: row for row in csv.DictReader(lines)}
    assert list(slides) == ["A", "B", "C", "D"]
    assert (slides["A"]["sperm"], slides["A"]["percent_normal"]) == ("7", "57.14")
    assert (slides["A"]["read"], slides["B"]["read"], slides["B"]["accepted_in_bulk"]) == ("4", "0", "2")


def test_a_report_of_one_sample_says_nothing_of_another(session: Path, qtbot: QtBot) -> None:
    for form in ReportFormat:
        out = session.with_name(f"one.{form}")
        for _ in write_report(ReportRequest(session, form, out, samples=("P-9000",))):
            pass
    assert "P-4471" not in html_text(session.with_name("one.html")) + pdf_text(session.with_name("one.pdf"))
    book = load_workbook(session.with_name("one.xlsx"))
    assert {row[0] for name in ("samples", "slides", "cells") for row in list(book[name].values)[1:]} == {"P-9000"}
    assert "P-4471" not in " ".join(str(value) for sheet in book for row in sheet.values for value in row)
    for name in ("one.csv", "one-slides.csv"):
        assert "P-4471" not in session.with_name(name).read_text("utf-8")


def test_sections_that_are_not_chosen_are_left_out(session: Path) -> None:
    out = session.with_name("short.html")
    for _ in write_report(ReportRequest(session, ReportFormat.HTML, out, sections=frozenset({Section.DEFECTS}))):
        pass
    text = html_text(out)
    assert "A 7 4 42.9%" in text
    assert [gone for gone in ("Replicates", "Failed files", "Cells of each class", "Agreement") if gone in text] == []
    assert "How this was made" in text


def test_every_sheet_says_whose_report_it_is_and_which_one(session: Path, qtbot: QtBot) -> None:
    samples = [
        next(s for s in ("P-4471", "P-9000") if f"Sample {s} · report 1, not authorised · Sperm Viewer" in page)
        for page in (" ".join(p.extract_text().split()) for p in PdfReader(_write(session, ReportFormat.PDF)).pages)
    ]
    assert samples == sorted(samples)
    assert set(samples) == {"P-4471", "P-9000"}


def test_times_are_local_and_say_their_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert moment("2026-11-28T20:00:00+00:00") == "2026-11-29 01:30 UTC+05:30"
    finally:
        monkeypatch.undo()
        time.tzset()
