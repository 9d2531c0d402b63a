"""The blocks of a page as pieces that stay on one sheet of paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtSvg import QSvgRenderer

from sperm_viewer.reports.page import Block, Drawing, Facts, Gallery, Heading, KeyFigure, Page, Paragraph, Part, Table
from sperm_viewer.reports.pdf.text import INK, LEFT, MM, QUIET, SMALL, TEXT, TINY, WIDTH, Text, font_of, units
from sperm_viewer.reports.report_images import CellImages, ReportImage, pixels

_LINE, _TILE, _ACCENT = QColor("#d6d6d6"), QColor("#f0f0f0"), QColor("#3f57b0")
_GAP = 3.0
_MOST_LINES = 12
"""Of one cell of a table: a long note must not exceed a sheet."""
_CELLS_IN_ROW = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the page that stays on one sheet: `height` in mm, and `draw` with the y of its top.

    If `draw` is None it is space, which is left out at the top of a sheet. `keep` holds a piece on the sheet of the
    next one; `head` is repeated above it if it begins a sheet; `above` is its own leading space, left out there.
    """

    height: float
    draw: Callable[[QPainter, float], None] | None
    keep: bool = False
    head: Piece | None = None
    above: float = 0.0


def pieces_of(page: Page, part: Part) -> list[Piece]:
    """The title and all blocks of a part, from top to bottom."""
    return [*_header(page, part), *(piece for block in part.blocks for piece in _pieces(block))]


def _header(page: Page, part: Part) -> Iterator[Piece]:
    logo = page.logo
    scale = min(46 / logo.width, 16 / logo.height) if logo else 0.0
    wide, high = (logo.width * scale, logo.height * scale) if logo else (0.0, 0.0)
    room = WIDTH - wide - (8 if logo else 0)
    parts = [
        (Text(page.laboratory, 10, room, bold=True), INK),
        (Text(part.title, 18, room, bold=True), INK),
        (Text(part.subtitle, TEXT, room), QUIET),
    ][0 if page.laboratory else 1 :]

    def draw(painter: QPainter, y: float) -> None:
        if logo:
            _draw_image(painter, logo, QRectF(LEFT + WIDTH - wide, y, wide, high))
        for text, colour in parts:
            text.draw(painter, LEFT, y, colour)
            y += text.height

    yield Piece(max(high, sum(text.height for text, _ in parts)) + 8, draw)


def _pieces(block: Block) -> Iterator[Piece]:
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


def _heading(block: Heading) -> Piece:
    first = block.level == 1
    text = Text(block.text, 12.5 if first else 10, WIDTH, bold=True, most=4)
    above, below = (8.0, 2.5) if first else (4.0, 1.5)
    colour = _ACCENT if first else INK
    height = above + text.height + below
    return Piece(height, lambda painter, y: text.draw(painter, LEFT, y + above, colour), keep=True, above=above)


def _paragraph(block: Paragraph) -> Iterator[Piece]:
    text = Text(block.text, SMALL if block.quiet else TEXT, 156)
    colour = QUIET if block.quiet else INK
    yield Piece(text.height + 2.0, lambda painter, y: text.draw(painter, LEFT, y, colour), keep=block.keep)


def _key_figure(block: KeyFigure) -> Piece:
    value = Text(block.value, 36, 70, bold=True)
    wide = value.natural_width() + 6
    label, detail = Text(block.label, 11.5, WIDTH - wide, bold=True), Text(block.detail, TEXT, WIDTH - wide)

    def draw(painter: QPainter, y: float) -> None:
        value.draw(painter, LEFT, y, _ACCENT)
        middle = y + (value.height - label.height - detail.height) / 2
        label.draw(painter, LEFT + wide, middle)
        detail.draw(painter, LEFT + wide, middle + label.height)

    return Piece(max(value.height, label.height + detail.height) + 4, draw)


def _facts(block: Facts) -> Iterator[Piece]:
    for name, value in block.rows:
        yield _row([Text(name, SMALL, 48, most=_MOST_LINES), Text(value, SMALL, 122)], [0, 52], [QUIET, INK])
    yield Piece(2, None)


