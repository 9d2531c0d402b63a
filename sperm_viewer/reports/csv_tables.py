"""Cells, slides and samples as CSV; the same session always gives the same bytes.

UTF-8 with a byte order mark (so that Excel reads it), RFC 4180, natural order.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sperm_viewer.domain.cell import NON_SPERM, Cell, Place
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.domain.verdict import Verdict
from sperm_viewer.reports.measured_columns import (
    FORMULA_COLUMNS,
    MEASURED_COLUMNS,
    MEASURED_DIGITS,
    formula_rows,
    measured_values,
)
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.statistics.slide_figures import SlideFigures, slide_figures
from sperm_viewer.system.atomic_write import replacing

SAMPLE_COLUMNS = (
    *("sample", "slides", "sperm", "read", "referred_unread"),
    *("normal_estimate", "normal_low", "normal_high", "headline", "reason"),
)
_HEAT = ("heat_acrosome", "heat_postacrosome", "heat_neck", "heat_outside")
_DIGITS = {**dict.fromkeys(_HEAT, 4), "angle": 1, **MEASURED_DIGITS}
"""Digits after the point; 6 for probabilities."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# White space that spreadsheets may ignore before a formula.
_INVISIBLE = " \u00a0\u3000\u200b\ufeff\v\f"


def write_cells(session: Session, path: Path, samples: Collection[str] = ()) -> None:
    """`cells.csv`: one row per cell, of these samples by identifier, of all if there are none.

    Raises SpermViewerError if the file can't be written.
    """
    model = session.model()
    classes = model.classes if model else ()
    slides = details_of_slides(session)
    with replacing(path) as file, text_of(file) as text:
        rows = csv.writer(text)
        columns = cell_columns(classes)
        rows.writerow(columns)
        rows.writerows(
            map(_cell_text, columns, cell_values(cell, model, scale_of(cell, slides[cell.slide])))
            for cell in session.all_cells()
            if model is not None and (not samples or cell.sample in samples)
        )


def write_slides(session: Session, path: Path, samples: Collection[str] = ()) -> None:
    """`slides.csv`: one row per slide, with counts of final classes and percentages of sperm, as in a report; of these
    samples by identifier, of all if there are none. Raises SpermViewerError if the file can't be written.
    """
    model = session.model()
    classes = model.classes if model else ()
    tallies = session.tallies()
    with replacing(path) as file, text_of(file) as text:
        rows = csv.writer(text)
        rows.writerow(
            ["sample", "slide", "crops", "scored", "referred", "failed", "not_counted"]
            + [f"n_{name}" for name in classes]
            + ["sperm", *(f"percent_{name}" for name in classes if name != NON_SPERM), "read", "accepted_in_bulk"]
        )
        rows.writerows(
            [
                *(harmless(slide.sample), harmless(slide.name), slide.expected),
                *_figures(slide_figures(tallies, classes, slide.id), classes),
            ]
            for slide in session.slides()
            if not samples or slide.sample in samples
        )


def formulas_file(cells: Path) -> Path:
    """The file with the formulas beside an export of cells."""
    return cells.with_name(f"{cells.stem}-measurements.csv")


def write_formulas(path: Path) -> None:
    """`measurements.csv`: unit and formula of each measured column of `cells.csv`.

    Raises SpermViewerError if the file can't be written.
    """
    with replacing(path) as file, text_of(file) as text:
        rows = csv.writer(text)
        rows.writerow(FORMULA_COLUMNS)
        rows.writerows(formula_rows())


@dataclass(frozen=True, slots=True)
class SampleShare:
    """The share of normal heads among the sperm of a sample: the estimate and its 95% interval, 0 to 1, and counts.

    `read` and `referred_unread` count cells. The share is withheld for the reasons in `withheld`, which are sentences;
    `estimate`, `low` and `high` are None if there is none.
    """

    sperm: int
    read: int
    referred_unread: int
    estimate: float | None
    low: float | None
    high: float | None
    withheld: tuple[str, ...] = ()


