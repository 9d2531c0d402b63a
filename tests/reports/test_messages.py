"""Each error of a report, with its message."""

from __future__ import annotations

import errno
import gc
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from cells import scored, session_with
from PySide6.QtGui import QPainter
from xlsxwriter.exceptions import FileCreateError

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.reports import xlsx
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.session import Session


@pytest.fixture
def request_(tmp_path: Path) -> ReportRequest:
    """The request of an HTML report on a session with one scored cell."""
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        session.record([scored(ref)])
    return ReportRequest(session.path, ReportFormat.HTML, tmp_path / "r.html")


def _onto_the_session(request: ReportRequest, patch: pytest.MonkeyPatch) -> ReportRequest:
    return replace(request, format=ReportFormat.CSV, out=request.session)


def _with_a_logo_that_is_no_image(request: ReportRequest, patch: pytest.MonkeyPatch) -> ReportRequest:
    logo = request.out.with_name("logo.png")
    logo.write_bytes(b"no image")
    return replace(request, logo=logo)


def _on_nothing(request: ReportRequest, patch: pytest.MonkeyPatch) -> ReportRequest:
    empty = request.out.with_name("empty.spermview")
    Session.create(empty).close()
    return replace(request, session=empty)


def _on_a_full_disk(request: ReportRequest, patch: pytest.MonkeyPatch) -> ReportRequest:
    def refuse(*_: object, **__: object) -> None:
        raise FileCreateError(OSError(errno.ENOSPC, "No space left on device"))

    patch.setattr(xlsxwriter.Workbook, "_store_workbook", refuse)
    return replace(request, format=ReportFormat.XLSX, out=request.out.with_suffix(".xlsx"))


def _with_a_trail_that_leads_back(request: ReportRequest, patch: pytest.MonkeyPatch) -> ReportRequest:
    rows = Session.rows

    def again(session: Session, sql: str, values: tuple[object, ...] = ()) -> list[object]:
        if " FROM audit WHERE number > ? ORDER BY number LIMIT" not in sql:
            return rows(session, sql, values)
        return [(1, "2026-11-29T00:00:00+00:00", "", "note", "{}", "ab")]

    patch.setattr(Session, "rows", again)
    return replace(request, format=ReportFormat.XLSX, out=request.out.with_suffix(".xlsx"))


def _with_too_many_rows(request: ReportRequest, patch: pytest.MonkeyPatch) -> ReportRequest:
    patch.setattr(xlsx, "MOST_ROWS", 1)
    return replace(request, format=ReportFormat.XLSX, out=request.out.with_suffix(".xlsx"))


def _without_a_painter(request: ReportRequest, patch: pytest.MonkeyPatch) -> ReportRequest:
    patch.setattr(QPainter, "begin", lambda *_: False)
    return replace(request, format=ReportFormat.PDF, out=request.out.with_suffix(".pdf"))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (_onto_the_session, r"session\.spermview: this is the session itself\. Choose another name for the report\.$"),
        (_with_a_logo_that_is_no_image, r"logo\.png: this logo can't be used \(.+\).* Choose a PNG or JPEG file\.$"),
        (_on_nothing, r"^empty(\.spermview)?: nothing in this session has been scored\. Score it, then report\.$"),
        (_on_a_full_disk, r"r\.xlsx: can't be written \(.*No space left.*\)\. Make room .* is unchanged\.$"),
        (
            _with_a_trail_that_leads_back,
            r"session\.spermview: its audit trail is damaged\. Restore the session from a copy\.$",
        ),
        (_with_too_many_rows, r"r\.xlsx: a workbook can't hold so many rows\. Write the report as CSV instead\.$"),
        (_without_a_painter, r"r\.pdf: the PDF can't be made on this computer\. Write the report as HTML instead\.$"),
    ],
)
def test_a_report_that_can_not_be_written_is_an_error(
    asked: Callable[[ReportRequest, pytest.MonkeyPatch], ReportRequest],
    message: str,
    request_: ReportRequest,
    monkeypatch: pytest.MonkeyPatch,
    qapp: object,
) -> None:
    with pytest.raises(SpermViewerError, match=message):
        list(write_report(asked(request_, monkeypatch)))


@pytest.mark.filterwarnings("error")
def test_a_workbook_that_can_not_be_written_leaves_no_temporary_file(
    request_: ReportRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qapp: object
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with pytest.raises(SpermViewerError):
        list(write_report(_on_a_full_disk(request_, monkeypatch)))
    gc.collect()
    assert list(temporary.iterdir()) == []