def _table(block: Table) -> Iterator[Piece]:
    share = WIDTH / sum(block.widths)
    wide = [width * share for width in block.widths]
    at = [sum(wide[:number]) for number in range(len(wide))]
    indent = 4.6 if block.colours else 0.0

    def texts(row: Sequence[str]) -> list[Text]:
        return [
            Text(
                text,
                SMALL,
                wide[number] - (_GAP if number < len(wide) - 1 else 0) - (0 if number else indent),
                right=number >= block.texts,
                most=_MOST_LINES,
            )
            for number, text in enumerate(row)
        ]

    left = [x + (0 if number else indent) for number, x in enumerate(at)]
    quiet, ink = [QUIET] * len(wide), [INK] * len(wide)
    last = len(block.rows) - 1
    title = _row(texts(block.head), left, quiet, keep=True)
    yield title
    for number, row in enumerate(block.rows):
        colour = QColor(block.colours[number]) if block.colours else None
        images = block.images[number] if block.images else None
        keep = block.keep if number == last else block.short
        yield _row(texts(row), left, ink, keep=keep, head=title, colour=colour, images=images)
    yield Piece(3, None, keep=block.keep)


def _row(
    texts: Sequence[Text],
    left: Sequence[float],
    colours: Sequence[QColor],
    *,
    keep: bool = False,
    head: Piece | None = None,
    colour: QColor | None = None,
    images: CellImages | None = None,
) -> Piece:
    """A row of a table above a hairline."""
    side = (left[1] - _GAP - 0.7) / 2 if images else 0.0
    height = max(side, *(text.height for text in texts)) + 2.2

    def draw(painter: QPainter, y: float) -> None:
        if colour:
            painter.fillRect(units(QRectF(LEFT, y + 1.6, 2.4, 2.4)), colour)
        if images:
            _pair(painter, images, LEFT, y + 1.1, side)
        for text, x, ink in zip(texts, left, colours, strict=True):
            text.draw(painter, LEFT + x, y + 1.1, ink)
        painter.setPen(QPen(_LINE, 0.15 * MM))
        painter.drawLine(QPointF(LEFT * MM, (y + height) * MM), QPointF((LEFT + WIDTH) * MM, (y + height) * MM))

    return Piece(height, draw, keep, head)


def _drawing(block: Drawing) -> Piece:
    renderer = QSvgRenderer(QByteArray(block.chart.svg.encode()))
    height = WIDTH * block.chart.height / block.chart.width

    def draw(painter: QPainter, y: float) -> None:
        painter.setFont(font_of(SMALL))
        renderer.render(painter, units(QRectF(LEFT, y, WIDTH, height)))

    return Piece(height + 2, draw, keep=True)


def _gallery(block: Gallery) -> Iterator[Piece]:
    wide = (WIDTH - (_CELLS_IN_ROW - 1) * 4) / _CELLS_IN_ROW
    side = (wide - 0.7) / 2
    for start in range(0, len(block.cells), _CELLS_IN_ROW):
        cells = block.cells[start : start + _CELLS_IN_ROW]
        names = [Text(cell.name, TINY, wide, most=3) for cell in cells]
        notes = [Text(cell.note, TINY, wide, most=2) for cell in cells]

        def draw(painter: QPainter, y: float, cells=cells, names=names, notes=notes) -> None:  # type: ignore[no-untyped-def]
            for number, (cell, name, note) in enumerate(zip(cells, names, notes, strict=True)):
                x = LEFT + number * (wide + 4)
                _pair(painter, cell.images, x, y, side)
                name.draw(painter, x, y + side + 0.8)
                note.draw(painter, x, y + side + 0.8 + name.height, QUIET)

        yield Piece(side + max(n.height + m.height for n, m in zip(names, notes, strict=True)) + 4, draw)


def _pair(painter: QPainter, images: CellImages, x: float, y: float, side: float) -> None:
    """Crop and heatmap side by side, each in a square tile; a missing one is replaced by the reason."""
    for number, image in enumerate((images.crop, images.heat)):
        tile = QRectF(x + number * (side + 0.7), y, side, side)
        painter.fillRect(units(tile), _TILE)
        if image:
            scale = side / max(image.width, image.height)
            fitted = QRectF(0, 0, image.width * scale, image.height * scale)
            fitted.moveCenter(tile.center())
            _draw_image(painter, image, fitted)
        else:
            text = Text(images.missing or "no heatmap", 5, side - 1, most=max(1, int(side / 2.2) - 1))
            text.draw(painter, tile.x() + 0.5, tile.center().y() - text.height / 2, QUIET)


def _draw_image(painter: QPainter, image: ReportImage, where: QRectF) -> None:
    rgb = pixels(image)
    pixmap = QImage(rgb.data, image.width, image.height, 3 * image.width, QImage.Format.Format_RGB888)
    painter.drawImage(units(where), pixmap)