def write_samples(
    session: Session, share_of: Callable[[int], SampleShare], path: Path, samples: Collection[str] = ()
) -> None:
    """`samples.csv`: one row per sample, of these by identifier, of all if there are none. `share_of` gives the share
    by a sample's id.

    A withheld share is left empty. Raises SpermViewerError if the file can't be written.
    """
    with replacing(path) as file, text_of(file) as text:
        rows = csv.writer(text)
        rows.writerow(SAMPLE_COLUMNS)
        for sample in session.samples():
            if samples and sample.identifier not in samples:
                continue
            share = share_of(sample.id)
            shown = ("", "", "") if share.withheld else (share.estimate, share.low, share.high)
            rows.writerow(
                [
                    *(harmless(sample.identifier), len(sample.slides), share.sperm, share.read, share.referred_unread),
                    *(f"{value:.4f}" if isinstance(value, float) else "" for value in shown),
                    *("withheld" if share.withheld else "estimate", " ".join(share.withheld)),
                ]
            )


def cell_columns(classes: Sequence[str]) -> list[str]:
    return (
        ["sample", "slide", "file", "page", "sha256", "status", "class", "confidence"]
        + [f"p_{name}" for name in classes]
        + [*_HEAT]
        + ["flags", "reason", "verdict", "reviewer", "reviewed_at", "final_class"]
        + ["model", "model_sha256", "app_version", "note", "anomalies"]
        + [f"second_{name}" for name in ("verdict", "reviewer", "reviewed_at", "note", "anomalies")]
        + ["cell", "box_x", "box_y", "box_width", "box_height", "angle", *MEASURED_COLUMNS, "outlined_by"]
    )


def details_of_slides(session: Session) -> dict[int, SlideDetails]:
    """What was noted about each slide, by its id."""
    return {slide.id: slide.details for sample in session.samples() for slide in sample.slides}


def harmless(text: str) -> str:
    """The text, with a leading apostrophe if a spreadsheet would run it as a formula."""
    # Some spreadsheets treat full-width signs as signs.
    start = unicodedata.normalize("NFKC", text.lstrip(_INVISIBLE)[:1])
    return "'" + text if start.startswith(_FORMULA_STARTS) else text


def as_text(value: str) -> str:
    """The text as a reader of the CSV gets it: with invalid Unicode escaped."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def cell_values(cell: Cell, model: SessionModel, um_per_px: float | None) -> list[str | int | float | None]:
    """The values of a cell in the order of `cell_columns`; None for an empty field.

    `um_per_px` is the side of a pixel in µm; None if nobody entered it, so that lengths in µm stay empty.
    """
    prediction = cell.prediction
    class_name, reader, at, note, anomalies = _reading(cell.verdict)
    return [
        cell.sample,
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
        class_name,
        reader,
        at,
        cell.final_class,
        model.id.name,
        model.id.sha256,
        cell.app_version,
        note,
        anomalies,
        *_reading(cell.second),
        cell.number,
        *_place(cell.place),
        *measured_values(cell.morphometry, um_per_px),
        cell.outlined_by,
    ]


def _place(place: Place | None) -> list[int | float | None]:
    """The head's box in whole pixels of the image, and its angle."""
    if place is None:
        return [None] * 5
    return [round(place.x), round(place.y), round(place.width), round(place.height), place.angle]


def _cell_text(column: str, value: str | int | float | None) -> str:
    if isinstance(value, float):
        return f"{value:.{_DIGITS.get(column, 6)}f}"
    return "" if value is None else harmless(str(value))


def _reading(verdict: Verdict | None) -> tuple[str, str, str, str, str]:
    """Class, reader, time, note and anomalies of one reading; empty if it was not made."""
    if verdict is None:
        return "", "", "", "", ""
    return verdict.class_name, verdict.reader, verdict.at, verdict.note, " ".join(sorted(verdict.anomalies or ()))


def _figures(figures: SlideFigures, classes: Sequence[str]) -> list[Any]:
    final = figures.final
    percents = [final.of(name).percent for name in classes if name != NON_SPERM]
    return [
        figures.scored,
        figures.referred,
        figures.failed,
        figures.not_counted,
        *(final.non_sperm if name == NON_SPERM else final.of(name).count for name in classes),
        final.sperm,
        *("" if percent is None else f"{percent:.2f}" for percent in percents),
        figures.read,
        figures.in_bulk,
    ]


@contextmanager
def text_of(file: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """A binary file as a CSV's text. Invalid Unicode in names is escaped with a backslash, to stop no export."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="backslashreplace", newline="")
    yield text
    text.detach()
