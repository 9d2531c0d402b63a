"""Cells and slides as CSV, for the command line and the window alike: the same session gives the same bytes.

UTF-8 with a byte order mark (so that Excel reads it), RFC 4180, natural order.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any, BinaryIO

from sperm_viewer.domain.cell import NON_SPERM, Cell
from sperm_viewer.domain.verdict import Verdict
from sperm_viewer.session.session import Session, SessionModel, SlideCounts, Tally
from sperm_viewer.session.slide_figures import slide_figures
from sperm_viewer.system.atomic_write import replacing

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# White space that str.strip() leaves, and that a spreadsheet may not.
_INVISIBLE = " \u00a0\u3000\u200b\ufeff\v\f"


def write_cells(session: Session, path: Path) -> None:
    """`cells.csv`: one row a crop. Raises SpermViewerError where the file can't be written."""
    model = session.model()
    classes = model.classes if model else ()
    with replacing(path) as file, _text(file) as text:
        rows = csv.writer(text)
        columns = cell_columns(classes)
        rows.writerow(columns)
        rows.writerows(
            map(_cell_text, columns, cell_values(cell, model)) for cell in session.all_cells() if model is not None
        )


def write_slides(session: Session, path: Path) -> None:
    """`slides.csv`: one row a slide, with counts of final classes (verdicts before the model's answers) and percentages
    of sperm, the same as a report's. Raises SpermViewerError where the file can't be written.
    """
    model = session.model()
    classes = model.classes if model else ()
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for tally in session.tallies():
        tallies[tally.slide].append(tally)
    with replacing(path) as file, _text(file) as text:
        rows = csv.writer(text)
        rows.writerow(
            ["slide", "crops", "scored", "referred", "failed"]
            + [f"n_{name}" for name in classes]
            + ["sperm", *(f"percent_{name}" for name in classes if name != NON_SPERM), "reviewed"]
        )
        rows.writerows(_slide_row(counts, tallies[counts.name], classes) for counts in session.slides())


def cell_columns(classes: Sequence[str]) -> list[str]:
    return (
        ["slide", "file", "page", "sha256", "status", "class", "confidence"]
        + [f"p_{name}" for name in classes]
        + ["heat_acrosome", "heat_postacrosome", "heat_neck", "heat_outside"]
        + ["flags", "reason", "verdict", "reviewer", "reviewed_at", "final_class"]
        + ["model", "model_sha256", "app_version", "note", "anomalies"]
        + [f"second_{name}" for name in ("verdict", "reviewer", "reviewed_at", "note", "anomalies")]
    )


def harmless(text: str) -> str:
    """Text that a spreadsheet would run as a formula, with a leading apostrophe; other text as it is."""
    # Full-width signs count as signs to some spreadsheets.
    start = unicodedata.normalize("NFKC", text.lstrip(_INVISIBLE)[:1])
    return "'" + text if start.startswith(_FORMULA_STARTS) else text


def cell_values(cell: Cell, model: SessionModel) -> list[str | int | float | None]:
    """A cell's row under `cell_columns`, texts as they are; None where there is nothing to say."""
    prediction = cell.prediction
    said, reviewer, at, note, anomalies = _reading(cell.verdict)
    return [
        cell.ref.slide,
        cell.ref.path.name,
        cell.ref.page,
        cell.sha256,
        str(cell.status),
        prediction.first if prediction else "",
        prediction.confidence if prediction else None,
        *(prediction.probabilities if prediction else [None] * len(model.classes)),
        *(astuple(cell.shares) if cell.shares else [None] * 4),
        " ".join(sorted(cell.flags)),
        cell.reason,
        said,
        reviewer,
        at,
        cell.final_class,
        model.id.name,
        model.id.sha256,
        cell.app_version,
        note,
        anomalies,
        *_reading(cell.second),
    ]


def _cell_text(column: str, value: str | int | float | None) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if column.startswith("heat_") else f"{value:.6f}"
    return "" if value is None else harmless(str(value))


def _reading(verdict: Verdict | None) -> tuple[str, str, str, str, str]:
    """Class, reviewer, time, note and anomalies of one reading; empty where it has not been made."""
    if verdict is None:
        return "", "", "", "", ""
    return verdict.said, verdict.reviewer, verdict.at, verdict.note, " ".join(sorted(verdict.anomalies or ()))


def _slide_row(counts: SlideCounts, tallies: Sequence[Tally], classes: Sequence[str]) -> list[Any]:
    figures = slide_figures(tallies, classes)
    final = figures.final
    percents = [final.of(name).percent for name in classes if name != NON_SPERM]
    return [
        harmless(counts.name),
        counts.crops,
        counts.scored,
        counts.referred,
        counts.failed,
        *(final.non_sperm if name == NON_SPERM else final.of(name).count for name in classes),
        final.sperm,
        *("" if percent is None else f"{percent:.2f}" for percent in percents),
        figures.reviewed,
    ]


@contextmanager
def _text(file: BinaryIO) -> Iterator[io.TextIOWrapper]:
    # Names that are not valid Unicode are written with a backslash instead of stopping the export.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="backslashreplace", newline="")
    yield text
    text.detach()
