"""Draws a cell of the gallery: its image, and below it the final class with its colour and a sign."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QImage, QPainter, QPen

from sperm_viewer.domain.cell import REFER, Cell, Status
from sperm_viewer.gui.background.thumbnails import ThumbnailPair
from sperm_viewer.gui.results.columns import file_text, flags_text
from sperm_viewer.gui.widgets.class_qcolours import FAILED, REFERRED, class_colour
from sperm_viewer.gui.widgets.theme import Tones

_PAD = 7
_MARK = 3
_SIGN = 11
_GAP = 6


class Sign(Enum):
    """What is known about a cell besides its class, as one small sign."""

    NONE = ""
    REFERRED = "referred, not reviewed"
    NOT_COUNTED = "not counted"
    SET_ASIDE = "not counted: a reader set the cell aside"
    FAILED = "failed"
    REVIEWED = "reviewed"
    DISAGREES = "reviewed, and the verdict differs from the model's class"


def sign_of(cell: Cell) -> Sign:
    if cell.status is Status.FAILED:
        return Sign.FAILED
    if cell.status is Status.NOT_COUNTED:
        return Sign.SET_ASIDE if cell.set_aside else Sign.NOT_COUNTED
    if cell.reviewed:
        return Sign.DISAGREES if cell.prediction and cell.final_class != cell.prediction.first else Sign.REVIEWED
    return Sign.REFERRED if cell.status is Status.REFERRED else Sign.NONE


def class_text(cell: Cell) -> str:
    """The text for a cell's final class."""
    if cell.set_aside and cell.verdict:
        return cell.verdict.class_name
    without = "not counted" if cell.status is Status.NOT_COUNTED else "failed"
    return {REFER: "referred", "": without}.get(cell.final_class, cell.final_class)


def tip(cell: Cell) -> str:
    """Describes a cell in words: what its tile shows, and more."""
    lines = [file_text(cell), f"slide {cell.slide_name}"]
    if cell.status is Status.FAILED:
        return "\n".join([*lines, f"failed: {cell.reason}"])
    if cell.reviewed and cell.verdict:
        lines.append(f"{cell.verdict.class_name}, by {cell.verdict.reader}")
    if cell.prediction:
        lines.append(f"the model: {cell.prediction.first}, {cell.prediction.confidence:.2f}")
    if sign_of(cell) in (Sign.REFERRED, Sign.NOT_COUNTED, Sign.SET_ASIDE):
        lines.append(sign_of(cell).value)
    if cell.flags:
        lines.append(f"flags: {flags_text(cell)}")
    return "\n".join(lines)


def tile_size(side: int, metrics: QFontMetrics) -> QSize:
    return QSize(side + 2 * _PAD, side + metrics.height() + 3 * _PAD)


