"""The report as a workbook: samples, slides, cells, agreement, facts, and the audit trail if all samples are in it.

Every text is written as text, so no name is ever run as a formula or turned into a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from sperm_viewer.domain.anomalies import Region
from sperm_viewer.domain.errors import SessionError, SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.sample import SampleDetails, SlideDetails
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.reports.csv_tables import SAMPLE_COLUMNS, cell_columns, cell_values, details_of_slides
from sperm_viewer.reports.figure_blocks import NOT_BLIND, SPOT_CHECK, consensus, defect_remarks
from sperm_viewer.reports.lay_out import RESEARCH_ONLY, key_figure, plain_counts, state_sentences
from sperm_viewer.reports.measured_columns import FORMULA_COLUMNS, formula_rows
from sperm_viewer.reports.provenance import METHOD, app_facts, audit_facts, model_facts, verification_text
from sperm_viewer.reports.reading_tables import (
    AGREEMENT_COLUMNS,
    PERCENTS,
    agreement_rows,
    reading_columns,
    reading_rows,
)
from sperm_viewer.reports.report_data import Figures, ReportData, SampleReport
from sperm_viewer.reports.wording import moment
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.percentages import NOT_NORMAL_FORMS, SpermPercentages
from sperm_viewer.system.atomic_write import replacing


@dataclass(frozen=True, slots=True)
class Percent:
    """A share, 0 to 1, that is shown in percent."""

    share: float


Value = str | int | float | Percent | datetime | date | None

MOST_ROWS = 1_048_576
"""Of a sheet; Excel has no more."""
_LONGEST_TEXT = 32_767
"""Characters of a cell; Excel takes no more."""
_A4 = 9
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_AUDIT = ("number", "at", "who", "kind", "body", "hash")
_TIMES = ("at", "reviewed_at", "second_reviewed_at")
_SAMPLES = (*SAMPLE_COLUMNS, "report", "authorised_by", "authorised_at_utc", "amends_report")
_PAGE = 1000


def write_xlsx(data: ReportData, session: Session, path: Path) -> None:
    """Raises SpermViewerError if the file can't be written, or a sheet can't hold so many rows."""
    if max(session.audit_head().rows, session.image_count()) >= MOST_ROWS:
        raise SpermViewerError(f"{path}: a workbook can't hold so many rows. Write the report as CSV instead.")
    try:
        with replacing(path) as file, _workbook(file) as book:
            _fill(book, data, session)
    except XlsxWriterException as error:
        # It hides the system's own error, of a full disk above all.
        raise SpermViewerError(
            f"{path}: can't be written ({error}). Make room on the disk, or choose another folder; what was there "
            "before is unchanged."
        ) from error


@contextmanager
def _workbook(file: BinaryIO) -> Iterator[xlsxwriter.Workbook]:
    """A workbook that is written at the end of the block; whatever fails, none of its temporary files stays."""
    with TemporaryDirectory(prefix="sperm-viewer-") as folder:
        book = xlsxwriter.Workbook(file, _OPTIONS | {"tmpdir": folder})
        try:
            yield book
            book.close()
        finally:
            for sheet in book.worksheets():
                # A file that a full disk cut short fails once more when it is closed.
                with suppress(OSError):
                    sheet._opt_close()
                with suppress(OSError):
                    sheet._xml_close()


def _fill(book: xlsxwriter.Workbook, data: ReportData, session: Session) -> None:
    book.set_properties({"title": f"Sperm head morphology: {_encodable(data.session)}", "comments": RESEARCH_ONLY})
    sheets = _Sheets(book)
    sheets.add("samples", _SAMPLES, _samples(data))
    sheets.add("slides", *_slides(data))
    sheets.add("cells", _titles(cell_columns(data.model.classes)), _cells(session, data))
    sheets.add("measurements", FORMULA_COLUMNS, formula_rows())
    sheets.add("agreement", AGREEMENT_COLUMNS, _agreement(data))
    sheets.add("readings", *_readings(data))
    if len(data.samples) == len(session.samples()):
        # The trail names every sample, and a report of one sample names no other.
        sheets.add("audit", _titles(_AUDIT), _audit(session))
    sheets.add("about", ("what", "value"), _about(data))


class _Sheets:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._percent = book.add_format({"num_format": "0.0%"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})

    def add(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """A sheet with a frozen header and a filter, ready to print."""
        sheet: Worksheet = self._book.add_worksheet(name)
        for number, title in enumerate(columns):
            sheet.set_column(number, number, min(48, max(10, len(title) + 3)))
            sheet.write_string(0, number, _encodable(title), self._head)
        last = 0
        for last, row in enumerate(rows, 1):
            for number, value in enumerate(row):
                self._write(sheet, last, number, value)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)

    def _write(self, sheet: Worksheet, row: int, column: int, value: Value) -> None:
        match value:
            case None | "":
                pass
            case str():
                sheet.write_string(row, column, _encodable(value))
            case Percent():
                sheet.write_number(row, column, value.share, self._percent)
            case datetime():
                sheet.write_datetime(row, column, value, self._moment)
            case date():
                sheet.write_datetime(row, column, value, self._day)
            case _:
                sheet.write_number(row, column, value)


def _encodable(text: str) -> str:
    """Text that fits into a cell; invalid Unicode in names is escaped, as in the CSV."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    if len(shown) <= _LONGEST_TEXT:
        return shown
    end = f"… ({len(shown):,} characters in all)"
    return shown[: _LONGEST_TEXT - len(end)] + end


