"""File > Report: the pages in the window are those that are saved and printed, of the samples and sections chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot
from reported import html_text, pdf_text, write_reported

from sperm_viewer.app import Desktop
from sperm_viewer.gui.report.report_dialog import ReportDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.reports.pdf.papers import PAPERS
from sperm_viewer.reports.request import Paper, ReportFormat, Section

_MM = 72 / 25.4
_SIZES = {Paper.A4: (210, 297), Paper.LETTER: (215.9, 279.4)}


@pytest.fixture
def dialog(open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path, answers: Answers) -> ReportDialog:
    desktop = open_desktop()
    desktop.controller.open_session(write_reported(tmp_path / "s.spermview"))
    qtbot.waitUntil(lambda: desktop.window.action(ActionId.REPORT).isEnabled())
    desktop.window.action(ActionId.REPORT).trigger()
    (found,) = desktop.window.findChildren(ReportDialog)
    _wait_for_pages(found, qtbot)
    return found


def _wait_for_pages(dialog: ReportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: dialog.status.text().endswith(("page", "pages")), timeout=20_000)


def _choose(dialog: ReportDialog, qtbot: QtBot, change: Callable[[], None]) -> None:
    dialog.status.clear()
    change()
    _wait_for_pages(dialog, qtbot)


def _ink(dialog: ReportDialog, number: int) -> int:
    """How many pixels of a page aren't white."""
    image = dialog.preview.page(number)
    return sum(
        image.pixel(x, y) & 0xFFFFFF != 0xFFFFFF for x in range(0, image.width(), 3) for y in range(image.height())
    )


def _save(dialog: ReportDialog, qtbot: QtBot, form: ReportFormat, answers: Answers, out: Path) -> Path:
    dialog.format.setCurrentIndex(dialog.format.findData(form))
    answers.path = out
    dialog.save_button.click()
    qtbot.waitUntil(lambda: dialog.status.text() == f"Wrote the report to {out}.", timeout=20_000)
    return out


def test_ctrl_p_opens_the_report_and_in_it_ctrl_p_prints(dialog: ReportDialog) -> None:
    (spec,) = (spec for spec in ACTIONS if spec.id == ActionId.REPORT)
    assert spec.keys == "Ctrl+P"
    assert dialog.print_button.shortcut().toString() == "Ctrl+P"


def test_the_pages_in_the_window_are_those_of_the_pdf(
    dialog: ReportDialog, qtbot: QtBot, answers: Answers, tmp_path: Path
) -> None:
    saved = PdfReader(_save(dialog, qtbot, ReportFormat.PDF, answers, tmp_path / "a.pdf")).pages
    assert dialog.preview.count == len(saved) > 2
    assert all(_ink(dialog, number) > 500 for number in range(1, len(saved) + 1))


def test_all_samples_are_chosen_at_first_and_one_alone_is_reported_alone(
    dialog: ReportDialog, qtbot: QtBot, answers: Answers, tmp_path: Path
) -> None:
    assert dialog.request().samples == ("P-4471", "P-9000")
    both = dialog.preview.count
    _choose(dialog, qtbot, lambda: dialog.samples.item(0).setCheckState(Qt.CheckState.Unchecked))
    assert 0 < dialog.preview.count < both
    text = html_text(_save(dialog, qtbot, ReportFormat.HTML, answers, tmp_path / "a.html"))
    assert "P-9000" in text
    assert "P-4471" not in text


def test_without_a_sample_nothing_can_be_saved_or_printed(dialog: ReportDialog, qtbot: QtBot) -> None:
    for row in range(dialog.samples.count()):
        dialog.samples.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.save_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.preview.count == 0)
    assert dialog.status.text() == "Choose a sample."
    assert not dialog.print_button.isEnabled()


def test_a_section_that_is_left_out_is_in_no_page(
    dialog: ReportDialog, qtbot: QtBot, answers: Answers, tmp_path: Path
) -> None:
    before = dialog.preview.count
    _choose(dialog, qtbot, lambda: _keep_only(dialog, Section.DEFECTS))
    assert dialog.preview.count < before
    text = pdf_text(_save(dialog, qtbot, ReportFormat.PDF, answers, tmp_path / "a.pdf"))
    assert "Residual" in text
    assert "Cells of each class" not in text


def _keep_only(dialog: ReportDialog, kept: Section) -> None:
    for section, box in dialog.sections.items():
        box.setChecked(section is kept)


