"""From a session file to a report file, step by step."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import Progress
from sperm_viewer.imaging.heatmap_files import Refine
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.model_folders import ModelFolder, list_models
from sperm_viewer.reports.csv_tables import write_cells
from sperm_viewer.reports.gather import ReportData, gather
from sperm_viewer.reports.html import write_html
from sperm_viewer.reports.lay_out import lay_out
from sperm_viewer.reports.report_images import CellPictures, cell_pictures, read_logo
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.xlsx import write_xlsx
from sperm_viewer.session.session import SUFFIX, Session, SessionModel
from sperm_viewer.session.verify import verify

_GALLERY_SIDE, _LISTED_SIDE = 192, 96
"""Pixels of the longer side: twice what is seen on a screen."""
_LISTED_WITH_PICTURES = 120


def write_report(request: ReportRequest) -> Generator[Progress, None, None]:
    """Writes a report, whole or not at all, and says between its steps how far it is.

    It is made from a copy of the session, so that everything in it is of one moment even while cells are scored and
    reviewed. Raises SpermViewerError where the session can't be read, holds no result, or the file can't be written.
    """
    if request.out.exists() and request.out.samefile(request.session):
        raise SpermViewerError(f"{request.out}: this is the session itself. Choose another name for the report.")
    logo = read_logo(request.logo) if request.logo else None
    yield Progress(0, 1)
    with tempfile.TemporaryDirectory(prefix="sperm-viewer-") as scratch:
        copy = Path(scratch) / f"copy{SUFFIX}"
        with Session.open(request.session, read_only=True) as held:
            held.copy_to(copy)
        with Session.open(copy, read_only=True) as session:
            if request.format is ReportFormat.CSV:
                write_cells(session, request.out)
                yield Progress(1, 1)
                return
            folder = _folder(session.model())
            spec = folder.spec if folder else None
            data = gather(session, request.session.name, request.laboratory, spec, verify(copy))
            if request.format is ReportFormat.XLSX:
                write_xlsx(data, session, request.out)
                yield Progress(1, 1)
                return
            pictures = yield from _pictures(session, data, FineHeatmaps(folder).of if folder else None)
    page = lay_out(data, pictures, logo)
    if request.format is ReportFormat.HTML:
        write_html(page, request.out)
    else:
        # Qt only where a PDF is wanted: the command line does without it.
        from sperm_viewer.reports.pdf import write_pdf

        write_pdf(page, request.out)
    yield Progress(len(pictures) + 1, len(pictures) + 1)


def _folder(model: SessionModel | None) -> ModelFolder | None:
    """The installed model folder, where it is the very model that scored the session."""
    return next((folder for folder in list_models()[0] if model and folder.id == model.id), None)


def _pictures(
    session: Session, data: ReportData, refine: Refine | None
) -> Generator[Progress, None, dict[int, CellPictures]]:
    """The gallery's pictures, their heatmaps refined, and those of the first listed cells."""
    wanted: dict[int, tuple[Cell, int, Refine | None]] = {
        cell.id: (cell, _LISTED_SIDE, None) for cell in data.listed[:_LISTED_WITH_PICTURES]
    }
    wanted |= {cell.id: (cell, _GALLERY_SIDE, refine) for shown in data.gallery for cell in shown.cells}
    found = {}
    for number, (cell, side, finer) in enumerate(wanted.values()):
        yield Progress(number, len(wanted) + 1)
        found[cell.id] = cell_pictures(cell, session.heatmap(cell.id), side, finer)
    return found
