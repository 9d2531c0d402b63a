"""The page as PDF, painted with Qt: any script that the computer has a font for, as text that can be selected.

Sheets are A4; what is on them also fits on US Letter, printed in its own size: 9 mm more at the top and the bottom stay
free. Needs no window and may run in any thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextLayout,
    QTextOption,
)
from PySide6.QtSvg import QSvgRenderer

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.reports.page import Block, Drawing, Facts, Gallery, Heading, KeyFigure, Page, Paragraph, Table
from sperm_viewer.reports.report_images import CellPictures, Picture, pixels
from sperm_viewer.reports.wording import FONTS, plain
from sperm_viewer.system.atomic_write import replacing

_DPI = 1200
_MM = _DPI / 25.4
_LEFT, _WIDTH, _TOP, _BOTTOM, _FOOT = 18.0, 174.0, 20.0, 272.0, 277.0
"""In mm: where content begins and how wide it is, its first and last line, and where the foot of a sheet is."""
_INK, _QUIET, _LINE, _TILE, _ACCENT = (QColor(c) for c in ("#1d1d1d", "#636363", "#d6d6d6", "#f0f0f0", "#3f57b0"))
_TEXT, _SMALL, _TINY = 9.0, 8.0, 6.8
_GAP = 3.0
_MOST_LINES = 12
"""Of one cell of a table: a long note must not grow beyond a sheet."""
_A_ROW = 4
_FIRST_JOINED = 0x590
"""Latin, Greek and Cyrillic letters, which don't join, are below."""
_SIGNS = "–—…’“”·"
_SHORT = 8
"""Rows."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something that stays on one sheet: `height` in mm, and `draw` with the y of its top.

    Air alone, which `draw` None says, is left out at the top of a sheet. `keep` holds a piece on the sheet of the one
    after it; `head` is drawn again above it where it begins a sheet; `above` is air of its own that isn't needed there.
    """

    height: float
    draw: Callable[[QPainter, float], None] | None
    keep: bool = False
    head: _Piece | None = None
    above: float = 0.0


def write_pdf(page: Page, path: Path) -> None:
    """Raises SpermViewerError where the file can't be written."""
    _start_qt()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(plain(f"{page.title}: {page.subtitle}"))
    writer.setCreator("Sperm Viewer")
    painter = QPainter()
    if not painter.begin(writer):
        raise SpermViewerError(f"{path}: the PDF can't be made on this computer. Write the report as HTML instead.")
    _Sheets(page).draw(writer, painter)
    painter.end()
    with replacing(path) as file:
        file.write(bytes(buffer.data().data()))


def _start_qt() -> None:
    """Fonts need an application; on the command line there is none, and on Linux often no screen either."""
    if QGuiApplication.instance() is None:
        platform = ["-platform", "offscreen"] if sys.platform == "linux" else []
        # Kept: Qt's application must outlive all that is drawn.
        _start_qt.app = QGuiApplication(["sperm-viewer", *platform])  # type: ignore[attr-defined]


class _Sheets:
    """The pieces of a page, spread over sheets of paper."""

    def __init__(self, page: Page) -> None:
        self._foot = page.foot
        self._sheets: list[list[tuple[_Piece, float]]] = [[]]
        self._y = _TOP
        pieces = [*_header(page), *(piece for block in page.blocks for piece in _pieces(block))]
        for number, piece in enumerate(pieces):
            if piece.draw is None:
                self._y += piece.height if self._y > _TOP else 0
                continue
            if self._y > _TOP and self._y + _needed(pieces[number:]) > _BOTTOM:
                self._sheets.append([])
                self._y = _TOP
                if piece.head:
                    self._put(piece.head)
            self._put(piece)

    def _put(self, piece: _Piece) -> None:
        if self._y == _TOP:
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
            _Text(self._foot, _TINY, _WIDTH - 20).draw(painter, _LEFT, _FOOT, _QUIET)
            _Text(f"{number + 1} of {len(self._sheets)}", _TINY, 20, right=True).draw(
                painter, _LEFT + _WIDTH - 20, _FOOT, _QUIET
            )


def _needed(pieces: Sequence[_Piece]) -> float:
    """The height of the first piece and of all that it must stay with."""
    height = 0.0
    for piece in pieces:
        height += piece.height
        if not piece.keep:
            break
    return height