class TilePainter:
    """Draws tiles in a theme's tones. Images are aligned to the pixels of a screen with this device pixel ratio."""

    def __init__(self, painter: QPainter, tones: Tones, side: int, ratio: float) -> None:
        self._painter = painter
        self._tones = tones
        self._side = side
        self._ratio = ratio

    def draw(self, rect: QRect, cell: Cell, pair: ThumbnailPair | None, heat: bool, share: float = 1.0) -> None:
        """`share` is how large the picture is in its frame, of which no more than the middle is seen beyond 1."""
        frame = QRect(0, rect.top() + _PAD, self._side, self._side)
        frame.moveLeft(rect.left() + (rect.width() - self._side) // 2)
        self.image(frame, pair, heat, share)
        below = QRect(frame.left(), frame.bottom() + _PAD, frame.width(), self._painter.fontMetrics().height())
        self.caption(below, cell)

    def background(self, rect: QRect, selected: bool, hovered: bool) -> None:
        """Marks a selected or hovered tile."""
        if selected or hovered:
            self._round(rect, QColor(self._tones.selected if selected else self._tones.hover), Qt.PenStyle.NoPen)

    def outline(self, rect: QRect) -> None:
        """Marks the current cell."""
        self._round(rect, Qt.BrushStyle.NoBrush, QPen(QColor(self._tones.accent), 2))

    def _round(self, rect: QRect, brush: QColor | Qt.BrushStyle, pen: QPen | Qt.PenStyle) -> None:
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.setPen(pen)
        self._painter.setBrush(brush)
        self._painter.drawRoundedRect(QRectF(rect).adjusted(2, 2, -2, -2), 4, 4)
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def image(self, frame: QRect, pair: ThumbnailPair | None, heat: bool, share: float = 1.0) -> None:
        """Draws the crop in a square frame, with or without its heatmap; a cross if it can't be shown."""
        image: QImage | None = None
        if pair is not None:
            image = pair.heat if heat and pair.heat is not None else pair.crop
        if image is None:
            self._painter.fillRect(frame, QColor(self._tones.image_background))
            if pair is not None:
                self._cross(QRectF(frame.center().x() - 7, frame.center().y() - 7, 14, 14), self._tones.faint)
            return
        scale = share * self._side / max(image.width(), image.height())
        width, height = image.width() * scale, image.height() * scale
        left = frame.left() + (self._side - width) / 2
        top = frame.top() + (self._side - height) / 2
        target = QRectF(self._snapped(left), self._snapped(top), self._snapped(width), self._snapped(height))
        self._painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._painter.save()
        self._painter.setClipRect(frame)
        self._painter.drawImage(target, image)
        self._painter.restore()

    def _snapped(self, length: float) -> float:
        return round(length * self._ratio) / self._ratio

    def caption(self, rect: QRect, cell: Cell, signs: bool = True) -> None:
        """Draws the final class: its colour, its name, and a sign at the end."""
        final, sign = cell.final_class, sign_of(cell) if signs else Sign.NONE
        mark = QRect(rect.left(), rect.top() + 2, _MARK, rect.height() - 4)
        if final == REFER:
            self._painter.fillRect(mark, REFERRED)
            self._painter.fillRect(mark, QBrush(FAILED, Qt.BrushStyle.Dense4Pattern))
        else:
            classes = cell.prediction.classes if cell.prediction else ()
            self._painter.fillRect(mark, class_colour(final, classes) if final else FAILED)
        words = rect.adjusted(_MARK + _GAP, 0, -(_SIGN + _GAP) if sign is not Sign.NONE else 0, 0)
        self._painter.setPen(QColor(self._tones.text))
        text = self._painter.fontMetrics().elidedText(
            class_text(cell).replace("\n", " "), Qt.TextElideMode.ElideRight, words.width()
        )
        self._painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        place = QRectF(rect.right() + 1 - _SIGN, rect.center().y() + 0.5 - _SIGN / 2, _SIGN, _SIGN)
        self._sign(place, sign)

    def _sign(self, place: QRectF, sign: Sign) -> None:
        tones = self._tones
        if sign in (Sign.FAILED, Sign.NOT_COUNTED, Sign.SET_ASIDE):
            self._cross(place.adjusted(1.5, 1.5, -1.5, -1.5), tones.text)
            return
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.setPen(QPen(QColor(tones.text), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        x, y = place.left(), place.top()
        if sign is Sign.REVIEWED:
            self._painter.drawPolyline([QPointF(x + 1, y + 6), QPointF(x + 4, y + 9), QPointF(x + 10, y + 2)])
        elif sign is Sign.DISAGREES:
            for height in (4, 7.5):
                self._painter.drawLine(QPointF(x + 0.5, y + height), QPointF(x + 10.5, y + height))
            self._painter.drawLine(QPointF(x + 8, y + 1), QPointF(x + 3, y + 10.5))
        elif sign is Sign.REFERRED:
            self._painter.drawText(place.adjusted(-4, -4, 4, 4), Qt.AlignmentFlag.AlignCenter, "?")
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _cross(self, place: QRectF, colour: str) -> None:
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.setPen(QPen(QColor(colour), 1.5))
        self._painter.drawLine(place.topLeft(), place.bottomRight())
        self._painter.drawLine(place.topRight(), place.bottomLeft())
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
