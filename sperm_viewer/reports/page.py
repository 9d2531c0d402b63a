"""The page of HTML and PDF: a part per sample, with blocks from top to bottom; all text and numbers are final."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sperm_viewer.reports.charts import Chart
from sperm_viewer.reports.report_images import CellImages, ReportImage

_SHORT_TABLE = 8
"""Rows."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1 begins a section of the report, 2 a slide or similar within it."""

    kind: ClassVar[str] = "heading"
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`quiet`: a less prominent remark; `keep`: on the same sheet as the next block."""

    kind: ClassVar[str] = "paragraph"
    text: str
    quiet: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """The main result, with its label and uncertainty."""

    kind: ClassVar[str] = "key-figure"
    value: str
    label: str
    detail: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The first `texts` columns hold text; the others hold numbers and are aligned right.

    `colours` has a colour per row for the mark before its first column, `images` a crop and heatmap per row; both may
    be empty. `widths` are the relative widths of the columns. `keep`: on the same sheet as the next block.
    """

    kind: ClassVar[str] = "table"
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int
    widths: tuple[float, ...]
    colours: tuple[str, ...] = ()
    images: tuple[CellImages | None, ...] = ()
    keep: bool = False

    @property
    def short(self) -> bool:
        """Whether it stays on one sheet."""
        return len(self.rows) <= _SHORT_TABLE


@dataclass(frozen=True, slots=True)
class Drawing:
    kind: ClassVar[str] = "drawing"
    chart: Chart


@dataclass(frozen=True, slots=True)
class GalleryCell:
    images: CellImages
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """Cells side by side, each as crop and heatmap."""

    kind: ClassVar[str] = "gallery"
    cells: tuple[GalleryCell, ...]


Block = Heading | Paragraph | KeyFigure | Facts | Table | Drawing | Gallery


def stays_with_next(block: Block) -> bool:
    """Whether a block is on the same sheet as the beginning of the next one."""
    match block:
        case Heading() | Drawing():
            return True
        case Paragraph() | Table():
            return block.keep
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Part:
    """The report of one sample, which begins on a new sheet. `head` is at the top of every sheet of it."""

    head: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`laboratory` may be empty, `logo` None; `foot` is at the bottom of every sheet, beside the sheet's number."""

    title: str
    laboratory: str
    logo: ReportImage | None
    parts: tuple[Part, ...]
    foot: str
