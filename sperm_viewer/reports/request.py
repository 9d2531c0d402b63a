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


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """`laboratory` may be empty; `logo` is an image file or None. CSV contains neither."""

    session: Path
    format: ReportFormat
    out: Path
    laboratory: str = ""
    logo: Path | None = None
