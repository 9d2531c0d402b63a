"""The HTML report as a browser prints it: pages like the PDF's, none with a title or a chart alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader
from reported import write_reported
from reviewed import write_reviewed

from sperm_viewer import __version__
from sperm_viewer.reports.request import Paper, ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report

_BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(_BROWSER is None, reason="needs Chromium")
@pytest.mark.parametrize("paper", list(Paper))
def test_every_page_has_its_sample_and_number_and_a_chart_has_its_caption(tmp_path: Path, paper: Paper) -> None:
    request = ReportRequest(write_reported(tmp_path / "s.spermview"), ReportFormat.HTML, tmp_path / "report.html")
    pages = [" ".join(page.extract_text().split()) for page in _printed(request, paper)]
    assert "Percent normal of sperm on each slide" in pages[0]
    assert "Sample and slides" in pages[0]
    for number, page in enumerate(pages, 1):
        assert f"· Sperm Viewer {__version__}" in page
        assert f"{number} of {len(pages)}" in page
        assert "Research use only: it explains a classification" in page
        assert page.count("0% 25% 50% 75% 100%") == page.count("Wilson intervals")


@pytest.mark.skipif(_BROWSER is None, reason="needs Chromium")
def test_the_headline_is_on_one_line(tmp_path: Path) -> None:
    session = write_reviewed(tmp_path / "s.spermview")
    first = _printed(ReportRequest(session, ReportFormat.HTML, tmp_path / "report.html", sections=frozenset()))[0]
    assert [line for line in first.extract_text().splitlines() if re.fullmatch(r"\d+%", line.strip())]


def _printed(request: ReportRequest, paper: Paper = Paper.A4) -> list[PageObject]:
    out = request.out
    for _ in write_report(request):
        pass
    # The browser takes the paper from the page alone; the report itself names none.
    text = out.read_text("utf-8")
    assert "size:" not in text.partition("@page {")[2].partition("}")[0]
    out.write_text(text.replace("@page {", f"@page {{ size: {paper};", 1), "utf-8")
    printed = f"--print-to-pdf={out.with_suffix('.pdf')}"
    command = [str(_BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", printed]
    subprocess.run([*command, out.as_uri()], check=True, capture_output=True, timeout=60)
    return list(PdfReader(out.with_suffix(".pdf")).pages)
