"""The blocks that show single cells: the gallery of each class, and the list of referred and overruled cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.flags import FLAG_TEXT, Flag
from sperm_viewer.domain.progress import counted
from sperm_viewer.imaging.overlay import CONTOURS
from sperm_viewer.reports.gather import is_overruled
from sperm_viewer.reports.page import Block, Gallery, GalleryCell, Heading, Paragraph, Table
from sperm_viewer.reports.report_data import SampleReport
from sperm_viewer.reports.report_images import OPACITY, CellImages


def gallery(sample: SampleReport, images: Mapping[int, CellImages]) -> Iterator[Block]:
    yield Heading("Cells of each class")
    yield Paragraph(
        "Crop and heatmap (Grad-CAM++, refined) of cells that are spread evenly over the sample; nobody selected them. "
        "All are at one scale: squares of 15 µm on slides whose scale is known, else of one size in px on each slide. "
        "The heatmap shows where the model looked: its lines hold "
        f"{CONTOURS[0]:.0%} and {CONTOURS[1]:.0%} of the heat, and it is drawn at {OPACITY:.0%} opacity. "
        "The lines are dashed if the map could not be refined.",
        quiet=True,
        keep=True,
    )
    for shown in sample.gallery:
        yield Heading(f"{shown.name}: {len(shown.cells):,} of {counted(shown.of, 'cell')}", level=2)
        yield Gallery(tuple(GalleryCell(images[cell.id], _name(sample, cell), _note(cell)) for cell in shown.cells))


def _note(cell: Cell) -> str:
    if cell.prediction is None:
        return "failed"
    text = f"{cell.prediction.first} {cell.prediction.confidence:.2f}"
    return f"model: {text}" if is_overruled(cell) else text


def listed_cells(sample: SampleReport, images: Mapping[int, CellImages]) -> Iterator[Block]:
    if not sample.listed:
        return
    yield Heading("Referred and overruled cells")
    more = "" if sample.to_list == len(sample.listed) else f" The first {len(sample.listed):,} are listed here."
    # A cell further down may have images for the gallery; the list shows them without a gap or not at all.
    shown = [images[cell.id] for cell in takewhile(lambda cell: cell.id in images, sample.listed)]
    without = len(sample.listed) - len(shown)
    blank = f" The last {without:,} are listed without images." if without else ""
    yield Paragraph(
        f"{counted(sample.to_list, 'cell')} that the model referred to a person, or to which a person gave another "
        f"class than the model's first choice.{more}{blank}",
        quiet=True,
        keep=True,
    )
    noted = any(cell.verdict and cell.verdict.note for cell in sample.listed)
    columns = 6 if noted else 5
    yield Table(
        head=("", "Cell", "Model", "Reason", "Verdict", "Note")[:columns],
        rows=tuple(_listed_row(sample, cell)[:columns] for cell in sample.listed),
        texts=columns,
        widths=(1.7, 2.1, 1.8, 2.2, 2.0, 2.2)[:columns],
        images=(*shown, *[None] * without),
    )
    used = [flag for flag in Flag if any(flag in cell.flags for cell in sample.listed)]
    if used:
        yield Paragraph(" ".join(f"{_word(flag)}: {FLAG_TEXT[flag]}" for flag in used), quiet=True)


def _listed_row(sample: SampleReport, cell: Cell) -> tuple[str, ...]:
    prediction, verdict = cell.prediction, cell.verdict
    why = []
    if cell.status is Status.REFERRED:
        why.append(f"referred: {', '.join(_word(flag) for flag in Flag if flag in cell.flags)}")
    if is_overruled(cell):
        why.append("overruled")
    return (
        "",
        _name(sample, cell),
        f"{prediction.first} {prediction.confidence:.2f}" if prediction else "",
        "; ".join(why),
        f"{verdict.class_name}, {verdict.reader}" if verdict and verdict.class_name else "not reviewed",
        verdict.note if verdict else "",
    )


def cells_set_aside(sample: SampleReport) -> Iterator[Block]:
    """The cells that the first reader set aside, by name, with the reason."""
    if not sample.set_aside:
        return
    yield Heading("Cells that were set aside")
    yield Paragraph("They are in no figure of this report.", quiet=True, keep=True)
    rows = [(cell, cell.verdict) for cell in sample.set_aside]
    yield Table(
        head=("Cell", "Set aside as", "Reason or note", "By"),
        rows=tuple((_name(sample, cell), said.class_name, said.note, said.reader) for cell, said in rows if said),
        texts=4,
        widths=(2.2, 1.6, 2.6, 1.4),
    )


def failed_cells(sample: SampleReport) -> Iterator[Block]:
    """The files that could not be scored, by name, with the reason."""
    if not sample.failed:
        return
    yield Heading("Failed files")
    yield Table(
        head=("File", "Reason"),
        rows=tuple((_name(sample, cell), cell.reason) for cell in sample.failed),
        texts=2,
        widths=(2, 3),
    )


def _word(flag: Flag) -> str:
    return flag.value.replace("-", " ")


def _name(sample: SampleReport, cell: Cell) -> str:
    page = f" (page {cell.ref.page})" if cell.ref.page else ""
    slide = f"{cell.ref.slide} / " if sample.several else ""
    return f"{slide}{cell.ref.path.name}{page}"
