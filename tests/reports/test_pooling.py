"""Slides of a sample are counted together only if they were made alike, and a report says why they are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from reported import html_text
from reviewed import write_reviewed

from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.session import Session

APART = "The slides differ in stain or magnification, so they are not replicates and are not counted together."


def _report(session: Path, form: ReportFormat) -> Path:
    out = session.with_name(f"report.{form}")
    for _ in write_report(ReportRequest(session, form, out, samples=("P-1",), sections=frozenset())):
        pass
    return out


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (SlideDetails("Diff-Quik"), SlideDetails("Papanicolaou"), False),
        (SlideDetails(magnification="100x"), SlideDetails(magnification="63x"), False),
        (SlideDetails("Diff-Quik", magnification="100x"), SlideDetails(), True),
    ],
)
def test_a_replicate_has_the_same_stain_and_magnification(
    tmp_path: Path, one: SlideDetails, other: SlideDetails, together: bool
) -> None:
    session = write_reviewed(tmp_path / "s.spermview")
    with Session.open(session) as opened:
        a, b, _ = opened.samples()[0].slides
        opened.set_slide_details(a.id, one, "Ada")
        opened.set_slide_details(b.id, other, "Ada")
    book = load_workbook(_report(session, ReportFormat.XLSX))
    assert ("all slides" in {row[1] for row in book["slides"].values}) is together
    head, row = book["samples"].values
    assert dict(zip(head, row, strict=True))["headline"] == ("estimate" if together else "withheld")
    text = html_text(_report(session, ReportFormat.HTML))
    assert (f"sample P-1: withheld {APART}" in text) is not together
