"""Writes a report file from a session file, step by step."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SessionError, SpermViewerError
from sperm_viewer.domain.progress import Progress
from sperm_viewer.imaging.equal_scale import equal_scale
from sperm_viewer.imaging.heatmap_files import Refine
from sperm_viewer.inference.model_folders import ModelFolder, installed_model
from sperm_viewer.inference.shown_heatmap import ShownHeatmaps
from sperm_viewer.reports.csv_tables import formulas_file, write_cells, write_formulas, write_samples, write_slides
from sperm_viewer.reports.gather import chosen, gather
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.html import write_html
from sperm_viewer.reports.lay_out import lay_out
from sperm_viewer.reports.page import Page
from sperm_viewer.reports.reading_tables import agreement_file, readings_file, write_readings
from sperm_viewer.reports.report_data import ReportData
from sperm_viewer.reports.report_images import CellImages, ReportImage, cell_images, read_logo
from sperm_viewer.reports.request import ReportFormat, ReportRequest, Section
from sperm_viewer.reports.sample_shares import sample_share
from sperm_viewer.reports.xlsx import write_xlsx
from sperm_viewer.session.agreements import Readings
from sperm_viewer.session.session import SUFFIX, Session
from sperm_viewer.session.verify import verify

_GALLERY_SIDE, _LISTED_SIDE = 192, 96
"""Pixels of the longer side: twice its size on a screen."""
_LISTED_WITH_IMAGES = 120


@dataclass(frozen=True, slots=True)
class Content:
    """All that the page of a report can show, read at one moment."""

    data: ReportData
    images: Mapping[int, CellImages]
    logo: ReportImage | None

    def page(self, sections: frozenset[Section]) -> Page:
        """The page with these sections, of those that the content was read for."""
        return lay_out(self.data, self.images, self.logo, sections)


def write_report(request: ReportRequest) -> Generator[Progress, None, None]:
    """Writes a report, completely or not at all, and yields its progress.

    It is made from a copy of the session, so its content is consistent even while cells are scored and reviewed. Raises
    SpermViewerError if the session can't be read, holds no result, or the file can't be written.
    """
    if request.out.exists() and request.out.samefile(request.session):
        raise SpermViewerError(f"{request.out}: this is the session itself. Choose another name for the report.")
    if request.format in (ReportFormat.CSV, ReportFormat.XLSX):
        yield from _write_tables(request)
        return
    content = yield from read_content(request)
    page, steps = content.page(request.sections), len(content.images) + 1
    if request.format is ReportFormat.HTML:
        write_html(page, request.out)
    else:
        # Imported here: the command line needs Qt only for a PDF.
        from sperm_viewer.reports.pdf.write import write_pdf

        write_pdf(page, request.out, request.paper)
    yield Progress(steps, steps)


def read_content(request: ReportRequest) -> Generator[Progress, None, Content]:
    """Reads what the page of this report shows, from a copy of the session.

    Raises SpermViewerError if the session can't be read or holds no result, or if the logo is no image.
    """
    logo = read_logo(request.logo) if request.logo else None
    yield Progress(0, 1)
    with _copy(request.session) as (path, session):
        data, model = _gathered(request, path, session)
        refine = ShownHeatmaps().refine_with(model)
        images = yield from _images(session, _shown(data, request.sections), refine)
    return Content(data, images, logo)


def _write_tables(request: ReportRequest) -> Iterator[Progress]:
    if request.logo:
        read_logo(request.logo)
    yield Progress(0, 1)
    with _copy(request.session) as (path, session):
        if request.format is ReportFormat.CSV:
            _write_csv(session, request)
        else:
            write_xlsx(_gathered(request, path, session)[0], session, request.out)
    yield Progress(1, 1)


@contextmanager
def _copy(path: Path) -> Iterator[tuple[Path, Session]]:
    """A copy of a session as it is now, and its path."""
    with tempfile.TemporaryDirectory(prefix="sperm-viewer-") as scratch:
        copy = Path(scratch) / f"copy{SUFFIX}"
        with Session.open(path, read_only=True) as held:
            held.copy_to(copy)
        try:
            with Session.open(copy, read_only=True) as session:
                yield copy, session
        except SessionError as error:
            raise SessionError(str(error).replace(str(copy), str(path))) from error


def _gathered(request: ReportRequest, path: Path, session: Session) -> tuple[ReportData, ModelFolder | None]:
    """The content of the report from a copy of its session, and the model that scored it if that is installed."""
    model = session.model()
    folder = installed_model(model.id) if model else None
    spec = folder.spec if folder else None
    name, samples = request.session.name, request.samples
    data = gather(session, name, request.laboratory, spec, verify(path), Headlines(session, spec), samples)
    return data, folder


def slides_file(out: Path) -> Path:
    """The slides, beside the cells of a report as CSV."""
    return out.with_name(f"{out.stem}-slides.csv")


def samples_file(out: Path) -> Path:
    """The samples with their headlines, beside the cells of a report as CSV."""
    return out.with_name(f"{out.stem}-samples.csv")


def files_beside(out: Path) -> list[Path]:
    """The files that a report as CSV has beside the cells; those of the readings only if a cell was read twice."""
    readings = filter(Path.exists, (agreement_file(out), readings_file(out)))
    return [samples_file(out), slides_file(out), formulas_file(out), *readings]


def _write_csv(session: Session, request: ReportRequest) -> None:
    wanted = chosen(session, request.session.name, request.samples)
    samples = [sample.identifier for sample in wanted]
    readings, model = Readings(session), session.model()
    folder = installed_model(model.id) if model else None
    headlines = Headlines(session, folder.spec if folder else None)
    shares = {sample.id: sample_share(session, headlines, sample) for sample in wanted}
    cells = [cell for cell in session.all_cells() if cell.sample in samples]
    compared = {
        sample: readings.compare([cell for cell in cells if cell.sample == sample], model.classes if model else ())
        for sample in samples
    }
    write_cells(session, request.out, samples)
    write_slides(session, slides_file(request.out), samples)
    write_samples(session, shares.__getitem__, samples_file(request.out), samples)
    write_formulas(formulas_file(request.out))
    write_readings(compared, readings.side_by_side(cells), request.out)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The cells that are shown with images, and those that are listed with small ones."""

    gallery: tuple[Cell, ...]
    listed: tuple[Cell, ...]


def _shown(data: ReportData, sections: frozenset[Section]) -> _Shown:
    gallery = [cell for sample in data.samples for shown in sample.gallery for cell in shown.cells]
    listed = [cell for sample in data.samples for cell in sample.listed[: _LISTED_WITH_IMAGES // len(data.samples)]]
    return _Shown(
        tuple(gallery) if Section.GALLERY in sections else (), tuple(listed) if Section.CELLS in sections else ()
    )


def _images(session: Session, shown: _Shown, refine: Refine) -> Generator[Progress, None, dict[int, CellImages]]:
    """The images of the gallery's and the listed cells, with the same heatmap for a cell wherever it is shown."""
    equal = equal_scale(session)
    wanted = {cell.id: (cell, _LISTED_SIDE) for cell in shown.listed}
    wanted |= {cell.id: (cell, _GALLERY_SIDE) for cell in shown.gallery}
    found = {}
    for number, (cell, side) in enumerate(wanted.values()):
        yield Progress(number, len(wanted) + 1)
        found[cell.id] = cell_images(cell, session.heatmap(cell.id), side, refine, equal)
    return found
