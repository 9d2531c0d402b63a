"""The figures of all four reports are those that other code works out from the raw rows of the session."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pytestqt.qtbot import QtBot
from recomputed import REGIONS, agreement, cells_of, defects, how, share, sperm
from reported import html_text, pdf_text, write_reported

from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report

SLIDES = {"P-4471": ("A", "B", "C"), "P-9000": ("D",)}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return write_reported(tmp_path / "s.spermview")


def _write(session: Path, form: ReportFormat, sample: str) -> Path:
    out = session.with_name(f"{sample}.{form}")
    for _ in write_report(ReportRequest(session, form, out, samples=(sample,))):
        pass
    return out


@pytest.mark.parametrize("sample", SLIDES)
def test_the_pages_say_them(session: Path, sample: str, qtbot: QtBot) -> None:
    pages = html_text(_write(session, ReportFormat.HTML, sample)), pdf_text(_write(session, ReportFormat.PDF, sample))
    cells, said = cells_of(session, sample), []
    for slide in SLIDES[sample]:
        here = [cell for cell in cells if cell.slide == slide]
        counts = sperm(here)
        for name in ("normal", "tapered"):
            percent, low, high = share(counts[name], counts.total())
            said.append(f"{name} {counts[name]} {percent:.1f}% {low:.1f} to {high:.1f}%")
        found = defects(here)
        if found and any(found[part] for part in REGIONS):
            percents = " ".join(f"{found[part]:.1f}%" for part in REGIONS)
            said.append(f"{percents} {found['tzi']:.2f} {found['mai']:.2f} {found['sdi']:.2f}")
    given = how(cells)
    said.append(f"a person read {given['single']} one by one and {given['blind']} blind.")
    if given["bulk"]:
        said.append(f"{given['bulk']} were accepted in bulk, which is not reading.")
    if sample == "P-4471":
        both, same, kappa = agreement(cells)
        percent, low, high = share(same, both)
        said.append(
            f"first reader and second reader {same} of {both} {percent:.1f}% {low:.1f} to {high:.1f}% {kappa:.2f}"
        )
    for page in pages:
        assert [text for text in said if text not in page] == []


@pytest.mark.parametrize("sample", SLIDES)
def test_the_tables_hold_them(session: Path, sample: str) -> None:
    cells = cells_of(session, sample)
    head, *rows = load_workbook(_write(session, ReportFormat.XLSX, sample))["slides"].values
    sheet = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
    slides_csv = _write(session, ReportFormat.CSV, sample).with_name(f"{sample}-slides.csv")
    with slides_csv.open(newline="", encoding="utf-8-sig") as lines:
        table = {row["slide"]: row for row in csv.DictReader(lines)}
    for slide in SLIDES[sample]:
        here = [cell for cell in cells if cell.slide == slide]
        counts, given, found = sperm(here), how(here), defects(here)
        assert (sheet[slide]["sperm"], int(table[slide]["sperm"])) == (counts.total(), counts.total())
        assert [int(table[slide][column]) for column in ("read", "accepted_in_bulk")] == [
            given["single"] + given["blind"],
            given["bulk"],
        ]
        percent, low, high = share(counts["normal"], counts.total())
        limits = [100 * sheet[slide][f"{what}_normal"] for what in ("percent", "low_95", "high_95")]
        assert limits == pytest.approx([percent, low, high])
        assert float(table[slide]["percent_normal"]) == pytest.approx(percent, abs=0.006)
        if sheet[slide]["tzi"] is not None:
            assert [sheet[slide][index] for index in ("tzi", "mai", "sdi")] == pytest.approx(
                [found[index] for index in ("tzi", "mai", "sdi")]
            )
    if len(SLIDES[sample]) > 1:
        counts = sperm(cells)
        assert sheet["all slides"]["percent_normal"] == pytest.approx(counts["normal"] / counts.total())
