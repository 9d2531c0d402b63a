"""Histograms of measurements, side by side, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from sperm_viewer.reports.charts import INK, LINE, QUIET, WIDTH, Chart, chart_of, text_at
from sperm_viewer.reports.measured_spread import MeasuredSpread

_HEIGHT, _TOP, _BOTTOM, _GAP = 110.0, 18.0, 22.0, 30.0
_FILL = "#8a8f98"
_DASHED = ' stroke-dasharray="3 2"'


def histogram(shown: Sequence[MeasuredSpread]) -> Chart:
    """A histogram of each, with marks at the median and at the limits that hold 95% of the heads."""
    width = (WIDTH - _GAP * (len(shown) - 1)) / len(shown)
    panels = [_panel(one, number * (width + _GAP), width) for number, one in enumerate(shown)]
    description = "; ".join(map(_describe, shown))
    return chart_of(panels, _HEIGHT, description)


def _describe(one: MeasuredSpread) -> str:
    found = one.spread
    median, low, high = (f"{value:.{one.digits}f}" for value in (found.median, found.low, found.high))
    return f"{one.name.capitalize()} of {found.count:,} heads: median {median}, 95% from {low} to {high} {one.unit}"


def _panel(one: MeasuredSpread, left: float, width: float) -> str:
    found, base = one.spread, _HEIGHT - _BOTTOM
    step, most = width / len(found.bars), max(found.bars)
    parts = [text_at(left, 8, f"{one.name.capitalize()}, {one.unit}", INK, "start")]
    for number, count in enumerate(found.bars):
        high = (base - _TOP) * count / most
        parts.append(
            f'<rect x="{left + number * step:.1f}" y="{base - high:.1f}" width="{max(step - 1, 0.5):.1f}" '
            f'height="{high:.1f}" fill="{_FILL}"/>'
        )
    parts.append(f'<path d="M{left:.1f} {base}H{left + width:.1f}" stroke="{LINE}" stroke-width="1"/>')
    for value, dash in ((found.median, ""), (found.low, _DASHED), (found.high, _DASHED)):
        x = left + (value - found.start) / found.step * step
        parts.append(f'<path d="M{x:.1f} {_TOP}V{base + 3}" stroke="{INK}" stroke-width="1.2"{dash}/>')
    end = found.start + found.step * len(found.bars)
    parts.append(text_at(left, base + 12, f"{found.start:.{one.digits}f}", QUIET, "start"))
    parts.append(text_at(left + width, base + 12, f"{end:.{one.digits}f}", QUIET, "end"))
    return "".join(parts)
