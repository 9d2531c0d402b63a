"""The report as a workbook: cells, slides, audit trail, and what it is about. Numbers are numbers, texts are texts.

Every text is written as a text, so that no name is ever run as a formula or turned into a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.reports.csv_tables import cell_columns, cell_values
from sperm_viewer.reports.gather import Figures, ReportData
from sperm_viewer.reports.lay_out import RESEARCH_ONLY
from sperm_viewer.reports.provenance import app_facts, audit_facts, model_facts, verified_in_words
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.percentages import NOT_NORMAL_FORMS
from sperm_viewer.system.atomic_write import replacing

Value = str | int | float | None

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
_PAGE = 1000


def write_xlsx(data: ReportData, session: Session, path: Path) -> None:
    """Raises SpermViewerError where the file can't be written, or a sheet can't hold so many rows."""
    if max(session.audit_head().rows, session.crop_count()) >= MOST_ROWS:
        raise SpermViewerError(f"{path}: a workbook can't hold so many rows. Write the report as CSV instead.")
    with replacing(path) as file, xlsxwriter.Workbook(file, _OPTIONS) as book:
        book.set_properties({"title": f"Sperm head morphology: {_encodable(data.session)}", "comments": RESEARCH_ONLY})
        sheets = _Sheets(book)
        cells = (cell_values(cell, data.model) for cell in session.all_cells())
        sheets.add("cells", cell_columns(data.model.classes), cells)
        sheets.add("slides", *_slides(data))
        sheets.add("audit", _AUDIT, _audit(session))
        sheets.add("about", ("what", "value"), _about(data))


class _Sheets:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1})

    def add(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """A sheet with a frozen head and a filter, ready to print."""
        sheet: Worksheet = self._book.add_worksheet(name)
        for number, title in enumerate(columns):
            sheet.set_column(number, number, min(48, max(10, len(title) + 3)))
            sheet.write_string(0, number, _encodable(title), self._head)
        last = 0
        for last, row in enumerate(rows, 1):
            for number, value in enumerate(row):
                if isinstance(value, str):
                    if value:
                        sheet.write_string(last, number, _encodable(value))
                elif value is not None:
                    sheet.write_number(last, number, value)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)


def _encodable(text: str) -> str:
    """Text that fits into a cell; names that are not valid Unicode show a backslash, as in the CSV."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    if len(shown) <= _LONGEST_TEXT:
        return shown
    end = f"… ({len(shown):,} characters in all)"
    return shown[: _LONGEST_TEXT - len(end)] + end


def _slides(data: ReportData) -> tuple[list[str], list[list[Value]]]:
    """A row a slide, and one for all of them where there are several."""
    names = list(dict.fromkeys(found.name for _, figures in _counted(data) for found in figures.final.classes))
    columns = [
        *("slide", "identifier", "date", "stain", "magnification", "um_per_px", "replicate_of"),
        *("crops", "not_scored", "referred", "reviewed", "failed", "unresolved", "non_sperm", "sperm"),
        *(f"{what}_{name}" for name in names for what in ("n", "percent", "low_95", "high_95")),
        "model_alone_sperm",
        *(f"model_alone_{what}_{name}" for name in names for what in ("n", "percent", "low_95", "high_95")),
        *(f"corrected_{what}_{data.model.normal_class}" for what in ("percent", "low_95", "high_95")),
        *("tzi", "mai", "sdi"),
    ]
    details = {slide.name: slide.details for slide in data.slides}
    rows = []
    for name, figures in _counted(data):
        said = details.get(name)
        laboratory: list[Value] = [None] * 6
        if said:
            laboratory = [said.identifier, said.date, said.stain, said.magnification, said.um_per_px, said.replicate_of]
        rows.append([name, *laboratory, *_figures(figures, names)])
    if data.pooled:
        rows.append(["all slides", *[None] * 6, *_figures(data.pooled, names)])
    return columns, rows


def _counted(data: ReportData) -> list[tuple[str, Figures]]:
    return [(slide.name, slide.figures) for slide in data.slides]


def _figures(figures: Figures, names: Sequence[str]) -> Iterator[Value]:
    final, share, indices = figures.final, figures.corrected, figures.indices
    yield from (figures.crops, figures.waiting, figures.referred, figures.reviewed)
    yield from (final.failed, final.unresolved, final.non_sperm, final.sperm)
    for of in (final, figures.alone):
        if of is figures.alone:
            yield of.sperm
        found = {each.name: each for each in of.classes}
        for name in names:
            each = found.get(name)
            yield from (each.count, each.percent, each.low, each.high) if each else (0, None, None, None)
    yield from (share.percent, share.low, share.high) if share else (None, None, None)
    yield from (indices.tzi, indices.mai, indices.sdi) if indices else (None, None, None)


def _audit(session: Session) -> Iterator[Sequence[Value]]:
    last = 0
    while rows := session.rows(
        f"SELECT {', '.join(_AUDIT)} FROM audit WHERE number > ? ORDER BY number LIMIT {_PAGE}", (last,)
    ):
        yield from rows
        last = rows[-1][0]


def _about(data: ReportData) -> Iterator[Sequence[Value]]:
    if data.laboratory:
        yield "Laboratory", data.laboratory
    yield "Session", data.session
    yield "Research use only", RESEARCH_ONLY
    yield "Percentages", data.total.final.denominator
    for caveat in (*data.total.final.caveats[:-1], NOT_NORMAL_FORMS):
        yield "Mind", caveat
    for reviewer in data.reviewers:
        read = f"{counted(reviewer.cells, 'cell')}, {reviewer.first} to {reviewer.last}"
        yield f"{reviewer.reading} reading".capitalize(), f"{reviewer.name}: {read}"
    for pair in data.replicates:
        yield "Replicates", pair.comparison.words if pair.comparison else f"{pair.first} and {pair.second}: no sperm"
    for each in data.readings:
        found = each.agreement
        yield f"Agreement of {each.one} and {each.other}, percent", found.percent
        yield f"Cohen's kappa of {each.one} and {each.other}", found.kappa
    yield from model_facts(data)
    yield from data.settings
    yield from app_facts(data)
    yield "Verified", verified_in_words(data)
    yield from audit_facts(data)
