"""Below the slides: the percentages of the classes on the chosen slide, final and by the model alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import EXCLUDED, NON_SPERM, NOT_ASSESSABLE
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.widgets.class_qcolours import class_colour
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.theme import Theme, quiet
from sperm_viewer.statistics.percentages import ENOUGH_SPERM, NOT_NORMAL_FORMS, ClassPercentage
from sperm_viewer.statistics.slide_figures import SlideFigures, Tally, slide_figures

_PAD = 12
_BAR = 8
_ROW_AIR = 22
_READING = (
    "Bar: the final classes; a verdict replaces the model's answer. Line across its end: the 95% interval (Wilson). "
    "Triangle: the model alone."
)
_BY_HEAD = "Judged by the head alone: the WHO's reference limit for normal forms (4%) must not be applied."


class FiguresPane(QWidget):
    """Counts and percentages of one slide or of all slides, updated as cells are reviewed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._tallies: Sequence[Tally] = ()
        self._classes: Sequence[str] = ()
        self._slide: int | None = None
        self._apart: Mapping[int, str] = {}
        self._sample: int | None = None
        self.headline = QLabel()
        self.headline.setTextFormat(Qt.TextFormat.PlainText)
        self.headline.setWordWrap(True)
        self.headline.setAccessibleName("Share of normal heads of the sample")
        self._caveat = quiet(QLabel(_BY_HEAD))
        self._caveat.setWordWrap(True)
        set_plain_tip(self._caveat, NOT_NORMAL_FORMS)
        self.chart = ClassChart(theme)
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setAccessibleName("Denominator of the percentages")
        inside = QWidget()
        column = self._column = QVBoxLayout(inside)
        column.setContentsMargins(_PAD, 10, _PAD, 10)
        column.setSpacing(8)
        column.addWidget(self.headline)
        column.addWidget(self._caveat)
        column.addWidget(quiet(QLabel("Per cent of sperm")))
        column.addWidget(self.chart)
        column.addWidget(quiet(self.words))
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The Tab key stops here only if there is something to scroll.
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.verticalScrollBar().rangeChanged.connect(
            lambda low, high: self._scroll.setFocusPolicy(
                Qt.FocusPolicy.TabFocus if high > low else Qt.FocusPolicy.NoFocus
            )
        )
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self._scroll)
        # As high as its content if there is room; otherwise it scrolls.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.show_headline("")
        self._show()

    def show_tallies(self, tallies: Sequence[Tally], classes: Sequence[str], apart: Mapping[int, str]) -> None:
        """`apart` says why the slides of a sample, by its id, may not be counted together; empty if they may."""
        self._tallies, self._classes, self._apart = tallies, classes, apart
        self._show()

    def show_headline(self, words: str) -> None:
        """Shows the headline of the sample in view; empty for none."""
        self.headline.setText(words)
        set_plain_tip(self.headline, NOT_NORMAL_FORMS if words else "")
        for label in (self.headline, self._caveat):
            label.setVisible(bool(words))
        self.updateGeometry()

    def show_slide(self, slide: int | None, sample: int | None = None) -> None:
        """Shows the figures of this slide, or of all slides of this sample together; by default of the only sample."""
        self._slide, self._sample = slide, sample
        self._show()

    def sizeHint(self) -> QSize:
        return QSize(150, self._column.totalHeightForWidth(max(self.width(), 100)) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 100)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def _show(self) -> None:
        tallies = [tally for tally in self._tallies if self._sample in (None, tally.sample)]
        figures = slide_figures(tallies, self._classes, self._slide)
        # Percentages are never pooled over samples.
        samples = {tally.sample for tally in tallies}
        pooled = self._slide is None and len(samples) > 1
        self.setVisible(figures.cells > 0 and not pooled)
        apart = "".join(self._apart.get(sample, "") for sample in samples) if self._slide is None else ""
        self.chart.setVisible(not apart)
        self.chart.show_figures(figures, self._classes)
        self.words.setText(apart or "\n".join(in_words(figures)))
        set_plain_tip(self.words, apart or "\n".join([figures.final.denominator, *figures.final.caveats[-1:]]))
        self.updateGeometry()


