"""The blocks that show the figures of a sample: its slides, replicates, defects and agreement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from sperm_viewer.domain.anomalies import Region
from sperm_viewer.domain.class_palette import colour_of_class
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.reports.charts import class_chart
from sperm_viewer.reports.page import Block, Drawing, Facts, Heading, Paragraph, Table
from sperm_viewer.reports.report_data import Figures, ReportData, SampleReport
from sperm_viewer.reports.wording import interval, percent
from sperm_viewer.session.agreements import FIRST_READER, Outcome, ReadingsSideBySide, Side
from sperm_viewer.statistics.indices import Defects
from sperm_viewer.statistics.percentages import NOT_NORMAL_FORMS

NOT_STATED = "not stated"
_SLIDE_DETAILS = {
    "stain": "stain",
    "fixation": "fixation",
    "magnification": "magnification",
    "objective": "objective",
    "um_per_px": "µm per pixel",
    "criteria": "counting criteria",
    "scale_source": "scale from",
    "scale_size": "scale of images of (px)",
}
REGION_TEXT = {
    Region.HEAD: "Head",
    Region.MIDPIECE: "Midpiece",
    Region.TAIL: "Tail",
    Region.CYTOPLASM: "Residual cytoplasm",
}
INDICES = (
    "Head, midpiece, tail and residual cytoplasm: sperm with such a defect, in percent of all sperm. Teratozoospermia "
    "index: defective regions, each at most once per sperm, over abnormal sperm. Multiple anomalies index: all "
    "anomalies over abnormal sperm. Sperm deformity index: defects over all sperm; each head defect counts, but at "
    "most one of the midpiece and one of the tail. Anomalies as ticked by the readers; a sperm without a tick counts "
    "as free of them."
)
SPOT_CHECK = "Spot check of the model: a person labelled random cells of this slide without seeing its answers."
NOT_BLIND = (
    "The first reader could see the model's answers, and only cells that were read are compared, so the agreement of "
    "model and first reader is neither blind nor the model's accuracy on the sample."
)


def slides(data: ReportData, sample: SampleReport) -> Iterator[Block]:
    yield Heading("Sample and slides")
    details = sample.details
    yield Facts(
        (
            ("Sample", sample.identifier),
            ("Collected", details.collected or NOT_STATED),
            ("Received", details.received or NOT_STATED),
            ("Requester", details.requester or NOT_STATED),
        )
    )
    rows = [(slide.name, *stated_and_missing(slide.details)) for slide in sample.slides]
    yield Table(head=("Slide", "Stated", "Not stated"), rows=tuple(rows), texts=3, widths=(2, 4, 3))
    yield Table(
        head=("Slide", "Crops", "Not scored", "Failed", "Referred", "Read", "In bulk", "Sperm"),
        rows=tuple((slide.name, *(f"{n:,}" for n in _numbers(slide.figures))) for slide in sample.slides),
        texts=1,
        widths=(2.5, 1, 1, 1, 1, 1, 1, 1),
    )
    for slide in sample.slides:
        yield Heading(f"Slide {slide.name}", level=2)
        yield from _classes(data, slide.figures)
        if slide.checked:
            yield Paragraph(f"{SPOT_CHECK} {slide.checked}")
    if sample.several:
        yield Heading("All slides together", level=2)
        yield from _classes(data, sample.total) if sample.total else [Paragraph(sample.not_pooled)]


def stated_and_missing(details: SlideDetails) -> tuple[str, str]:
    """The details of a slide that a laboratory stated, and the names of the others."""
    values = {_SLIDE_DETAILS[name]: value for name, value in asdict(details).items()}
    stated = [
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
        if value
    ]
    return ", ".join(stated) or "–", ", ".join(name for name, value in values.items() if not value) or "–"


def _numbers(figures: Figures) -> tuple[int, ...]:
    counts = figures.counts
    return (
        *(figures.crops, figures.waiting, counts.failed, counts.referred),
        *(counts.read, counts.in_bulk, counts.final.sperm),
    )


def _classes(data: ReportData, figures: Figures) -> Iterator[Block]:
    alone = {found.name: found for found in figures.counts.model.classes}
    rows = [
        (
            found.name,
            f"{found.count:,}",
            percent(found.percent),
            interval(found.low, found.high),
            f"{alone[found.name].count:,}" if found.name in alone else "–",
            percent(alone[found.name].percent) if found.name in alone else "–",
            interval(alone[found.name].low, alone[found.name].high) if found.name in alone else "–",
        )
        for found in figures.counts.final.classes
    ]
    yield Table(
        head=("Class", "Cells", "Of sperm", "95% interval", "Model alone", "Of sperm", "95% interval"),
        rows=tuple(rows),
        texts=1,
        widths=(2.0, 1.0, 1.1, 1.7, 1.3, 1.1, 1.7),
        colours=tuple(colour_of_class(row[0], data.model.classes) for row in rows),
        keep=True,
    )
    yield Drawing(class_chart(figures.counts.final, figures.counts.model, data.model.classes))
    rings = f" Rings: the model alone, of {figures.counts.model.sperm:,} sperm." if figures.counts.model.sperm else ""
    remarks = [text for text in figures.counts.final.caveats if text != NOT_NORMAL_FORMS]
    caption = f"{figures.counts.final.denominator} Bars: final figures with 95% Wilson intervals.{rings}"
    yield Paragraph(caption, quiet=True, keep=bool(remarks))
    yield from (Paragraph(text, keep=text != remarks[-1]) for text in remarks)


def replicates(sample: SampleReport) -> Iterator[Block]:
    if not sample.replicates:
        return
    yield Heading("Replicates")
    for pair in sample.replicates:
        if pair.comparison is None:
            yield Paragraph(f"{pair.first} and {pair.second} can't be compared: one of them has no sperm.")
            continue
        caveats = pair.comparison.caveats
        yield Paragraph(f"{pair.first} and {pair.second}. {pair.comparison.words}", keep=bool(caveats))
        yield from (Paragraph(text, quiet=True, keep=text != caveats[-1]) for text in caveats)
    if sample.not_pooled:
        yield Paragraph(sample.not_pooled)


def defects(sample: SampleReport) -> Iterator[Block]:
    """Only if a reader ticked an anomaly; a slide without figures explains why."""
    parts = [(slide.name, slide.figures.defects) for slide in sample.slides]
    if sample.total and sample.several:
        parts.append(("All slides", sample.total.defects))
    known = [(name, found) for name, found in parts if found]
    if not known:
        return
    yield Heading("Defects")
    yield Table(
        head=("Slide", "Sperm", "Abnormal", *REGION_TEXT.values(), "TZI", "MAI", "SDI"),
        rows=tuple(
            (
                *(name, f"{found.sperm:,}", f"{found.abnormal:,}"),
                *(percent(found.percent(region)) for region in REGION_TEXT),
                *(_index(value) for value in (found.tzi, found.mai, found.sdi)),
            )
            for name, found in known
        ),
        texts=1,
        widths=(2.4, 1, 1.3, 1, 1.2, 1, 1.4, 0.9, 0.9, 0.9),
        keep=True,
    )
    for name, found in known:
        yield from (Paragraph(f"{name}: {text}") for text in defect_remarks(found))
    yield Paragraph(INDICES, quiet=True)


def defect_remarks(found: Defects) -> Iterator[str]:
    """What must be known about the figures on defects, in sentences."""
    if found.called_normal:
        has = "has" if found.called_normal == 1 else "have"
        yield (
            f"{found.called_normal:,} sperm called normal {has} a ticked defect. A sperm with a defect is no normal "
            "form, so it counts as abnormal here."
        )
    if found.reason:
        yield found.reason


def _index(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def consensus(found: ReadingsSideBySide) -> str:
    """How many cells were read twice or more, and what their readings come to."""
    parts = ", ".join(f"{outcome}: {found.count(outcome):,}" for outcome in Outcome if found.count(outcome))
    return (
        f"{counted(len(found.rows), 'cell')} in two readings or more ({parts}). The first reading decides the "
        "final classes; an adjudication does not change them. Answers accepted in bulk are no reading."
    )


def agreement(data: ReportData, sample: SampleReport) -> Iterator[Block]:
    if not sample.readings:
        return
    yield Heading("Agreement")
    rows = []
    for each in sample.readings:
        found = each.agreement
        kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
        low, high = found.kappa_low, found.kappa_high
        span = "–" if low is None or high is None else f"{low:.2f} to {high:.2f}"
        share = (f"{found.agreed:,} of {found.cells:,}", percent(found.percent), interval(found.low, found.high))
        rows.append((f"{each.one} and {each.other}", *share, kappa, span, str(each.side)))
    yield Table(
        head=("Readings", "Agree on", "Percent", "95% interval", "Cohen's kappa", "95% interval", "Compared"),
        rows=tuple(rows),
        texts=1,
        widths=(2.6, 1.4, 0.9, 1.5, 1.2, 1.4, 1.6),
    )
    if any((each.side, each.other) == (Side.MODEL, FIRST_READER) for each in sample.readings):
        yield Paragraph(NOT_BLIND)
    for each in sample.readings:
        if each.agreement.note:
            yield Paragraph(f"{str(each.one).capitalize()} and {each.other}: {each.agreement.note}", quiet=True)
    yield Paragraph(consensus(sample.side_by_side))
    for each in sample.readings:
        classes, counts = each.agreement.confusion.classes, each.agreement.confusion.counts
        yield Heading(f"{str(each.one).capitalize()} (rows) and {each.other} (columns)", level=2)
        yield Table(
            head=("", *classes),
            rows=tuple((name, *(f"{count:,}" for count in row)) for name, row in zip(classes, counts, strict=True)),
            texts=1,
            widths=(2.0, *(1.0 for _ in classes)),
            colours=tuple(colour_of_class(name, data.model.classes) for name in classes),
        )