def test_tables_have_no_sections_and_no_paper(dialog: ReportDialog) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(ReportFormat.XLSX))
    assert not dialog.paper.isEnabled()
    assert not any(box.isEnabled() for box in dialog.sections.values())


@pytest.mark.parametrize("paper", list(Paper))
def test_the_pages_are_printed_on_the_paper_of_the_printer(
    dialog: ReportDialog, qtbot: QtBot, answers: Answers, tmp_path: Path, paper: Paper
) -> None:
    _choose(dialog, qtbot, lambda: dialog.paper.setCurrentIndex(1 - dialog.paper.currentIndex()))
    if dialog.request().paper is not paper:
        _choose(dialog, qtbot, lambda: dialog.paper.setCurrentIndex(dialog.paper.findData(paper)))
    answers.printer_to_use = _printer(tmp_path / "printed.pdf", paper)
    dialog.print_button.click()
    qtbot.waitUntil(lambda: dialog.status.text().startswith("Sent the report to"), timeout=20_000)
    assert answers.asked == [f"printer for {paper}"]
    saved = PdfReader(_save(dialog, qtbot, ReportFormat.PDF, answers, tmp_path / "saved.pdf"))
    printed = PdfReader(tmp_path / "printed.pdf")
    assert [_words(page) for page in printed.pages] == [_words(page) for page in saved.pages]
    for page in (*printed.pages, *saved.pages):
        assert (page.mediabox.width / _MM, page.mediabox.height / _MM) == pytest.approx(_SIZES[paper], abs=0.5)
        left, top, right, bottom = _margins(page)
        assert min(left, right) > 15
        assert min(top, bottom) > 12


def test_only_the_pages_that_are_asked_for_are_printed(
    dialog: ReportDialog, qtbot: QtBot, answers: Answers, tmp_path: Path
) -> None:
    answers.printer_to_use = _printer(tmp_path / "printed.pdf", Paper.A4)
    answers.printer_to_use.setFromTo(2, 3)
    dialog.print_button.click()
    qtbot.waitUntil(lambda: dialog.status.text().startswith("Sent the report to"), timeout=20_000)
    first, second = PdfReader(tmp_path / "printed.pdf").pages
    assert _words(first)[-3:-1] == ["2", "of"]
    assert _words(second)[-3:-1] == ["3", "of"]


def test_a_printer_that_refuses_is_named(dialog: ReportDialog, qtbot: QtBot, answers: Answers, tmp_path: Path) -> None:
    answers.printer_to_use = _printer(tmp_path / "nowhere" / "printed.pdf", Paper.A4)
    dialog.print_button.click()
    qtbot.waitUntil(lambda: "was not printed. Check the printer" in dialog.status.text(), timeout=20_000)
    assert "printed.pdf: the report" in dialog.status.text()


def test_why_there_is_no_preview_is_told_in_the_dialog(
    open_desktop: Callable[..., Desktop],
    qtbot: QtBot,
    tmp_path: Path,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desktop = open_desktop()
    desktop.controller.open_session(write_reported(tmp_path / "s.spermview"))
    qtbot.waitUntil(lambda: desktop.window.action(ActionId.REPORT).isEnabled())
    desktop.settings.update(logo=str(tmp_path / "gone.png"))
    desktop.window.action(ActionId.REPORT).trigger()
    (dialog,) = desktop.window.findChildren(ReportDialog)
    qtbot.waitUntil(lambda: "gone.png" in dialog.status.text(), timeout=20_000)
    assert not dialog.print_button.isEnabled()


def _printer(out: Path, paper: Paper) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(out))
    printer.setFullPage(True)
    printer.setPageSize(QPageSize(PAPERS[paper]))
    return printer


def _words(page) -> list[str]:
    """Of a page, less the times: a minute may end between two drawings of one report."""
    return re.sub(r"\d\d:\d\d", "", page.extract_text()).split()


def _margins(page) -> tuple[float, float, float, float]:
    """From the edges of the paper to the starts of the texts, in mm: left, top, right, bottom."""
    at: list[tuple[float, float]] = []

    def note(text, matrix, text_matrix, font, size) -> None:
        if text.strip():
            x, y = text_matrix[4], text_matrix[5]
            at.append((x * matrix[0] + y * matrix[2] + matrix[4], x * matrix[1] + y * matrix[3] + matrix[5]))

    page.extract_text(visitor_text=note)
    xs, ys = [x / _MM for x, _ in at], [y / _MM for _, y in at]
    wide, high = float(page.mediabox.width) / _MM, float(page.mediabox.height) / _MM
    return min(xs), high - max(ys), wide - max(xs), min(ys)
