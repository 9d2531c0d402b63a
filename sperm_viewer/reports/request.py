"""The request for a report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ReportFormat(StrEnum):
    """The value is also the file name's suffix."""

    PDF = "pdf"
    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"


class Paper(StrEnum):
    A4 = "a4"
    LETTER = "letter"


class Section(StrEnum):
    """The parts of HTML and PDF that can be left out; the headline and how it was made are always there."""

    SLIDES = "slides"
    MEASUREMENTS = "measurements"
    REPLICATES = "replicates"
    DEFECTS = "defects"
    AGREEMENT = "agreement"
    GALLERY = "gallery"
    CELLS = "cells"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """`laboratory` may be empty; `logo` is an image file or None. CSV contains neither.

    `samples` are identifiers, empty for all samples. `sections` only matter for HTML and PDF, `paper` for PDF.
    """

    session: Path
    format: ReportFormat
    out: Path
    laboratory: str = ""
    logo: Path | None = None
    samples: tuple[str, ...] = ()
    sections: frozenset[Section] = frozenset(Section)
    paper: Paper = Paper.A4
