"""Lays out the page of a report: its blocks and their text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sperm_viewer.domain.class_palette import colour_of_class
from sperm_viewer.domain.progress import counted
from sperm_viewer.reports.cell_blocks import gallery, listed_cells
from sperm_viewer.reports.charts import class_chart, slide_chart
from sperm_viewer.reports.gather import Figures, ReportData
from sperm_viewer.reports.page import (
    Block,
    Drawing,
    Heading,
    KeyFigure,
    Page,
    Paragraph,
    Table,
)
from sperm_viewer.reports.provenance import provenance
from sperm_viewer.reports.report_images import CellImages, ReportImage
from sperm_viewer.reports.wording import interval, moment, percent
from sperm_viewer.statistics.adjusted_proportion import ASSUMPTIONS
from sperm_viewer.statistics.percentages import NOT_NORMAL_FORMS

RESEARCH_ONLY = "Research use only: it explains a classification, it does not diagnose."


def lay_out(data: ReportData, images: Mapping[int, CellImages], logo: ReportImage | None) -> Page:
    """The page. `images` are by cell id; a listed cell without any is listed without."""
    blocks = (
        *_summary(data),
        *_slides(data),
        *_replicates(data),
        *_anomalies(data),
        *_readings(data),
        *gallery(data, images),
        *listed_cells(data, images),
        *provenance(data),
    )
    return Page(
        title="Sperm head morphology",
        laboratory=data.laboratory,
        logo=logo,
        subtitle=f"{data.session} · {counted(len(data.slides), 'slide')} · {moment(data.made_at)}",
        blocks=blocks,
        foot=f"{RESEARCH_ONLY} Audit trail: {data.verification.head.rows:,} rows, {data.verification.head.hash[:16]}…",
    )


def _summary(data: ReportData) -> Iterator[Block]:
    total, normal = data.total, data.model.normal_class
    found = total.counts.final.of(normal)
    where = f"on {counted(len(data.slides), 'slide')}" if data.pooled else f"on slide {data.slides[0].name}"
    yield KeyFigure(
        percent(found.percent),
        f"{normal} heads {where}",
        f"{found.count:,} of {total.counts.final.sperm:,} sperm; 95% interval {interval(found.low, found.high)}",
    )
    yield Paragraph(total.counts.final.denominator)
    yield Paragraph(_review_progress(total))
    yield from (Paragraph(slide.unfamiliar) for slide in data.slides if slide.unfamiliar)
    yield Paragraph(f"{NOT_NORMAL_FORMS} {RESEARCH_ONLY}", quiet=True)
    if data.pooled:
        rows = [(slide.name, slide.figures.counts.final.of(normal)) for slide in data.slides]
        yield Drawing(slide_chart(normal, rows, data.model.classes))
        yield Paragraph(f"Percent {normal} of sperm on each slide, with 95% Wilson intervals.", quiet=True)


def _review_progress(figures: Figures) -> str:
    counts, unresolved = figures.counts, figures.counts.final.unresolved
    text = (
        f"{counts.reviewed:,} of {counted(counts.cells, 'cell')} reviewed by a person; the rest as the model answered."
    )
    if unresolved:
        text += (
            f" {counted(unresolved, 'cell')} referred by the model and not yet reviewed: excluded from the percentages."
        )
    if figures.waiting:
        text += f" {counted(figures.waiting, 'crop')} not scored yet."
    return text


def _slides(data: ReportData) -> Iterator[Block]:
    yield Heading("Slides")
    yield from _details(data)
    for slide in data.slides:
        yield Heading(slide.name, level=2)
        yield from _classes(data, slide.figures)
        if slide.checked:
            yield Paragraph(
                f"Spot check of the model: a person labelled random cells of this slide without seeing its answers. "
                f"{slide.checked}"
            )
    if data.pooled:
        yield Heading("All slides together", level=2)
        yield from _classes(data, data.pooled)
    if any(slide.figures.adjusted for slide in data.slides):
        yield Paragraph(
            "The interval of the adjusted proportion includes chance on the slide and the uncertainty of the model's "
            "error rates. "
            f"{ASSUMPTIONS}",
            quiet=True,
        )


def _details(data: ReportData) -> Iterator[Block]:
    """The laboratory's details of each slide, and its progress.

    A column that is empty for all slides is left out, so an uncalibrated session has no micrometres.
    """
    columns = {
        "Slide": [slide.name for slide in data.slides],
        "Identifier": [slide.details.identifier for slide in data.slides],
        "Date": [slide.details.date for slide in data.slides],
        "Stain": [slide.details.stain for slide in data.slides],
        "Magnification": [slide.details.magnification for slide in data.slides],
        "µm per pixel": [f"{um:g}" if (um := slide.details.um_per_px) else "" for slide in data.slides],
        "Replicate of": [slide.details.replicate_of for slide in data.slides],
    }
    filled = {title: column for title, column in columns.items() if any(column)}
    if len(filled) > 1:
        yield Table(
            head=tuple(filled),
            rows=tuple(zip(*filled.values(), strict=True)),
            texts=len(filled),
            widths=tuple(_room(title, column) for title, column in filled.items()),
        )
    yield Table(
        head=("Slide", "Crops", "Not scored", "Failed", "Referred", "Reviewed", "Sperm"),
        rows=tuple((slide.name, *(f"{number:,}" for number in _numbers(slide.figures))) for slide in data.slides),
        texts=1,
        widths=(2.5, 1, 1, 1, 1, 1, 1),
    )


def _numbers(figures: Figures) -> tuple[int, ...]:
    final = figures.counts.final
    return figures.crops, figures.waiting, final.failed, figures.counts.referred, figures.counts.reviewed, final.sperm


def _room(title: str, column: Sequence[str]) -> float:
    """The preferred width of a column in characters: long entries wrap, titles only between words."""
    return 3.0 + max(max(map(len, title.split()), default=0), *(min(len(text), 18) for text in column))


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
    remarks = [*_adjusted(data, figures), *(text for text in figures.counts.final.caveats if text != NOT_NORMAL_FORMS)]
    caption = f"{figures.counts.final.denominator} Bars: final figures with 95% Wilson intervals.{rings}"
    yield Paragraph(caption, quiet=True, keep=bool(remarks))
    yield from (Paragraph(text, keep=text != remarks[-1]) for text in remarks)


def _adjusted(data: ReportData, figures: Figures) -> Iterator[str]:
    normal, share = data.model.normal_class, figures.adjusted
    if share is None:
        if data.spec is None:
            yield "No adjusted proportion: the model that scored this session is not installed here."
        elif data.spec.confusion is None:
            yield "No adjusted proportion: the errors of this model have not been measured."
        return
    if share.percent is None:
        yield from (text for text in share.caveats if text != ASSUMPTIONS)
        return
    yield (
        f"Adjusted for the model's known errors: {percent(share.percent)} {normal} "
        f"({interval(share.low, share.high)}); not adjusted, {percent(share.plain_percent)} "
        f"({interval(share.plain_low, share.plain_high)}). Cells left to the model: {share.unreviewed:,}."
    )


def _replicates(data: ReportData) -> Iterator[Block]:
    if not data.replicates:
        return
    yield Heading("Replicates")
    for pair in data.replicates:
        if pair.comparison is None:
            yield Paragraph(f"{pair.first} and {pair.second} can't be compared: one of them has no sperm.")
            continue
        yield Paragraph(f"{pair.first} and {pair.second}. {pair.comparison.words}")
        yield from (Paragraph(text, quiet=True) for text in pair.comparison.caveats)


def _anomalies(data: ReportData) -> Iterator[Block]:
    """Only if a reader ticked any; a slide without indices explains why."""
    parts = [(slide.name, slide.figures.indices) for slide in data.slides]
    if data.pooled:
        parts.append(("All slides", data.pooled.indices))
    known = [(name, indices) for name, indices in parts if indices]
    if not known:
        return
    yield Heading("Anomalies")
    yield Table(
        head=("Slide", "Sperm", "Abnormal", "TZI", "MAI", "SDI"),
        rows=tuple(
            (name, f"{i.sperm:,}", f"{i.abnormal:,}", *(_index(value) for value in (i.tzi, i.mai, i.sdi)))
            for name, i in known
        ),
        texts=1,
        widths=(3, 1, 1, 1, 1, 1),
    )
    yield from (Paragraph(f"{name}: {indices.reason}") for name, indices in known if indices.reason)
    yield Paragraph(
        "Teratozoospermia index: defective regions (head, midpiece, tail, cytoplasm), each at most once per sperm, "
        "over abnormal sperm. Multiple anomalies index: all anomalies over abnormal sperm. Sperm deformity index: all "
        "anomalies over all sperm. Anomalies as ticked by the readers.",
        quiet=True,
    )


def _index(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _readings(data: ReportData) -> Iterator[Block]:
    if not data.readings:
        return
    yield Heading("Agreement")
    rows = []
    for each in data.readings:
        found = each.agreement
        kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
        low, high = found.kappa_low, found.kappa_high
        span = "–" if low is None or high is None else f"{low:.2f} to {high:.2f}"
        share = (f"{found.agreed:,} of {found.cells:,}", percent(found.percent), interval(found.low, found.high))
        rows.append((f"{each.one} and {each.other}", *share, kappa, span))
    yield Table(
        head=("Readings", "Agree on", "Percent", "95% interval", "Cohen's kappa", "95% interval"),
        rows=tuple(rows),
        texts=1,
        widths=(2.6, 1.5, 1, 1.6, 1.3, 1.4),
    )
    for each in data.readings:
        if each.agreement.note:
            yield Paragraph(f"{each.one} and {each.other}: {each.agreement.note}", quiet=True)
        classes, counts = each.agreement.confusion.classes, each.agreement.confusion.counts
        yield Heading(f"{str(each.one).capitalize()} (rows) and {each.other} (columns)", level=2)
        yield Table(
            head=("", *classes),
            rows=tuple((name, *(f"{count:,}" for count in row)) for name, row in zip(classes, counts, strict=True)),
            texts=1,
            widths=(2.0, *(1.0 for _ in classes)),
            colours=tuple(colour_of_class(name, data.model.classes) for name in classes),
        )
