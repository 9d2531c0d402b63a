"""What a report is asked for with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ReportFormat(StrEnum):
    """The value is the ending of the file's name, too."""

    PDF = "pdf"
    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """`laboratory` may be empty; `logo` is a picture file, None for none. CSV shows neither."""

    session: Path
    format: ReportFormat
    out: Path
    laboratory: str = ""
    logo: Path | None = None
