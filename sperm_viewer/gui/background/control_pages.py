"""Adds control runs and draws their charts, in the background."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.gui.background.report_pages import PAGE_WIDTH, PreviewPage, preview_page
from sperm_viewer.gui.background.tasks import Tasks, telling
from sperm_viewer.reports.page import Page
from sperm_viewer.reports.request import Paper
from sperm_viewer.session.session import Session
from sperm_viewer.system.paths import control_runs_file
from sperm_viewer.teaching.control_charts import ControlChart, control_charts
from sperm_viewer.teaching.control_runs import add_run, read_runs


class ControlPages(QObject):
    """`drawn` carries the PreviewPages of all charts, none if there is no run; `done` and `failed` a sentence."""

    drawn = Signal(object)
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._fail = telling(self.failed.emit)

    def show(self, laboratory: str) -> None:
        self._tasks.start(partial(_drawn, laboratory), self.drawn.emit, self._fail)

    def add(self, session: Path, who: str) -> None:
        """Adds the slides of a session as a run of control slides."""
        self._tasks.start(partial(_added, session, who), self.done.emit, self._fail)

    def save(self, out: Path, laboratory: str) -> None:
        """Writes the charts as PDF, or as CSV if that is the suffix."""
        self._tasks.start(partial(_saved, out, laboratory), self.done.emit, self._fail)

    def close(self) -> None:
        self._tasks.close()


def _drawn(laboratory: str) -> list[PreviewPage]:
    from sperm_viewer.reports.pdf.write import pictures

    _, page = _charts(laboratory)
    return [preview_page(picture) for picture in pictures(page, Paper.A4, PAGE_WIDTH)] if page else []


def _charts(laboratory: str) -> tuple[list[ControlChart], Page | None]:
    """The charts of the model that scored the last run, and their page; None if there is no run."""
    from sperm_viewer.teaching.control_report import control_page

    runs = read_runs(control_runs_file())
    if not runs:
        return [], None
    charts = control_charts(runs, runs[-1].model)
    return charts, control_page(charts, runs[-1].model, laboratory)


def _added(session: Path, who: str) -> str:
    with Session.open(session, read_only=True) as opened:
        run = add_run(opened, who, control_runs_file())
    return f"Added a control run: {', '.join(slide.name for slide in run.slides)}."


def _saved(out: Path, laboratory: str) -> str:
    from sperm_viewer.reports.pdf.write import write_pdf
    from sperm_viewer.teaching.control_report import write_control_csv

    charts, page = _charts(laboratory)
    if out.suffix.lower() == ".csv":
        write_control_csv(charts, out)
    elif page:
        write_pdf(page, out)
    return f"Saved {out.name}."
