"""From what was gathered to the page: which blocks there are, and what each says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.class_palette import colour_of_class
from sperm_viewer.domain.flags import FLAG_TEXT, Flag
from sperm_viewer.domain.progress import counted
from sperm_viewer.reports.charts import class_chart, slide_chart
from sperm_viewer.reports.gather import Figures, ReportData, is_overruled
from sperm_viewer.reports.page import (
    Block,
    Drawing,
    Gallery,
    GalleryCell,
    Heading,
    KeyFigure,
    Page,
    Paragraph,
    Table,
)
from sperm_viewer.reports.provenance import provenance
from sperm_viewer.reports.report_images import COLOUR_MAP, OPACITY, CellPictures, Picture
from sperm_viewer.reports.wording import interval, moment, percent
from sperm_viewer.statistics.adjusted_proportion import ASSUMPTIONS
from sperm_viewer.statistics.percentages import NOT_NORMAL_FORMS

RESEARCH_ONLY = "Research use only: it explains a classification, it does not diagnose."


def lay_out(data: ReportData, pictures: Mapping[int, CellPictures], logo: Picture | None) -> Page:
    """The page. `pictures` are by cell id; a listed cell without any is listed without."""
    blocks = (
        *_summary(data),
        *_slides(data),
        *_replicates(data),
        *_anomalies(data),
        *_readings(data),
        *_gallery(data, pictures),
        *_listed(data, pictures),
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
    found = total.final.of(normal)
    where = f"on {counted(len(data.slides), 'slide')}" if data.pooled else f"on slide {data.slides[0].name}"
    yield KeyFigure(
        percent(found.percent),
        f"{normal} heads {where}",
        f"{found.count:,} of {total.final.sperm:,} sperm; 95% interval {interval(found.low, found.high)}",
    )
    yield Paragraph(total.final.denominator)
    yield Paragraph(_how_reviewed(total))
    yield from (Paragraph(slide.foreign) for slide in data.slides if slide.foreign)
    yield Paragraph(f"{NOT_NORMAL_FORMS} {RESEARCH_ONLY}", quiet=True)
    if data.pooled:
        rows = [(slide.name, slide.figures.final.of(normal)) for slide in data.slides]
        yield Drawing(slide_chart(normal, rows, data.model.classes))
        yield Paragraph(f"Percent {normal} of sperm on each slide, with 95% Wilson intervals.", quiet=True)


def _how_reviewed(figures: Figures) -> str:
    cells = figures.crops - figures.waiting - figures.final.failed
    said = f"{figures.reviewed:,} of {counted(cells, 'cell')} reviewed by a person; the rest as the model said."
    if figures.final.unresolved:
        said += (
            f" {counted(figures.final.unresolved, 'cell')} referred by the model and not yet reviewed: not in the "
            "percentages."
        )
    if figures.waiting:
        said += f" {counted(figures.waiting, 'crop')} not scored yet."
    return said


def _slides(data: ReportData) -> Iterator[Block]:
    yield Heading("Slides")
    yield from _details(data)
    for slide in data.slides:
        yield Heading(slide.name, level=2)
        yield from _classes(data, slide.figures)
        if slide.checked:
            yield Paragraph(
                f"Check of the model: a person labelled cells of this slide, drawn by chance, without its answers. "
                f"{slide.checked}"
            )
    if data.pooled:
        yield Heading("All slides together", level=2)
        yield from _classes(data, data.pooled)
    if any(slide.figures.corrected for slide in data.slides):
        yield Paragraph(
            f"The corrected share's interval holds chance on the slide and the uncertainty of the model's error rates. "
            f"{ASSUMPTIONS}",
            quiet=True,
        )


def _details(data: ReportData) -> Iterator[Block]:
    """What the laboratory says of each slide, where it says anything, and how far each is.

    A column that says nothing of any slide is left out, so an uncalibrated session has no micrometres.
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
    said = {title: column for title, column in columns.items() if any(column)}
    if len(said) > 1:
        yield Table(
            head=tuple(said),
            rows=tuple(zip(*said.values(), strict=True)),
            texts=len(said),
            widths=tuple(_room(title, column) for title, column in said.items()),
        )
    yield Table(
        head=("Slide", "Crops", "Not scored", "Failed", "Referred", "Reviewed", "Sperm"),
        rows=tuple((slide.name, *(f"{number:,}" for number in _numbers(slide.figures))) for slide in data.slides),
        texts=1,
        widths=(2.5, 1, 1, 1, 1, 1, 1),
    )


def _numbers(figures: Figures) -> tuple[int, ...]:
    final = figures.final
    return figures.crops, figures.waiting, final.failed, figures.referred, figures.reviewed, final.sperm


def _room(title: str, column: Sequence[str]) -> float:
    """How wide a column wants to be, in characters: a long entry wraps, a title between its words."""
    return 3.0 + max(max(map(len, title.split()), default=0), *(min(len(text), 18) for text in column))


