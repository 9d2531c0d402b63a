"""The control charts as a page and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from sperm_viewer import __version__
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.reports.charts import WIDTH, Chart, chart_of, text_at
from sperm_viewer.reports.csv_tables import harmless, text_of
from sperm_viewer.reports.page import Block, Drawing, Heading, Page, Paragraph, Part
from sperm_viewer.reports.wording import moment
from sperm_viewer.statistics.control_chart import BASELINE
from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.teaching.control_charts import ChartPoint, ControlChart

COLUMNS = ("slide", "measure", "at_utc", "by", "value", "expected", "low", "high", "rules")
_HEIGHT, _LEFT, _RIGHT, _ABOVE, _BELOW = 120.0, 60.0, 10.0, 10.0, 26.0
_INK, _LIMIT, _BAD = "#1d1d1d", "#8a8a8a", "#c22b00"
_SHOWN = 100
"""Runs of a drawing, the last ones."""


def write_control_csv(charts: Sequence[ControlChart], path: Path) -> None:
    """A row for each run of each chart. Raises SpermViewerError if the file can't be written."""
    with replacing(path) as file, text_of(file) as text:
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        for chart in charts:
            for point in chart.points:
                limits = ("" if value is None else f"{value:.6g}" for value in (chart.expected, point.low, point.high))
                names = (harmless(chart.slide), str(chart.measure), point.at, harmless(point.by))
                rows.writerow([*names, f"{point.value:.6g}", *limits, " ".join(point.broken)])


def control_page(charts: Sequence[ControlChart], model: ModelId, laboratory: str) -> Page:
    """The charts as a page, a part for each control slide."""
    made = moment(datetime.now(UTC).isoformat())
    parts = tuple(
        Part(
            f"Control slide {slide}",
            f"Quality control: {slide}",
            f"{model.name} ({model.sha256[:8]}) · {made}",
            tuple(_blocks(list(of_slide))),
        )
        for slide, of_slide in groupby(charts, lambda chart: chart.slide)
    )
    return Page("Quality control", laboratory, None, parts, f"Sperm Viewer {__version__}, for research use")


def _blocks(charts: Sequence[ControlChart]) -> Iterator[Block]:
    yield Paragraph(
        f"Limits are from the first {BASELINE} runs: three standard deviations, for a proportion the exact binomial "
        "limits with the same chances. Rules: Westgard et al. 1981 (Clin Chem 27, 493-501).",
        quiet=True,
    )
    for chart in charts:
        yield Heading(f"{chart.measure[:1].upper()}{chart.measure[1:]}", 2)
        yield Drawing(control_drawing(chart))
        yield Paragraph(chart.words)


def control_drawing(chart: ControlChart) -> Chart:
    """The runs as points from left to right, the mean and the limits as lines; filled red where a rule is broken."""
    shown = chart.points[-_SHOWN:]
    levels = [value for point in shown for value in (point.value, point.low, point.high) if value is not None]
    bottom, top = min(levels), max(levels)

    def y(value: float) -> float:
        share = (value - bottom) / (top - bottom) if top > bottom else 0.5
        return _HEIGHT - _BELOW - share * (_HEIGHT - _BELOW - _ABOVE)

    step = (WIDTH - _LEFT - _RIGHT) / max(len(shown), 1)
    places = [(_LEFT + step * (number + 0.5), point) for number, point in enumerate(shown)]
    parts = [text_at(_LEFT - 8, y(value), f"{value:.3g}", _INK, "end") for value in dict.fromkeys((bottom, top))]
    if chart.expected is not None:
        parts.append(
            f'<path d="M{_LEFT} {y(chart.expected):.1f}H{WIDTH - _RIGHT}" stroke="{_LIMIT}" stroke-width="1"/>'
        )
    parts += [
        _limits(x, step, y(value)) for x, point in places for value in (point.low, point.high) if value is not None
    ]
    line = " ".join(f"{x:.1f},{y(point.value):.1f}" for x, point in places)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{_INK}" stroke-width="0.8"/>')
    parts += [_dot(x, y(point.value), point) for x, point in places]
    days = [(shown[0], _LEFT, "start"), (shown[-1], WIDTH - _RIGHT, "end")]
    parts += [text_at(x, _HEIGHT - 6, point.at[:10], _LIMIT, anchor) for point, x, anchor in days]
    return chart_of(parts, _HEIGHT, f"{chart.slide}, {chart.measure}, {len(shown)} runs. {chart.words}")


def _limits(x: float, step: float, y: float) -> str:
    return f'<path d="M{x - step / 2:.1f} {y:.1f}h{step:.1f}" stroke="{_LIMIT}" stroke-dasharray="4 3"/>'


def _dot(x: float, y: float, point: ChartPoint) -> str:
    colour, radius = (_BAD, 3.6) if point.broken else (_INK, 2.2)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'
