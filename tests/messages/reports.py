"""What is said of reports."""

from __future__ import annotations

from collections.abc import Iterator

from cells import scored, session_with
from messages.stage import Stage, broken, said
from PySide6.QtGui import QPainter

from sperm_viewer.gui.background.exporting import _write_copy
from sperm_viewer.reports import xlsx
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.session import Session


def messages(stage: Stage) -> Iterator[str]:
    folder = stage.empty("reports")
    session, refs = session_with(folder, ["a.png"])
    session.record([scored(refs[0])])
    session.close()
    path = session.path

    def write(request: ReportRequest) -> None:
        for _ in write_report(request):
            pass

    yield said(write, ReportRequest(path, ReportFormat.CSV, path))
    yield said(_write_copy, path, path)
    (folder / "logo.png").write_bytes(b"no picture")
    yield said(write, ReportRequest(path, ReportFormat.HTML, folder / "r.html", logo=folder / "logo.png"))
    empty = folder / "empty.spermview"
    Session.create(empty).close()
    yield said(write, ReportRequest(empty, ReportFormat.HTML, folder / "r.html"))
    with broken() as patch:
        patch.setattr(xlsx, "MOST_ROWS", 1)
        yield said(write, ReportRequest(path, ReportFormat.XLSX, folder / "r.xlsx"))
    with broken() as patch:
        patch.setattr(QPainter, "begin", lambda *_: False)
        yield said(write, ReportRequest(path, ReportFormat.PDF, folder / "r.pdf"))
