"""The readings as tables: the agreement of each two, and every cell that was read twice or more."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sperm_viewer.reports.csv_tables import harmless, text_of
from sperm_viewer.session.agreements import ReadingsCompared, ReadingsSideBySide
from sperm_viewer.system.atomic_write import replacing

AGREEMENT_COLUMNS = (
    *("sample", "one", "other", "cells", "agreed", "percent", "low_95", "high_95"),
    *("kappa", "kappa_low_95", "kappa_high_95", "note", "compared"),
)
PERCENTS = ("percent", "low_95", "high_95")
Value = str | int | float | None
Compared = Mapping[str, Sequence[ReadingsCompared]]
"""The readings that were compared, by the identifier of their sample."""


def agreement_rows(compared: Compared) -> Iterator[list[Value]]:
    """A row for each two readings of a sample, in the order of `AGREEMENT_COLUMNS`; percentages are 0 to 100."""
    for sample, pairs in compared.items():
        for each in pairs:
            found = each.agreement
            yield [
                *(sample, each.one, each.other, found.cells, found.agreed, found.percent, found.low, found.high),
                *(found.kappa, found.kappa_low, found.kappa_high, found.note, str(each.side)),
            ]


def reading_columns(readings: ReadingsSideBySide) -> list[str]:
    """A column for the model, and two for each reading: its class, and how it was read."""
    columns = ["model"]
    for name, readers in zip(readings.columns[1:], readings.readers[1:], strict=True):
        columns += [f"{name} ({readers})", f"{name}, how"]
    return ["sample", "slide", "file", "page", *columns, "consensus", "outcome"]


def reading_rows(readings: ReadingsSideBySide) -> Iterator[list[Value]]:
    """A row for each cell, in the order of `reading_columns`; empty where a cell was not read."""
    for row in readings.rows:
        model, *classes = row.classes
        read = [text for name, how in zip(classes, row.how[1:], strict=True) for text in (name, how or "")]
        ref = row.cell.ref
        place = (row.cell.sample, ref.slide, ref.path.name, ref.page)
        yield [*place, model, *read, row.consensus, str(row.outcome)]


def agreement_file(out: Path) -> Path:
    """The agreement of the readings, beside the cells of a report as CSV."""
    return out.with_name(f"{out.stem}-agreement.csv")


def readings_file(out: Path) -> Path:
    """The cells that were read twice or more, beside the cells of a report as CSV."""
    return out.with_name(f"{out.stem}-readings.csv")


def write_readings(compared: Compared, readings: ReadingsSideBySide, out: Path) -> None:
    """Writes both files beside `out`; removes those of an earlier report if no cell was read twice.

    Raises SpermViewerError if a file can't be written.
    """
    if not readings.rows:
        agreement_file(out).unlink(missing_ok=True)
        readings_file(out).unlink(missing_ok=True)
        return
    _write(agreement_file(out), AGREEMENT_COLUMNS, agreement_rows(compared))
    _write(readings_file(out), reading_columns(readings), reading_rows(readings))


def _write(path: Path, columns: Sequence[str], rows: Iterator[list[Value]]) -> None:
    with replacing(path) as file, text_of(file) as text:
        table = csv.writer(text)
        table.writerow([harmless(column) for column in columns])
        table.writerows([_text(column, value) for column, value in zip(columns, row, strict=True)] for row in rows)


def _text(column: str, value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if column in PERCENTS else f"{value:.4f}"
    return "" if value is None else harmless(str(value)) if isinstance(value, str) else str(value)
