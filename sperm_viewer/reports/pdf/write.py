"""The page as PDF, painted with Qt: any script that the computer has a font for, as text that can be selected.

Sheets are A4; their content also fits on US Letter, printed at its own size: 9 mm more at the top and the bottom stay
free. Needs no window and may run in any thread.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QMarginsF
from PySide6.QtGui import QGuiApplication, QPageSize, QPainter, QPdfWriter

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.reports.page import Page, Part
from sperm_viewer.reports.pdf.pieces import Piece, pieces_of
from sperm_viewer.reports.pdf.text import BOTTOM, DPI, FOOT, HEAD, LEFT, QUIET, TINY, TOP, WIDTH, Text
from sperm_viewer.reports.wording import plain
from sperm_viewer.system.atomic_write import replacing


def write_pdf(page: Page, path: Path) -> None:
    """Raises SpermViewerError if the file can't be written."""
    _start_qt()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(plain(page.title))
    writer.setCreator("Sperm Viewer")
    painter = QPainter()
    if not painter.begin(writer):
        raise SpermViewerError(f"{path}: the PDF can't be made on this computer. Write the report as HTML instead.")
    for number, part in enumerate(page.parts):
        if number:
            writer.newPage()
        _Sheets(page, part).draw(writer, painter)
    painter.end()
    with replacing(path) as file:
        file.write(bytes(buffer.data().data()))


def _start_qt() -> None:
    """Fonts need an application; the command line has none, and on Linux often no screen."""
    if QGuiApplication.instance() is None:
        platform = ["-platform", "offscreen"] if sys.platform == "linux" else []
        # Kept: Qt's application must outlive everything that is drawn.
        _start_qt.app = QGuiApplication(["sperm-viewer", *platform])  # type: ignore[attr-defined]


class _Sheets:
    """The pieces of a part, spread over sheets of paper that are numbered from 1."""

    def __init__(self, page: Page, part: Part) -> None:
        self._head, self._foot = part.head, page.foot
        self._sheets: list[list[tuple[Piece, float]]] = [[]]
        self._y = TOP
        pieces = pieces_of(page, part)
        for number, piece in enumerate(pieces):
            if piece.draw is None:
                self._y += piece.height if self._y > TOP else 0
                continue
            if self._y > TOP and self._y + _needed(pieces[number:]) > BOTTOM:
                self._sheets.append([])
                self._y = TOP
                if piece.head:
                    self._put(piece.head)
            self._put(piece)

    def _put(self, piece: Piece) -> None:
        if self._y == TOP:
            self._y -= piece.above
        self._sheets[-1].append((piece, self._y))
        self._y += piece.height

    def draw(self, writer: QPdfWriter, painter: QPainter) -> None:
        for number, sheet in enumerate(self._sheets):
            if number:
                writer.newPage()
            for piece, y in sheet:
                if piece.draw:
                    piece.draw(painter, y)
            Text(self._head, TINY, WIDTH).draw(painter, LEFT, HEAD, QUIET)
            Text(self._foot, TINY, WIDTH - 20).draw(painter, LEFT, FOOT, QUIET)
            Text(f"{number + 1} of {len(self._sheets)}", TINY, 20, right=True).draw(
                painter, LEFT + WIDTH - 20, FOOT, QUIET
            )


def _needed(pieces: Sequence[Piece]) -> float:
    """The height of the first piece and of all that it must stay with."""
    height = 0.0
    for piece in pieces:
        height += piece.height
        if not piece.keep:
            break
    return height
