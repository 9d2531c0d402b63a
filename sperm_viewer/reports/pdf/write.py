"""The page as PDF, on a printer and as images, painted with Qt: any script that the computer has a font for.

Needs no window and may run in any thread.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QMarginsF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPagedPaintDevice, QPageSize, QPainter, QPdfWriter

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.reports.page import Page
from sperm_viewer.reports.pdf.papers import PAPERS
from sperm_viewer.reports.pdf.sheets import Sheets
from sperm_viewer.reports.pdf.text import DPI
from sperm_viewer.reports.request import Paper
from sperm_viewer.reports.wording import plain
from sperm_viewer.system.atomic_write import replacing

_MM_PER_INCH = 25.4


def write_pdf(page: Page, path: Path, paper: Paper = Paper.A4) -> None:
    """Writes text that can be selected and searched. Raises SpermViewerError if the file can't be written."""
    _start_qt()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setPageSize(QPageSize(PAPERS[paper]))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(plain(page.title))
    writer.setCreator("Sperm Viewer")
    if not paint(page, writer):
        raise SpermViewerError(f"{path}: the PDF can't be made on this computer. Write the report as HTML instead.")
    with replacing(path) as file:
        file.write(bytes(buffer.data().data()))


def paint(page: Page, device: QPagedPaintDevice, first: int = 1, last: int | None = None) -> bool:
    """Paints sheets `first` to `last` on a PDF writer or a printer whose origin is the corner of its paper.

    Returns whether the device took them all.
    """
    sheets = Sheets(page, device.pageLayout().fullRect(device.pageLayout().Unit.Millimeter).size())
    painter = QPainter()
    if not painter.begin(device):
        return False
    taken = True
    for number in range(first - 1, min(last or len(sheets), len(sheets))):
        taken = taken and (number == first - 1 or device.newPage())
        if taken:
            sheets.draw(painter, number, device.logicalDpiX())
    return painter.end() and taken


@dataclass(frozen=True, slots=True)
class SheetPicture:
    """Sheet `number` of `of`, from 1."""

    number: int
    of: int
    image: QImage


def pictures(page: Page, paper: Paper, width: int) -> Iterator[SheetPicture]:
    """Each sheet as an image of `width` pixels."""
    _start_qt()
    size = QPageSize(PAPERS[paper]).size(QPageSize.Unit.Millimeter)
    sheets = Sheets(page, size)
    for number in range(len(sheets)):
        image = QImage(width, round(width * size.height() / size.width()), QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing
            | QPainter.RenderHint.TextAntialiasing
            | QPainter.RenderHint.SmoothPixmapTransform
        )
        sheets.draw(painter, number, width / size.width() * _MM_PER_INCH)
        painter.end()
        yield SheetPicture(number + 1, len(sheets), image)


def _start_qt() -> None:
    """Fonts need an application; the command line has none, and on Linux often no screen."""
    if QGuiApplication.instance() is None:
        platform = ["-platform", "offscreen"] if sys.platform == "linux" else []
        # Kept: Qt's application must outlive everything that is drawn.
        _start_qt.app = QGuiApplication(["sperm-viewer", *platform])  # type: ignore[attr-defined]
