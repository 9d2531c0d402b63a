"""The page that HTML and PDF both show: blocks from top to bottom, every word and number already chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sperm_viewer.reports.charts import Chart
from sperm_viewer.reports.report_images import CellPictures, Picture


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1 begins a part of the report, 2 a slide or the like within it."""

    kind: ClassVar[str] = "heading"
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`quiet`: a remark that steps back behind the figures; `keep`: on the sheet of what comes after it."""

    kind: ClassVar[str] = "paragraph"
    text: str
    quiet: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """The one number that a reader looks for, with what it is and how sure."""

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
    """`texts` is how many columns, from the left, hold text; the others hold numbers, which stand on the right.

    `colours` has a colour a row for the mark before its first column, `pictures` a crop and heatmap a row; both may be
    empty. `widths` are the columns' shares of the width. `keep`: on the sheet of what comes after it.
    """

    kind: ClassVar[str] = "table"
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int
    widths: tuple[float, ...]
    colours: tuple[str, ...] = ()
    pictures: tuple[CellPictures | None, ...] = ()
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    kind: ClassVar[str] = "drawing"
    chart: Chart


@dataclass(frozen=True, slots=True)
class GalleryCell:
    pictures: CellPictures
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """Cells side by side, each as crop and heatmap."""

    kind: ClassVar[str] = "gallery"
    cells: tuple[GalleryCell, ...]


Block = Heading | Paragraph | KeyFigure | Facts | Table | Drawing | Gallery


@dataclass(frozen=True, slots=True)
class Page:
    """`laboratory` may be empty, `logo` None; `foot` stands below every sheet of paper."""

    title: str
    laboratory: str
    logo: Picture | None
    subtitle: str
    blocks: tuple[Block, ...]
    foot: str
