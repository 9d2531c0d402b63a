"""The measures of a sheet of paper, and text set in lines."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QTextLayout, QTextOption

from sperm_viewer.reports.wording import FONTS, plain

DPI = 1200
MM = DPI / 25.4
LEFT, WIDTH, HEAD, TOP = 18.0, 174.0, 15.0, 24.0
"""In mm: the left edge and width of the content, the head of a sheet and the content's first line."""
BELOW, FOOT = 25.0, 22.0
"""In mm from the lower edge of a sheet: the content's last line and the foot."""
INK, QUIET = QColor("#1d1d1d"), QColor("#636363")
TEXT, SMALL, TINY = 9.0, 8.0, 6.8
"""Font sizes in points."""
_FIRST_JOINED = 0x590
"""Latin, Greek and Cyrillic letters, which don't join, are below."""
_SIGNS = "–—…’“”·"


class Text:
    """Text set in lines of at most `width` mm; `size` in points. Lines beyond `most` are replaced by an ellipsis."""

    def __init__(
        self, text: str, size: float, width: float, *, bold: bool = False, right: bool = False, most: int = 0
    ) -> None:
        shown = plain(text)
        font = font_of(size, shown)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        option = QTextOption(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout, self.height = _set(shown, font, option, width)
        if most and self._layout.lineCount() > most:
            last = self._layout.lineAt(most - 1)
            shown = f"{shown[: last.textStart() + max(1, last.textLength() - 2)].rstrip()}…"
            self._layout, self.height = _set(shown, font, option, width)

    def natural_width(self) -> float:
        """The width of the longest line in mm."""
        return max((self._layout.lineAt(n).naturalTextWidth() for n in range(self._layout.lineCount())), default=0) / MM

    def draw(self, painter: QPainter, x: float, y: float, colour: QColor = INK) -> None:
        painter.setPen(colour)
        self._layout.draw(painter, QPointF(x * MM, y * MM))


def font_of(size: float, text: str = "") -> QFont:
    font = QFont()
    font.setFamilies(list(FONTS[:-1]))
    font.setPixelSize(round(size * DPI / 72))
    if all(ord(character) < _FIRST_JOINED or character in _SIGNS for character in text):
        # Latin ligatures have no character of their own, so copied text would lack these letters; scripts with joining
        # letters need theirs.
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
        line.setLineWidth(width * MM)
        line.setPosition(QPointF(0, y))
        y += line.height() * 1.12
    layout.endLayout()
    return layout, y / MM


def units(mm: QRectF) -> QRectF:
    return QRectF(mm.x() * MM, mm.y() * MM, mm.width() * MM, mm.height() * MM)