def _classes(data: ReportData, figures: Figures) -> Iterator[Block]:
    alone = {found.name: found for found in figures.alone.classes}
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
        for found in figures.final.classes
    ]
    yield Table(
        head=("Class", "Cells", "Of sperm", "95% interval", "Model alone", "Of sperm", "95% interval"),
        rows=tuple(rows),
        texts=1,
        widths=(2.0, 1.0, 1.1, 1.7, 1.3, 1.1, 1.7),
        colours=tuple(colour_of_class(row[0], data.model.classes) for row in rows),
        keep=True,
    )
    yield Drawing(class_chart(figures.final, figures.alone, data.model.classes))
    rings = f" Rings: the model alone, of {figures.alone.sperm:,} sperm." if figures.alone.sperm else ""
    remarks = [*_corrected(data, figures), *(text for text in figures.final.caveats if text != NOT_NORMAL_FORMS)]
    caption = f"{figures.final.denominator} Bars: final figures with 95% Wilson intervals.{rings}"
    yield Paragraph(caption, quiet=True, keep=bool(remarks))
    yield from (Paragraph(text, keep=text != remarks[-1]) for text in remarks)


def _corrected(data: ReportData, figures: Figures) -> Iterator[str]:
    normal, share = data.model.normal_class, figures.corrected
    if share is None:
        if data.spec is None:
            yield "No corrected share: the model that scored this session is not installed here."
        elif data.spec.confusion is None:
            yield "No corrected share: the errors of this model have not been measured."
        return
    if share.percent is None:
        yield from (text for text in share.caveats if text != ASSUMPTIONS)
        return
    yield (
        f"Corrected for the model's known errors: {percent(share.percent)} {normal} "
        f"({interval(share.low, share.high)}); not corrected, {percent(share.plain_percent)} "
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
    """Only where a reader ticked any; a slide whose indices can't be told says why."""
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
        "Teratozoospermia index: defective regions (head, midpiece, tail, cytoplasm), each at most once a sperm, over "
        "abnormal sperm. Multiple anomalies index: all anomalies over abnormal sperm. Sperm deformity index: all "
        "anomalies over all sperm. As the readers ticked them.",
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
        head=("Readings", "Agree on", "Per cent", "95% interval", "Cohen's kappa", "95% interval"),
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


def _gallery(data: ReportData, pictures: Mapping[int, CellPictures]) -> Iterator[Block]:
    yield Heading("Cells of each class")
    yield Paragraph(
        "Crop and heatmap (Grad-CAM++, refined where the model is installed) of cells that are evenly spread over the "
        f"session; nobody picked them. The heatmap shows where the model looked, in {COLOUR_MAP} from blue (cold) to "
        f"yellow (hot), at {OPACITY:.0%} opacity.",
        quiet=True,
        keep=True,
    )
    for shown in data.gallery:
        yield Heading(f"{shown.name}: {len(shown.cells):,} of {counted(shown.of, 'cell')}", level=2)
        yield Gallery(tuple(GalleryCell(pictures[cell.id], _name(data, cell), _in_short(cell)) for cell in shown.cells))


def _in_short(cell: Cell) -> str:
    if cell.prediction is None:
        return "failed"
    said = f"{cell.prediction.first} {cell.prediction.confidence:.2f}"
    return f"model: {said}" if is_overruled(cell) else said


def _listed(data: ReportData, pictures: Mapping[int, CellPictures]) -> Iterator[Block]:
    if not data.listed:
        return
    yield Heading("Referred and overruled cells")
    more = "" if data.to_list == len(data.listed) else f" The first {len(data.listed):,} are listed here."
    without = sum(cell.id not in pictures for cell in data.listed)
    blank = f" The last {without:,} are listed without pictures." if without else ""
    yield Paragraph(
        f"{counted(data.to_list, 'cell')} that the model referred to a person, or to which a person gave another class "
        f"than the model's first choice.{more}{blank}",
        quiet=True,
        keep=True,
    )
    noted = any(cell.verdict and cell.verdict.note for cell in data.listed)
    columns = 6 if noted else 5
    yield Table(
        head=("", "Cell", "Model", "Why it is here", "Verdict", "Note")[:columns],
        rows=tuple(_listed_row(data, cell)[:columns] for cell in data.listed),
        texts=columns,
        widths=(1.7, 2.2, 1.8, 1.8, 2.1, 2.2)[:columns],
        pictures=tuple(pictures.get(cell.id) for cell in data.listed),
    )
    used = [flag for flag in Flag if any(flag in cell.flags for cell in data.listed)]
    if used:
        yield Paragraph(" ".join(f"{_word(flag)}: {FLAG_TEXT[flag]}" for flag in used), quiet=True)


def _listed_row(data: ReportData, cell: Cell) -> tuple[str, ...]:
    prediction, verdict = cell.prediction, cell.verdict
    why = []
    if cell.status is Status.REFERRED:
        why.append(f"referred: {', '.join(_word(flag) for flag in Flag if flag in cell.flags)}")
    if is_overruled(cell):
        why.append("overruled")
    return (
        "",
        _name(data, cell),
        f"{prediction.first} {prediction.confidence:.2f}" if prediction else "",
        "; ".join(why),
        f"{verdict.said}, {verdict.reviewer}" if verdict and verdict.said else "not reviewed",
        verdict.note if verdict else "",
    )


def _word(flag: Flag) -> str:
    return flag.value.replace("-", " ")


def _name(data: ReportData, cell: Cell) -> str:
    page = f" (page {cell.ref.page})" if cell.ref.page else ""
    slide = f"{cell.ref.slide} / " if data.pooled else ""
    return f"{slide}{cell.ref.path.name}{page}"
