"""The blocks of a report that show how the measurements of heads are spread."""

from __future__ import annotations

from collections.abc import Iterator

from sperm_viewer.domain.morphometry import FORMULAS
from sperm_viewer.domain.progress import counted
from sperm_viewer.reports.histogram import histogram
from sperm_viewer.reports.measured_spread import MeasuredSpread
from sperm_viewer.reports.page import Block, Drawing, Facts, Heading, Paragraph, Table
from sperm_viewer.reports.report_data import SampleReport

_PIXELS = (
    "The scale of this slide is not known, so lengths are in pixels of its images: they can't be compared with "
    "reference ranges or with another microscope."
)
_COUNTED = (
    "Heads of all counted cells but those whose final class is non-sperm; cells that nobody has read are among them. "
    "95% of the heads lie between the two limits. The outline is measured at half the contrast of the stain."
)


def measurements(sample: SampleReport) -> Iterator[Block]:
    """A table for each slide that has a measured head, histograms of length and width, and the formulas."""
    shown = [(slide.name, slide.measured) for slide in sample.slides if slide.measured]
    if not shown:
        return
    yield Heading("Measurements")
    for name, found in shown:
        heads = counted(max(one.spread.count for one in found), "head")
        yield Heading(f"Slide {name}: {heads}", level=2)
        if found[0].unit == "px":
            yield Paragraph(_PIXELS, keep=True)
        yield Table(
            head=("Measurement", "Unit", "Median", "2.5th percentile", "97.5th percentile", "Heads"),
            rows=tuple(_row(one) for one in found),
            texts=2,
            widths=(2.2, 0.8, 1, 1.5, 1.5, 0.8),
            keep=True,
        )
        yield Drawing(histogram([one for one in found if one.name in ("length", "width")]))
        yield Paragraph(f"Heads by length and width on slide {name}.", quiet=True)
    yield Paragraph(_COUNTED, quiet=True)
    yield Facts(tuple((in_words(name).capitalize(), formula) for name, formula in FORMULAS.items()))


def in_words(name: str) -> str:
    """`acrosome share`."""
    return name.replace("_", " ")


def _row(one: MeasuredSpread) -> tuple[str, ...]:
    values = (one.spread.median, one.spread.low, one.spread.high)
    return (
        *(in_words(one.name).capitalize(), one.unit),
        *(f"{value:.{one.digits}f}" for value in values),
        f"{one.spread.count:,}",
    )