def _cells(session: Session, data: ReportData) -> Iterator[Sequence[Value]]:
    columns, wanted = cell_columns(data.model.classes), {sample.identifier for sample in data.samples}
    slides = details_of_slides(session)
    for cell in session.all_cells():
        if cell.sample in wanted:
            values = cell_values(cell, data.model, scale_of(cell, slides[cell.slide]))
            yield [_moment(value) if column in _TIMES else value for column, value in zip(columns, values, strict=True)]


def _titles(columns: Sequence[str]) -> list[str]:
    """A sheet's times have no zone: its name does."""
    return [f"{column}_utc" if column in _TIMES else column for column in columns]


def _slides(data: ReportData) -> tuple[list[str], list[list[Value]]]:
    """A row per slide, and one for all slides of a sample together if they are counted together."""
    slides = [slide.figures.counts.final for sample in data.samples for slide in sample.slides]
    names = list(dict.fromkeys(found.name for final in slides for found in final.classes))
    columns = [
        *("sample", "slide"),
        *(field.name for details in (SampleDetails, SlideDetails) for field in fields(details)),
        *("crops", "not_scored", "referred", "read", "accepted_in_bulk", "failed", "not_counted"),
        *("unresolved", "non_sperm", "sperm"),
        *(f"{what}_{name}" for name in names for what in ("n", "percent", "low_95", "high_95")),
        "model_alone_sperm",
        *(f"model_alone_{what}_{name}" for name in names for what in ("n", "percent", "low_95", "high_95")),
        *("abnormal", *(f"percent_{region}_defect" for region in Region), "tzi", "mai", "sdi"),
    ]
    rows: list[list[Value]] = []
    for sample in data.samples:
        own = [_day(sample.details.collected), _day(sample.details.received), sample.details.requester]
        for slide in sample.slides:
            details = (*own, *astuple(slide.details))
            rows.append([sample.identifier, slide.name, *details, *_figures(slide.figures, names)])
        if sample.total and sample.several:
            unsaid = [None] * len(fields(SlideDetails))
            rows.append([sample.identifier, "all slides", *own, *unsaid, *_figures(sample.total, names)])
    return columns, rows


def _figures(figures: Figures, names: Sequence[str]) -> Iterator[Value]:
    counts, found = figures.counts, figures.defects
    yield from (figures.crops, figures.waiting, counts.referred, counts.read, counts.in_bulk)
    yield from (counts.failed, counts.not_counted, counts.final.unresolved, counts.final.non_sperm, counts.final.sperm)
    yield from _classes(counts.final, names)
    yield counts.model.sperm
    yield from _classes(counts.model, names)
    if found is None:
        yield from [None] * (len(Region) + 4)
        return
    yield found.abnormal
    yield from (_percent(found.percent(region)) for region in Region)
    yield from (found.tzi, found.mai, found.sdi)


def _classes(of: SpermPercentages, names: Sequence[str]) -> Iterator[Value]:
    found = {each.name: each for each in of.classes}
    for name in names:
        each = found.get(name)
        yield each.count if each else 0
        yield from map(_percent, (each.percent, each.low, each.high) if each else (None, None, None))


