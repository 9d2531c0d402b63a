"""All four formats say the same figures, and those were worked out apart from the app.

Wilson intervals are scipy's (binomtest(...).proportion_ci(method="wilson")), kappas scikit-learn's; the rest was
counted by hand from `reported.write_reported`.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pytestqt.qtbot import QtBot
from reported import html_text, pdf_text, write_reported

from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.session import Session, SlideDetails
from sperm_viewer.session.spot_check import begin_spot_check
from sperm_viewer.session.verify import verify

SAID = (
    # Slide A, then B, then both: final figures beside the model's alone.
    "normal 4 57.1% 25.0 to 84.2% 4 66.7% 30.0 to 90.3%",
    "tapered 3 42.9% 15.8 to 75.0% 2 33.3% 9.7 to 70.0%",
    "normal 2 50.0% 15.0 to 85.0% 2 50.0% 15.0 to 85.0%",
    "normal 6 54.5% 28.0 to 78.7% 6 60.0% 31.3 to 83.2%",
    "54.5% normal heads on 2 slides 6 of 11 sperm; 95% interval 28.0 to 78.7%",
    "Percent of 11 sperm, over the classes normal, tapered. Left out: 1 non-sperm, 1 referred and not reviewed, "
    "1 failed.",
    "4 of 13 cells reviewed by a person; the rest as the model said. 1 cell referred by the model and not yet "
    "reviewed: not in the percentages. 1 crop not scored yet.",
    "Only 7 sperm counted; the WHO asks for at least 200 a slide.",
    "not the WHO's 'normal forms'",
    # Crops, not scored, failed, referred, reviewed, sperm.
    "A 10 0 1 2 4 7",
    "B 5 1 0 0 0 4",
    "A P-4471 2026-11-20 Diff-Quik 100x 0.066",
    "normal: 57.1% and 50.0% differ by 7.1; at an average of 54% the WHO accepts up to 10: the slides agree.",
    # 6 defective regions, 7 anomalies, 3 abnormal of 7 sperm.
    "A 7 3 2.00 2.33 1.00",
    "All slides 11 5 – – –",
    "2 abnormal sperm of 5 without a ticked anomaly",
    "model and first reader 3 of 4 75.0%",
    "model and second reader 3 of 4 75.0%",
    "first reader and second reader 1 of 3 33.3%",
    "-0.50",
    "normal: 6 of 6 cells",
    "tapered: 5 of 5 cells",
    "non-sperm: 1 of 1 cell",
    "3 cells that the model referred to a person, or to which a person gave another class",
    "A / img_0.png normal 0.80 overruled tapered, Ada",
    "Ada first",
    "Bo blind second",
    "ab" * 32,
    "Verified: every row of the audit trail was walked",
    "Research use only",
    "St. Brigid's",
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


def test_the_workbook_has_them_as_numbers_under_a_frozen_head_with_filters(session: Path) -> None:
    book = load_workbook(_write(session, ReportFormat.XLSX))
    assert book.sheetnames == ["cells", "slides", "audit", "about"]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
    head, *rows = book["slides"].values
    a, b, both = (dict(zip(head, row, strict=True)) for row in rows)
    assert (a["slide"], b["slide"], both["slide"]) == ("A", "B", "all slides")
    assert (a["um_per_px"], b["um_per_px"], b["replicate_of"]) == (0.066, None, "A")
    assert [a[name] for name in ("crops", "not_scored", "referred", "reviewed", "failed", "unresolved")] == [
        *(10, 0, 2, 4, 1, 1)
    ]
    assert (a["sperm"], a["n_normal"], a["n_tapered"], a["non_sperm"]) == (7, 4, 3, 1)
    assert a["percent_normal"] == pytest.approx(400 / 7)
    assert (a["low_95_normal"], a["high_95_normal"]) == pytest.approx((25.046, 84.180), abs=0.02)
    assert (a["model_alone_sperm"], a["model_alone_n_normal"]) == (6, 4)
    assert both["percent_normal"] == pytest.approx(600 / 11)
    assert (a["tzi"], a["mai"], a["sdi"]) == pytest.approx((2, 7 / 3, 1))
    assert (both["tzi"], both["mai"], both["sdi"]) == (None, None, None)


def test_the_workbooks_cells_and_audit_trail_are_those_of_the_session(session: Path) -> None:
    book = load_workbook(_write(session, ReportFormat.XLSX))
    head, *rows = book["cells"].values
    cells = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(cells) == 14
    assert (cells[0]["class"], cells[0]["p_normal"], cells[0]["final_class"]) == ("normal", 0.8, "tapered")
    assert (cells[7]["note"], cells[0]["anomalies"]) == ("small vacuole", "head-tapered head-vacuolated tail-coiled")
    assert (cells[0]["second_verdict"], cells[0]["second_reviewer"]) == ("normal", "Bo")
    with Session.open(session) as opened:
        trail = opened.rows("SELECT number, at, who, kind, body, hash FROM audit ORDER BY number")
    _, *audit = book["audit"].values
    assert [(n, at, who or "", kind, body, hash_) for n, at, who, kind, body, hash_ in audit] == trail
    about = dict(row for row in book["about"].values if row[0] != "Mind")
    assert about["Hash of its last row"] == trail[-1][-1]
    assert about["Agreement of model and first reader, percent"] == 75


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


def test_no_micrometres_are_shown_where_no_slide_is_calibrated(tmp_path: Path, session: Path) -> None:
    with Session.open(session) as opened:
        opened.set_slide_details("A", SlideDetails("P-4471"), "Ada")
    assert "µm" not in html_text(_write(session, ReportFormat.HTML))


def test_a_check_of_the_model_stands_under_its_slide(session: Path) -> None:
    with Session.open(session) as opened:
        begin_spot_check(opened, "A", "Ada")
    text = html_text(_write(session, ReportFormat.HTML))
    # Slide A is checked whole: its four verdicts, one of which overrules the model.
    assert text.count("The model was right on 3 of 4 cells: 75% (95% interval 30 to 95%).") == 1
    assert text.count("Check of the model") == 1