class _Text:
    """Text set in lines of at most `width` mm; `size` in points. Lines beyond `most` are left out, and dots say so."""

    def __init__(
        self, text: str, size: float, width: float, *, bold: bool = False, right: bool = False, most: int = 0
    ) -> None:
        shown = plain(text)
        font = _font(size, shown)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        option = QTextOption(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout, self.height = _set(shown, font, option, width)
        if most and self._layout.lineCount() > most:
            last = self._layout.lineAt(most - 1)
            shown = f"{shown[: last.textStart() + max(1, last.textLength() - 2)].rstrip()}…"
            self._layout, self.height = _set(shown, font, option, width)

    def natural_width(self) -> float:
        """How wide the lines are, in mm."""
        return (
            max((self._layout.lineAt(n).naturalTextWidth() for n in range(self._layout.lineCount())), default=0) / _MM
        )

    def draw(self, painter: QPainter, x: float, y: float, colour: QColor = _INK) -> None:
        painter.setPen(colour)
        self._layout.draw(painter, QPointF(x * _MM, y * _MM))


def _font(size: float, text: str = "") -> QFont:
    font = QFont()
    font.setFamilies(list(FONTS[:-1]))
    font.setPixelSize(round(size * _DPI / 72))
    if all(ord(character) < _FIRST_JOINED or character in _SIGNS for character in text):
        # Ligatures and other shapes of Latin letters stand for no character of their own, so that text which is read
        # back would lack them; scripts whose letters join need theirs.
        for feature in ("calt", "clig", "liga"):
            font.setFeature(QFont.Tag(feature), 0)
    return font


def _set(text: str, font: QFont, option: QTextOption, width: float) -> tuple[QTextLayout, float]:
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    layout.beginLayout()
    y = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width * _MM)
        line.setPosition(QPointF(0, y))
        y += line.height() * 1.12
    layout.endLayout()
    return layout, y / _MM


def _header(page: Page) -> Iterator[_Piece]:
    logo = page.logo
    scale = min(46 / logo.width, 16 / logo.height) if logo else 0.0
    wide, high = (logo.width * scale, logo.height * scale) if logo else (0.0, 0.0)
    room = _WIDTH - wide - (8 if logo else 0)
    parts = [
        (_Text(page.laboratory, 10, room, bold=True), _INK),
        (_Text(page.title, 18, room, bold=True), _INK),
        (_Text(page.subtitle, _TEXT, room), _QUIET),
    ][0 if page.laboratory else 1 :]

    def draw(painter: QPainter, y: float) -> None:
        if logo:
            _picture(painter, logo, QRectF(_LEFT + _WIDTH - wide, y, wide, high))
        for text, colour in parts:
            text.draw(painter, _LEFT, y, colour)
            y += text.height

    yield _Piece(max(high, sum(text.height for text, _ in parts)) + 8, draw)


def _pieces(block: Block) -> Iterator[_Piece]:
    match block:
        case Heading():
            yield _heading(block)
        case Paragraph():
            yield from _paragraph(block)
        case KeyFigure():
            yield _key_figure(block)
        case Facts():
            yield from _facts(block)
        case Table():
            yield from _table(block)
        case Drawing():
            yield _drawing(block)
        case Gallery():
            yield from _gallery(block)


def _heading(block: Heading) -> _Piece:
    first = block.level == 1
    text = _Text(block.text, 12.5 if first else 10, _WIDTH, bold=True, most=4)
    above, below = (8.0, 2.5) if first else (4.0, 1.5)
    colour = _ACCENT if first else _INK
    height = above + text.height + below
    return _Piece(height, lambda painter, y: text.draw(painter, _LEFT, y + above, colour), keep=True, above=above)


def _paragraph(block: Paragraph) -> Iterator[_Piece]:
    text = _Text(block.text, _SMALL if block.quiet else _TEXT, 156)
    colour = _QUIET if block.quiet else _INK
    yield _Piece(text.height + 2.0, lambda painter, y: text.draw(painter, _LEFT, y, colour), keep=block.keep)


def _key_figure(block: KeyFigure) -> _Piece:
    value = _Text(block.value, 36, 70, bold=True)
    wide = value.natural_width() + 6
    label, detail = _Text(block.label, 11.5, _WIDTH - wide, bold=True), _Text(block.detail, _TEXT, _WIDTH - wide)

    def draw(painter: QPainter, y: float) -> None:
        value.draw(painter, _LEFT, y, _ACCENT)
        middle = y + (value.height - label.height - detail.height) / 2
        label.draw(painter, _LEFT + wide, middle)
        detail.draw(painter, _LEFT + wide, middle + label.height)

    return _Piece(max(value.height, label.height + detail.height) + 4, draw)


def _facts(block: Facts) -> Iterator[_Piece]:
    for name, value in block.rows:
        yield _row([_Text(name, _SMALL, 48, most=_MOST_LINES), _Text(value, _SMALL, 122)], [0, 52], [_QUIET, _INK])
    yield _Piece(2, None)