class ClassChart(QWidget):
    """Each class: name, percentage, count, a bar with the interval, and the model's own percentage."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: list[tuple[ClassPercentage, ClassPercentage | None]] = []
        self._classes: Sequence[str] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Classes")

    def show_figures(self, figures: SlideFigures, classes: Sequence[str]) -> None:
        self._classes = classes
        alone = {found.name: found for found in figures.model.classes}
        self._rows = [(found, alone.get(found.name)) for found in figures.final.classes]
        rows = [row_in_words(final, model) for final, model in self._rows]
        self.setAccessibleDescription("; ".join(rows))
        set_plain_tip(self, "\n".join([*rows, "", _READING]))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100, len(self._rows) * self._row())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def _row(self) -> int:
        return 2 * self.fontMetrics().height() + _ROW_AIR

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (final, model) in enumerate(self._rows):
            self._draw(painter, QRect(0, number * self._row(), self.width(), self._row()), final, model)
        painter.end()

    def _draw(self, painter: QPainter, row: QRect, final: ClassPercentage, model: ClassPercentage | None) -> None:
        tones, line = self._theme.tones, painter.fontMetrics().height()
        first = QRect(row.left(), row.top(), row.width(), line)
        number = "–" if final.percent is None else f"{final.percent:.1f}%"
        painter.setPen(QColor(tones.text))
        painter.drawText(first, Qt.AlignmentFlag.AlignRight, number)
        room = first.width() - painter.fontMetrics().horizontalAdvance(number) - 8
        name = painter.fontMetrics().elidedText(final.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, name)
        track = QRectF(row.left(), first.bottom() + 3, row.width(), _BAR)
        self._draw_bar(painter, track, final)
        if model and model.percent is not None:
            _draw_triangle(painter, QPointF(_at(track, model.percent), track.bottom() + 1), QColor(tones.text))
        painter.setPen(QColor(tones.muted))
        last = QRect(row.left(), round(track.bottom()) + 4, row.width(), line)
        words = f"{final.count:,}" if final.low is None else f"{final.count:,} · {final.low:.0f}–{final.high:.0f}%"
        painter.drawText(last, Qt.AlignmentFlag.AlignLeft, words)
        if model and model.percent is not None:
            beside = f"model {model.percent:.0f}%"
            # A narrow pane has room for the triangle only; the tooltip has the number.
            if sum(map(painter.fontMetrics().horizontalAdvance, (words, beside))) + 8 <= last.width():
                painter.drawText(last, Qt.AlignmentFlag.AlignRight, beside)

    def _draw_bar(self, painter: QPainter, track: QRectF, final: ClassPercentage) -> None:
        tones = self._theme.tones
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tones.line))
        painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
        if final.percent is None or final.low is None or final.high is None:
            return
        painter.setBrush(class_colour(final.name, self._classes))
        filled = QRectF(track)
        filled.setWidth(track.width() * final.percent / 100)
        painter.drawRoundedRect(filled, min(_BAR, filled.width()) / 2, _BAR / 2)
        painter.setPen(QPen(QColor(tones.text), 1.5))
        middle = track.center().y()
        ends = [QPointF(min(max(_at(track, end), 1), track.right() - 1), middle) for end in (final.low, final.high)]
        painter.drawLine(*ends)
        for end in ends:
            painter.drawLine(end - QPointF(0, 3), end + QPointF(0, 3))


def in_words(figures: SlideFigures) -> list[str]:
    """The lines below the chart: denominator, what is left out, progress of the review, enough sperm or not."""
    final, lines = figures.final, [f"Of {figures.final.sperm:,} sperm."]
    left_out = [(final.non_sperm, NON_SPERM), (final.failed, "failed"), (final.not_counted, "cut off or there twice")]
    left_out += [(final.not_assessable, NOT_ASSESSABLE), (final.excluded, EXCLUDED)]
    parts = ", ".join(f"{number:,} {what}" for number, what in left_out if number)
    if parts:
        lines.append(f"Left out: {parts}.")
    if final.unresolved:
        lines.append(f"{final.unresolved:,} referred and not yet reviewed.")
    if figures.read_percent is not None:
        ways = f": {figures.singly:,} singly, {figures.blind:,} blind" if figures.read else ""
        lines.append(f"Read {figures.read:,} of {figures.cells:,} ({figures.read_percent:.0f}%){ways}.")
    if figures.in_bulk:
        lines.append(f"Accepted in bulk, which is not reading: {figures.in_bulk:,}.")
    if len(figures.short) == 1:
        lines.append(f"Fewer than {ENOUGH_SPERM} sperm on '{figures.short[0]}'; the WHO asks for {ENOUGH_SPERM}.")
    elif figures.short:
        slides = counted(len(figures.short), "slide")
        lines.append(f"Fewer than {ENOUGH_SPERM} sperm on {slides}; the WHO asks for {ENOUGH_SPERM} on each.")
    return lines


def row_in_words(final: ClassPercentage, model: ClassPercentage | None) -> str:
    """`normal: 93 sperm, 52.2% (95% interval 44.9 to 59.4%); the model alone: 50.0%`."""
    text = f"{final.name}: {final.count:,} sperm"
    if final.percent is not None:
        text += f", {final.percent:.1f}% (95% interval {final.low:.1f} to {final.high:.1f}%)"
    if model and model.percent is not None:
        text += f"; the model alone: {model.percent:.1f}%"
    return text


def _at(track: QRectF, percent: float) -> float:
    return track.left() + track.width() * percent / 100


def _draw_triangle(painter: QPainter, tip: QPointF, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon([tip, tip + QPointF(-3.5, 5), tip + QPointF(3.5, 5)])
