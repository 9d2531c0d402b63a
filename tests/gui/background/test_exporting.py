"""Reports from the window: any format, the laboratory's name on it, and nothing left behind on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up import Answers, fill
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from reported import html_text

from sperm_viewer.app import Desktop
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import Progress
from sperm_viewer.gui.background.exporting import _write_copy
from sperm_viewer.gui.dialogs.ask import DialogAsk
from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.report.report_dialog import ReportDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.reports.request import ReportFormat, ReportRequest


@pytest.fixture
def opened(open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path) -> Desktop:
    desktop = open_desktop()
    path = fill(tmp_path / "s.spermview", {"A": 25}, tmp_path)
    desktop.controller.open_session(path)
    qtbot.waitUntil(lambda: desktop.window.action(ActionId.REPORT).isEnabled())
    return desktop


def _save(desktop: Desktop, form: ReportFormat) -> None:
    desktop.window.action(ActionId.REPORT).trigger()
    dialog = desktop.window.findChildren(ReportDialog)[-1]
    dialog.format.setCurrentIndex(dialog.format.findData(form))
    dialog.save_button.click()
    dialog.reject()


@pytest.mark.parametrize("form", list(ReportFormat))
def test_a_report_is_written_beside_the_work_and_its_folder_is_remembered(
    opened: Desktop, qtbot: QtBot, tmp_path: Path, answers: Answers, form: ReportFormat
) -> None:
    (tmp_path / "reports").mkdir()
    answers.path = tmp_path / "reports" / f"a.{form}"
    _save(opened, form)
    qtbot.waitUntil(lambda: "Wrote the report" in opened.window.notices.text, timeout=20_000)
    beside = ["a-measurements.csv", "a-samples.csv", "a-slides.csv"] if form is ReportFormat.CSV else []
    assert sorted(file.name for file in answers.path.parent.iterdir()) == [*beside, f"a.{form}"]
    assert opened.settings.value.report_folder == str(tmp_path / "reports")


def test_the_laboratory_in_the_settings_stands_on_the_report(
    opened: Desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    Image.new("RGB", (30, 20), (40, 60, 90)).save(tmp_path / "logo.png")
    answers.path = tmp_path / "logo.png"
    dialog = SettingsDialog(opened.settings, ACTIONS, answers, opened.window)
    dialog.laboratory.setText("Andrology, Ward <3>")
    dialog.logo.choose.click()
    dialog.close()
    answers.path = tmp_path / "a.html"
    _save(opened, ReportFormat.HTML)
    qtbot.waitUntil(lambda: "Wrote the report" in opened.window.notices.text, timeout=20_000)
    assert "Andrology, Ward <3> Sperm head morphology" in html_text(answers.path)
    assert 'alt="Andrology, Ward &lt;3&gt;"' in answers.path.read_text("utf-8")


def test_a_logo_that_is_gone_is_told_and_can_be_removed(
    opened: Desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    opened.settings.update(logo=str(tmp_path / "gone.png"))
    answers.path = tmp_path / "a.pdf"
    _save(opened, ReportFormat.PDF)
    qtbot.waitUntil(lambda: bool(answers.told))
    assert "gone.png" in answers.told[0]
    dialog = SettingsDialog(opened.settings, ACTIONS, answers, opened.window)
    dialog.logo.remove.click()
    dialog.close()
    assert opened.settings.value.logo == ""


def test_closing_the_window_ends_a_report_between_two_of_its_steps(
    opened: Desktop, qtbot: QtBot, tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []

    def endless(request: ReportRequest) -> Iterator[Progress]:
        number = 0
        try:
            while True:
                number += 1
                time.sleep(0.01)
                yield Progress(number, 1_000_000)
        finally:
            ended.append(number)

    monkeypatch.setattr("sperm_viewer.reports.write.write_report", endless)
    answers.path = tmp_path / "a.pdf"
    _save(opened, ReportFormat.PDF)
    qtbot.waitUntil(lambda: "of 1,000,000" in opened.window.notices.text)
    opened.window.close()
    qtbot.waitUntil(lambda: not opened.window.isVisible())
    assert len(ended) == 1


@pytest.mark.parametrize(
    ("chosen", "kind", "named"),
    [
        ("report", "Web page (*.html)", "report.html"),
        ("P-4471 2026.11.25", "Excel workbook (*.xlsx)", "P-4471 2026.11.25.xlsx"),
        ("report.PDF", "CSV (*.csv)", "report.PDF"),
        ("report", "", "report.pdf"),
    ],
)
def test_a_name_without_an_ending_gets_that_of_the_chosen_kind(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, kind: str, named: str
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / chosen), kind))
    kinds = "PDF (*.pdf);;Web page (*.html);;Excel workbook (*.xlsx);;CSV (*.csv)"
    parent = QWidget()
    qtbot.addWidget(parent)
    asker = DialogAsk(parent)
    assert asker.save("Export", tmp_path, kinds) == tmp_path / named
    if named != chosen:
        (tmp_path / named).touch()
        monkeypatch.setattr(asker, "confirm", lambda *_: False)
        assert asker.save("Export", tmp_path, kinds) is None


def test_a_copy_of_a_session_onto_itself_is_refused(tmp_path: Path) -> None:
    session = fill(tmp_path / "s.spermview", {"A": 1}, tmp_path)
    with pytest.raises(SpermViewerError, match=r"s\.spermview: this is the session itself, .*\. Choose another"):
        _write_copy(session, session)
