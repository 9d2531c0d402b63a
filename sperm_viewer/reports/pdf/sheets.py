"""The page spread over sheets of paper of any size, and drawn on them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QPainter

from sperm_viewer.reports.page import Page, Part
from sperm_viewer.reports.pdf.pieces import Piece, pieces_of
from sperm_viewer.reports.pdf.text import BELOW, DPI, FOOT, HEAD, LEFT, MM, QUIET, TINY, TOP, WIDTH, Text

_LEAST_MARGIN = 8.0
"""In mm, left and right; a sheet that leaves less is drawn smaller."""


class Sheets:
    """The sheets of all parts, for paper of `paper` mm; those of a part are numbered from 1.

    The content keeps its size on any paper that is wide enough, as A4 and US Letter are.
    """

    def __init__(self, page: Page, paper: QSizeF) -> None:
        self._paper = paper
        self._scale = min(1.0, paper.width() / (WIDTH + 2 * _LEAST_MARGIN))
        height = paper.height() / self._scale
        self._sheets = [sheet for part in page.parts for sheet in _sheets(page, part, height)]

    def __len__(self) -> int:
        return len(self._sheets)

    def draw(self, painter: QPainter, number: int, dpi: float) -> None:
        """Draws the sheet at this place in the list; `dpi` are the units of the painter per inch, from the corner."""
        painter.save()
        painter.scale(self._scale * dpi / DPI, self._scale * dpi / DPI)
        painter.translate((self._paper.width() / self._scale - WIDTH - 2 * LEFT) / 2 * MM, 0)
        self._sheets[number].draw(painter)
        painter.restore()


class _Sheet:
    """Pieces with their y, between the head and the foot."""

    def __init__(self, height: float) -> None:
        self._pieces: list[tuple[Piece, float]] = []
        self._foot_at = height - FOOT
        self._texts: list[tuple[Text, float, float]] = []
        self.bottom = height - BELOW
        self.y = TOP

    def put(self, piece: Piece) -> None:
        if self.y == TOP:
            self.y -= piece.above
        self._pieces.append((piece, self.y))
        self.y += piece.height

    def sign(self, head: str, foot: str, number: str) -> None:
        """Sets the lines above and below the content."""
        self._texts = [
            (Text(head, TINY, WIDTH), LEFT, HEAD),
            (Text(foot, TINY, WIDTH - 20), LEFT, self._foot_at),
            (Text(number, TINY, 20, right=True), LEFT + WIDTH - 20, self._foot_at),
        ]

    def draw(self, painter: QPainter) -> None:
        for piece, y in self._pieces:
            if piece.draw:
                piece.draw(painter, y)
        for text, x, y in self._texts:
            text.draw(painter, x, y, QUIET)


def _sheets(page: Page, part: Part, height: float) -> list[_Sheet]:
    """The pieces of a part on sheets of `height` mm."""
    sheets = [_Sheet(height)]
    pieces = pieces_of(page, part)
    for number, piece in enumerate(pieces):
        sheet = sheets[-1]
        if piece.draw is None:
            sheet.y += piece.height if sheet.y > TOP else 0
            continue
        if sheet.y > TOP and sheet.y + _needed(pieces[number:]) > sheet.bottom:
            sheet = _Sheet(height)
            sheets.append(sheet)
            if piece.head:
                sheet.put(piece.head)
        sheet.put(piece)
    for number, sheet in enumerate(sheets, 1):
        sheet.sign(part.head, page.foot, f"{number} of {len(sheets)}")
    return sheets


def _needed(pieces: Sequence[Piece]) -> float:
    """The height of the first piece and of all that it must stay with."""
    height = 0.0
    for piece in pieces:
        height += piece.height
        if not piece.keep:
            break
    return height
