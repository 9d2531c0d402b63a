"""The measurements of a cell's head: a drawing with its lines, and the values beside the stain's reference ranges."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.morphometry import FORMULAS, Morphometry
from sperm_viewer.domain.reference_range import ReferenceRange, ranges_of_stain
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.theme import Theme, quiet
from sperm_viewer.imaging.morphometry import FeretLines, feret_lines
from sperm_viewer.session.rows import to_outline

_SIDE = 120
_ROOM = 12
_NAMES = {name: name.replace("_", " ").capitalize() for name in FORMULAS} | {"ellipticity": "Length / width"}
_UNITS = {"length": "{}", "width": "{}", "perimeter": "{}", "area": "{}²"}
NO_SCALE = "In pixels: the scale of this slide is not known."
OTHER_SIZE = "In pixels: the scale of this slide was measured on images of another size."
NO_STAIN = "Reference ranges belong to a stain, and none is stated for this slide."
NO_RANGE = "The settings hold no reference range for the stain of this slide."
NO_VERDICT = "Usual values (95% limits) of heads in this stain: never a verdict by themselves."


class HeadDrawing(QWidget):
    """An outline as it lies in the image, with the lines along which length and width are measured."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._outline: FloatArray | None = None
        self._lines: FeretLines | None = None
        self.setFixedSize(_SIDE, _SIDE)
        self.setToolTip("The head's outline. Solid line: length. Dashed line: width.")
        self.setAccessibleName("Drawing of the head")

    def show_outline(self, outline: FloatArray | None) -> None:
        self._outline = outline
        self._lines = None if outline is None else feret_lines(outline)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._outline is None or self._lines is None:
            return
        tones = self._theme.tones
        low, high = self._outline.min(axis=0), self._outline.max(axis=0)
        scale = (_SIDE - 2 * _ROOM) / max(float((high - low).max()), 1e-6)
        middle = (low + high) / 2

        def place(x: float, y: float) -> QPointF:
            return QPointF(_SIDE / 2 + (x - float(middle[0])) * scale, _SIDE / 2 + (y - float(middle[1])) * scale)

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tones.text), 1.5))
        painter.setBrush(QColor(tones.image_background))
        painter.drawPolygon(QPolygonF([place(float(x), float(y)) for x, y in self._outline]))
        for line, style in (
            (self._lines.length, Qt.PenStyle.SolidLine),
            (self._lines.width, Qt.PenStyle.DashLine),
        ):
            painter.setPen(QPen(QColor(tones.accent), 1.5, style))
            painter.drawLine(place(*line[0]), place(*line[1]))
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)


class Measurements(QWidget):
    """Hidden for a cell whose head was not measured."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.drawing = HeadDrawing(theme)
        self._values = {name: QLabel() for name in FORMULAS}
        self._usual = {name: quiet(QLabel()) for name in FORMULAS}
        self.note = quiet(QLabel())
        self.note.setWordWrap(True)
        self.note.setAccessibleName("About the measurements")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(2, 1)
        for row, name in enumerate(FORMULAS):
            label, value, usual = quiet(QLabel(_NAMES[name])), self._values[name], self._usual[name]
            for place, part in enumerate((label, value, usual)):
                grid.addWidget(part, row, place, Qt.AlignmentFlag.AlignTop)
            usual.setWordWrap(True)
            usual.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            value.setAccessibleName(_NAMES[name])
            set_plain_tip(label, FORMULAS[name])
        beside = QHBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(self.drawing, 0, Qt.AlignmentFlag.AlignTop)
        beside.addLayout(grid, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(quiet(QLabel("Measurements")))
        column.addLayout(beside)
        column.addWidget(self.note)

    def show_cell(self, cell: Cell, slide: SlideDetails, ranges: Sequence[ReferenceRange]) -> None:
        """`slide` are the details of the cell's slide, `ranges` all of the settings."""
        self.setVisible(cell.morphometry is not None)
        if cell.morphometry is None:
            return
        self.drawing.setVisible(bool(cell.outline))
        self.drawing.show_outline(to_outline(cell.outline, cell.place) if cell.outline and cell.place else None)
        scale = scale_of(cell, slide)
        measured = cell.morphometry.in_micrometres(scale) if scale else cell.morphometry
        unit = "µm" if scale else "px"
        fitting = ranges_of_stain(slide.stain, ranges)
        for name in FORMULAS:
            self._values[name].setText(_value(measured, name, unit))
            known = [one for one in fitting if one.measurement == name and (unit == "µm" or name not in _UNITS)]
            self._usual[name].setText("\n".join(map(_usual, known)))
            set_plain_tip(self._usual[name], "\n".join(one.source for one in known))
        about_ranges = NO_VERDICT if fitting else NO_RANGE if slide.stain else NO_STAIN
        about_scale = "" if scale else OTHER_SIZE if slide.um_per_px else NO_SCALE
        self.note.setText(f"{about_scale} {about_ranges}".lstrip())

    def text(self, name: str) -> str:
        """What is shown of a measurement: the value and the usual ones."""
        return f"{self._values[name].text()} {self._usual[name].text()}".rstrip()


def _value(measured: Morphometry, name: str, unit: str) -> str:
    value = getattr(measured, name)
    if value is None:
        return "–"
    if name == "acrosome_share":
        return f"{value:.0%}"
    shown = _UNITS.get(name, "").format(unit)
    return f"{value:.1f} {shown}" if unit == "px" and shown else f"{value:.2f} {shown}".rstrip()


def _usual(one: ReferenceRange) -> str:
    """`4.1 (3.7–4.7), WHO 2010`."""
    percent = one.measurement == "acrosome_share"
    usual, low, high = (
        None if value is None else f"{100 * value:g}%" if percent else f"{value:g}"
        for value in (one.usual, one.low, one.high)
    )
    limits = f" ({low}–{high})" if low and high else ""
    return f"{usual}{limits}, {one.short_source}"