def _agreement(data: ReportData) -> Iterator[Sequence[Value]]:
    for row in agreement_rows({sample.identifier: sample.readings for sample in data.samples}):
        named = zip(AGREEMENT_COLUMNS, row, strict=True)
        yield [_percent(value) if column in PERCENTS and isinstance(value, float) else value for column, value in named]


def _readings(data: ReportData) -> tuple[list[str], Iterator[Sequence[Value]]]:
    """The readings are those of the session, so the columns of its samples are the same."""
    rows = (row for sample in data.samples for row in reading_rows(sample.side_by_side))
    return reading_columns(data.samples[0].side_by_side), rows


def _audit(session: Session) -> Iterator[Sequence[Value]]:
    last = 0
    while rows := session.rows(
        f"SELECT {', '.join(_AUDIT)} FROM audit WHERE number > ? ORDER BY number LIMIT {_PAGE}", (last,)
    ):
        yield from ((number, _moment(at), *rest) for number, at, *rest in rows)
        if not isinstance(rows[-1][0], int) or rows[-1][0] <= last:
            # The rows of a damaged file may lead back to each other.
            raise SessionError(f"{session.path}: its audit trail is damaged. Restore the session from a copy.")
        last = rows[-1][0]


def _about(data: ReportData) -> Iterator[Sequence[Value]]:
    if data.laboratory:
        yield "Laboratory", data.laboratory
    yield "Session", data.session
    yield "Research use only", RESEARCH_ONLY
    yield "Note", NOT_NORMAL_FORMS
    for sample in data.samples:
        yield from ((f"Sample {sample.identifier}: {what}", text) for what, text in _about_sample(data, sample))
    for sample in data.samples:
        if sample.readings:
            yield f"Sample {sample.identifier}: readings", consensus(sample.side_by_side)
    if any(sample.readings for sample in data.samples):
        yield "Agreement", NOT_BLIND
    yield from (("Method", METHOD), *model_facts(data), *data.settings, *app_facts(data))
    yield "Verified", verification_text(data)
    yield from audit_facts(data)


def _about_sample(data: ReportData, sample: SampleReport) -> Iterator[tuple[str, str]]:
    """The sentences of a sample's report, each after what it is about."""
    key = key_figure(data, sample)
    yield "headline", f"{key.value} {key.label}. {key.detail}"
    yield from (("report", text) for text in state_sentences(sample))
    yield from (("counts", text) for text in plain_counts(data, sample))
    for slide in sample.slides:
        name, counts = f"slide {slide.name}", slide.figures.counts
        remarks = [slide.unfamiliar, counts.final.denominator, *counts.final.caveats]
        yield from ((name, text) for text in remarks if text and text != NOT_NORMAL_FORMS)
        if slide.checked:
            yield name, f"{SPOT_CHECK} {slide.checked}"
        if slide.figures.defects:
            yield from ((name, text) for text in defect_remarks(slide.figures.defects))
    for pair in sample.replicates:
        slides = f"replicates {pair.first} and {pair.second}"
        yield slides, pair.comparison.words if pair.comparison else "One of them has no sperm."
        yield from ((slides, text) for text in (pair.comparison.caveats if pair.comparison else ()))
    if sample.not_pooled:
        yield "replicates", sample.not_pooled
    for reader in sample.readers:
        cells = f"{counted(reader.cells, 'cell')}, {reader.read:,} of them one by one"
        yield reader.reading, f"{reader.name}: {cells}, {moment(reader.first)} to {moment(reader.last)}"


def _samples(data: ReportData) -> Iterator[Sequence[Value]]:
    for sample in data.samples:
        share, state = sample.share, sample.state
        authorised = (state.authorised.reader, _moment(state.authorised.at)) if state.authorised else (None, None)
        yield (
            *(sample.identifier, len(sample.slides), share.sperm, share.read, share.referred_unread),
            *(None if value is None else Percent(value) for value in (share.estimate, share.low, share.high)),
            "withheld" if share.withheld else "estimate",
            " ".join(share.withheld),
            *(state.number, *authorised, state.replaces.number if state.replaces else None),
        )


def _percent(value: float | None) -> Percent | None:
    return None if value is None else Percent(value / 100)


def _moment(iso: object) -> Value:
    """A time in UTC; text that is none stays text."""
    try:
        return datetime.fromisoformat(str(iso)).astimezone(UTC).replace(tzinfo=None) if iso else None
    except ValueError:
        return str(iso)


def _day(iso: str) -> Value:
    try:
        return date.fromisoformat(iso) if iso else None
    except ValueError:
        return iso
