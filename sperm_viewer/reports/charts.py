"""Charts as SVG: classes with their intervals, and one class over several slides. Names are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from sperm_viewer.domain.class_palette import colour_of_class
from sperm_viewer.reports.wording import percent_of, plain
from sperm_viewer.statistics.percentages import ClassPercentage, SpermPercentages

WIDTH = 660.0
"""Of every chart, in CSS pixels; text is 11 pixels high."""
_ROW, _BAR, _TOP, _LABELS, _RIGHT = 22.0, 10.0, 4.0, 150.0, 60.0
_LONGEST_NAME = 24
INK, QUIET, LINE = "#1d1d1d", "#636363", "#d6d6d6"


@dataclass(frozen=True, slots=True)
class Chart:
    """An SVG of `width` x `height` CSS pixels in the font of its surroundings; `description` is its content as text."""

    svg: str
    width: float
    height: float
    description: str


def class_chart(final: SpermPercentages, alone: SpermPercentages, classes: Sequence[str]) -> Chart:
    """A bar per class with the 95% interval of the final figures; a ring marks the model alone."""
    of_model = {found.name: found.percent for found in alone.classes}
    rows = [
        _row(number, found, colour_of_class(found.name, classes), of_model.get(found.name))
        for number, found in enumerate(final.classes)
    ]
    return _chart(rows, "Percent of sperm by class. " + "; ".join(map(_describe, final.classes)))


def slide_chart(name: str, slides: Sequence[tuple[str, ClassPercentage]], classes: Sequence[str]) -> Chart:
    """The percentage of one class on each slide, with its 95% interval."""
    colour = colour_of_class(name, classes)
    rows = [_row(number, found, colour, None, slide) for number, (slide, found) in enumerate(slides)]
    return _chart(rows, f"Percent {name} by slide. " + "; ".join(f"{s}: {_describe(found)}" for s, found in slides))


def _row(number: int, found: ClassPercentage, colour: str, mark: float | None, label: str = "") -> str:
    middle = _TOP + _ROW * (number + 0.5)
    name = label or found.name
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    parts = [text_at(_LABELS - 10, middle, shown, INK, "end")]
    if found.percent is None or found.low is None or found.high is None:
        parts.append(text_at(_LABELS + 4, middle, "no sperm", QUIET, "start"))
        return "".join(parts)
    start, end, low, high = (_x(value) for value in (0, found.percent, found.low, found.high))
    parts += [
        f'<rect x="{start:.1f}" y="{middle - _BAR / 2:.1f}" width="{end - start:.1f}" height="{_BAR}" '
        f'fill="{colour}"/>',
        f'<path d="M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 3.5:.1f}v7M{high:.1f} {middle - 3.5:.1f}v7" '
        f'stroke="{INK}" stroke-width="1.2" fill="none"/>',
    ]
    if mark is not None:
        parts.append(
            f'<circle cx="{_x(mark):.1f}" cy="{middle:.1f}" r="3.2" fill="#ffffff" stroke="{INK}" stroke-width="1.2"/>'
        )
    parts.append(text_at(WIDTH, middle, f"{found.percent:.1f}%", INK, "end"))
    return "".join(parts)


def _chart(rows: Sequence[str], description: str) -> Chart:
    bottom = _TOP + _ROW * len(rows)
    height = bottom + 20
    axis = []
    for tick in (0, 25, 50, 75, 100):
        axis.append(f'<path d="M{_x(tick):.1f} {_TOP}V{bottom + 3}" stroke="{LINE}" stroke-width="1"/>')
        axis.append(text_at(_x(tick), bottom + 11, f"{tick}%", QUIET, "middle"))
    return chart_of([*axis, *rows], height, description)


def chart_of(parts: Sequence[str], height: float, description: str) -> Chart:
    """A chart of these SVG elements, `WIDTH` wide. `description` is escaped here, the elements must be already."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" '
        f'height="{height:g}" role="img" font-size="11">'
        f"<title>{_escaped(description)}</title>{''.join(parts)}</svg>"
    )
    return Chart(svg, WIDTH, height, description)


def _x(percent: float) -> float:
    return _LABELS + (WIDTH - _LABELS - _RIGHT) * percent / 100


def text_at(x: float, middle: float, text: str, colour: str, anchor: str) -> str:
    """A line of text, escaped, as an SVG element; `anchor` is SVG's start, middle or end."""
    # 3.9 below the middle: half the height of a digit of 11 px, since not every viewer supports dominant-baseline.
    return f'<text x="{x:.1f}" y="{middle + 3.9:.1f}" fill="{colour}" text-anchor="{anchor}">{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    return str(escape(plain(text)))


def _describe(found: ClassPercentage) -> str:
    return f"{found.name} {percent_of(found)}"
