"""Lays out the page of a report: a part per sample, from its headline to how it was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sperm_viewer.domain.progress import counted
from sperm_viewer.reports.cell_blocks import cells_set_aside, failed_cells, gallery, listed_cells
from sperm_viewer.reports.charts import slide_chart
from sperm_viewer.reports.figure_blocks import agreement, defects, replicates, slides
from sperm_viewer.reports.measured_blocks import measurements
from sperm_viewer.reports.page import Block, Drawing, KeyFigure, Page, Paragraph, Part
from sperm_viewer.reports.provenance import provenance
from sperm_viewer.reports.report_data import ReportData, SampleReport
from sperm_viewer.reports.report_images import CellImages, ReportImage
from sperm_viewer.reports.request import Section
from sperm_viewer.reports.wording import moment
from sperm_viewer.statistics.headline import Headline
from sperm_viewer.statistics.percentages import NOT_NORMAL_FORMS

RESEARCH_ONLY = "Research use only: it explains a classification, it does not diagnose."
TITLE = "Sperm head morphology"


def lay_out(
    data: ReportData,
    images: Mapping[int, CellImages],
    logo: ReportImage | None,
    sections: frozenset[Section] = frozenset(Section),
) -> Page:
    """The page. `images` are by cell id; a listed cell without any is listed without."""
    return Page(
        title=f"{TITLE}: {', '.join(sample.identifier for sample in data.samples)}",
        laboratory=data.laboratory,
        logo=logo,
        parts=tuple(_part(data, sample, images, sections) for sample in data.samples),
        foot=f"{RESEARCH_ONLY} Audit trail: {data.verification.head.rows:,} rows, {data.verification.head.hash[:16]}…",
    )


def _part(
    data: ReportData, sample: SampleReport, images: Mapping[int, CellImages], sections: frozenset[Section]
) -> Part:
    found = {
        Section.SLIDES: slides(data, sample),
        Section.MEASUREMENTS: measurements(sample),
        Section.REPLICATES: replicates(sample),
        Section.DEFECTS: defects(sample),
        Section.AGREEMENT: agreement(data, sample),
        Section.GALLERY: gallery(sample, images),
        Section.CELLS: (*listed_cells(sample, images), *cells_set_aside(sample), *failed_cells(sample)),
    }
    chosen = (block for section, blocks in found.items() if section in sections for block in blocks)
    return Part(
        head=f"Sample {sample.identifier} · {report_number(sample)} · Sperm Viewer {data.app_version}",
        title=f"{TITLE}: sample {sample.identifier}",
        subtitle=f"{report_number(sample).capitalize()} · {counted(len(sample.slides), 'slide')} · "
        f"{moment(data.made_at)} · {data.session}",
        blocks=(*_summary(data, sample), *chosen, *provenance(data, sample)),
    )


def report_number(sample: SampleReport) -> str:
    """`report 2, amended, not authorised`."""
    state = sample.state
    amended = ", amended" if state.replaces else ""
    return f"report {state.number}{amended}, {'authorised' if state.authorised else 'not authorised'}"


def _summary(data: ReportData, sample: SampleReport) -> Iterator[Block]:
    normal = data.model.normal_class
    yield key_figure(data, sample)
    yield from (Paragraph(text) for text in state_sentences(sample))
    yield from (Paragraph(text) for text in plain_counts(data, sample))
    yield from (Paragraph(slide.unfamiliar) for slide in sample.slides if slide.unfamiliar)
    yield Paragraph(f"{NOT_NORMAL_FORMS} {RESEARCH_ONLY}")
    if sample.several:
        rows = [(slide.name, slide.figures.counts.final.of(normal)) for slide in sample.slides]
        yield Drawing(slide_chart(normal, rows, data.model.classes))
        yield Paragraph(
            f"Percent {normal} of sperm on each slide as classified by reader and model, with 95% Wilson intervals.",
            quiet=True,
        )


def key_figure(data: ReportData, sample: SampleReport) -> KeyFigure:
    normal, found = data.model.normal_class, sample.headline
    label = f"{normal} heads of all sperm in sample {sample.identifier}"
    if found is None:
        return KeyFigure("–", label, f"Not estimated: {_why_no_headline(data)}")
    shown = found.printed
    if shown is None:
        return KeyFigure("–", f"{label}: withheld", " ".join(found.withheld))
    low, high = (f"{value:.{shown.decimals}f}" for value in (shown.low, shown.high))
    return KeyFigure(f"{shown.percent:.{shown.decimals}f}%", label, f"95% interval {low} to {high}%. {_source(found)}")


def _why_no_headline(data: ReportData) -> str:
    if data.spec is None:
        return "the model that scored this session is not installed here."
    return "the errors of this model have not been measured."


def _source(found: Headline) -> str:
    if not found.unread:
        return f"Every cell was read: {found.read_normal:,} of {found.read_sperm:,} sperm."
    return (
        f"Estimated from {counted(found.read, 'cell')} read by a person and {found.unread:,} left to the model, with "
        f"the errors that the model is known to make; about {found.sperm:,} of all are sperm."
    )


def plain_counts(data: ReportData, sample: SampleReport) -> Iterator[str]:
    """What was read and what the model answered, slide by slide together, as plain counts."""
    normal, found = data.model.normal_class, sample.headline
    if found and found.unread:
        yield (
            f"Read: {found.read_normal:,} {normal} of {found.read_sperm:,} sperm. Not read: the model called "
            f"{found.called_normal:,} of {found.unread:,} cells {normal}; a model's answers are not a count."
        )
    parts = [slide.figures for slide in sample.slides]
    counts = [figures.counts for figures in parts]
    cells, unread = sum(each.cells for each in counts), sample.share.referred_unread
    singly, blind, in_bulk = (sum(getattr(each, how) for each in counts) for how in ("singly", "blind", "in_bulk"))
    text = f"Of {counted(cells, 'cell')}, a person read {singly:,} one by one and {blind:,} blind."
    if in_bulk:
        text += f" {in_bulk:,} were accepted in bulk, which is not reading."
    if unread:
        text += f" {counted(unread, 'cell')} that the model referred to a person {_was(unread)} not read yet."
    failed, waiting = sum(each.failed for each in counts), sum(figures.waiting for figures in parts)
    if failed:
        text += f" {counted(failed, 'file')} could not be scored."
    if waiting:
        text += f" {counted(waiting, 'image')} not scored yet."
    yield text


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def state_sentences(sample: SampleReport) -> Iterator[str]:
    """Whether the report was authorised, which one it replaces, and what has changed since."""
    state = sample.state
    if state.authorised:
        known = state.authorised
        yield (
            f"Report {state.number}, authorised by {known.reader} on {moment(known.at)}, with Sperm Viewer "
            f"{known.app_version}, on {known.audit_rows:,} rows of the audit trail, the last one's hash "
            f"{known.audit_hash}."
        )
    elif state.replaces:
        last = state.replaces
        yield (
            f"Report {state.number}, amended, replaces report {last.number} of {moment(last.at)} by {last.reader}. It "
            "is not authorised."
        )
        if state.changes:
            yield f"Changed since: {'; '.join(state.changes)}."
        differ = "; ".join(f"{name}: {before}, now {now}" for name, before, now in state.figures_before)
        yield f"Figures that differ: {differ}." if differ else "No figure differs."
    else:
        yield f"Report {state.number}. It is not authorised."