def _table(block: Table) -> Iterator[_Piece]:
    share = _WIDTH / sum(block.widths)
    wide = [width * share for width in block.widths]
    at = [sum(wide[:number]) for number in range(len(wide))]
    indent = 4.6 if block.colours else 0.0

    def texts(row: Sequence[str]) -> list[_Text]:
        return [
            _Text(
                text,
                _SMALL,
                wide[number] - (_GAP if number < len(wide) - 1 else 0) - (0 if number else indent),
                right=number >= block.texts,
                most=_MOST_LINES,
            )
            for number, text in enumerate(row)
        ]

    left = [x + (0 if number else indent) for number, x in enumerate(at)]
    quiet, ink = [_QUIET] * len(wide), [_INK] * len(wide)
    # A short table stays whole.
    short, last = len(block.rows) <= _SHORT, len(block.rows) - 1
    title = _row(texts(block.head), left, quiet, keep=True)
    yield title
    for number, row in enumerate(block.rows):
        colour = QColor(block.colours[number]) if block.colours else None
        pictures = block.pictures[number] if block.pictures else None
        keep = block.keep if number == last else short
        yield _row(texts(row), left, ink, keep=keep, head=title, colour=colour, pictures=pictures)
    yield _Piece(3, None, keep=block.keep)


def _row(
    texts: Sequence[_Text],
    left: Sequence[float],
    colours: Sequence[QColor],
    *,
    keep: bool = False,
    head: _Piece | None = None,
    colour: QColor | None = None,
    pictures: CellPictures | None = None,
) -> _Piece:
    """A row of a table above a hairline."""
    side = (left[1] - _GAP - 0.7) / 2 if pictures else 0.0
    height = max(side, *(text.height for text in texts)) + 2.2

    def draw(painter: QPainter, y: float) -> None:
        if colour:
            painter.fillRect(_units(QRectF(_LEFT, y + 1.6, 2.4, 2.4)), colour)
        if pictures:
            _pair(painter, pictures, _LEFT, y + 1.1, side)
        for text, x, ink in zip(texts, left, colours, strict=True):
            text.draw(painter, _LEFT + x, y + 1.1, ink)
        painter.setPen(QPen(_LINE, 0.15 * _MM))
        painter.drawLine(QPointF(_LEFT * _MM, (y + height) * _MM), QPointF((_LEFT + _WIDTH) * _MM, (y + height) * _MM))

    return _Piece(height, draw, keep, head)


def _drawing(block: Drawing) -> _Piece:
    renderer = QSvgRenderer(QByteArray(block.chart.svg.encode()))
    height = _WIDTH * block.chart.height / block.chart.width

    def draw(painter: QPainter, y: float) -> None:
        painter.setFont(_font(_SMALL))
        renderer.render(painter, _units(QRectF(_LEFT, y, _WIDTH, height)))

    return _Piece(height + 2, draw, keep=True)


def _gallery(block: Gallery) -> Iterator[_Piece]:
    wide = (_WIDTH - (_A_ROW - 1) * 4) / _A_ROW
    side = (wide - 0.7) / 2
    for start in range(0, len(block.cells), _A_ROW):
        cells = block.cells[start : start + _A_ROW]
        names = [_Text(cell.name, _TINY, wide, most=3) for cell in cells]
        notes = [_Text(cell.note, _TINY, wide, most=2) for cell in cells]

        def draw(painter: QPainter, y: float, cells=cells, names=names, notes=notes) -> None:  # type: ignore[no-untyped-def]
            for number, (cell, name, note) in enumerate(zip(cells, names, notes, strict=True)):
                x = _LEFT + number * (wide + 4)
                _pair(painter, cell.pictures, x, y, side)
                name.draw(painter, x, y + side + 0.8)
                note.draw(painter, x, y + side + 0.8 + name.height, _QUIET)

        yield _Piece(side + max(n.height + m.height for n, m in zip(names, notes, strict=True)) + 4, draw)


def _pair(painter: QPainter, pictures: CellPictures, x: float, y: float, side: float) -> None:
    """Crop and heatmap side by side, each in a square tile; what is missing says so."""
    for number, picture in enumerate((pictures.crop, pictures.heat)):
        tile = QRectF(x + number * (side + 0.7), y, side, side)
        painter.fillRect(_units(tile), _TILE)
        if picture:
            scale = side / max(picture.width, picture.height)
            fitted = QRectF(0, 0, picture.width * scale, picture.height * scale)
            fitted.moveCenter(tile.center())
            _picture(painter, picture, fitted)
        else:
            text = _Text(pictures.missing or "no heatmap", 5, side - 1, most=max(1, int(side / 2.2) - 1))
            text.draw(painter, tile.x() + 0.5, tile.center().y() - text.height / 2, _QUIET)


def _picture(painter: QPainter, picture: Picture, where: QRectF) -> None:
    rgb = pixels(picture)
    image = QImage(rgb.data, picture.width, picture.height, 3 * picture.width, QImage.Format.Format_RGB888)
    painter.drawImage(_units(where), image)


def _units(mm: QRectF) -> QRectF:
    return QRectF(mm.x() * _MM, mm.y() * _MM, mm.width() * _MM, mm.height() * _MM)
