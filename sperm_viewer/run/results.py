"""Which files a run leaves beside its session, and when they are written."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import ImageRefusedError, SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.imaging.heatmap_files import Refine, heatmap_file, refuse_links, write_heatmap
from sperm_viewer.inference.model_folders import installed_model
from sperm_viewer.reports.csv_tables import details_of_slides, write_cells, write_formulas, write_samples, write_slides
from sperm_viewer.reports.sample_shares import sample_shares
from sperm_viewer.session.session import Session
from sperm_viewer.system.result_places import SESSION_FILE

_OPACITY = 0.7


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """Where a session's results are."""

    cells: Path
    slides: Path
    samples: Path
    measurements: Path
    record: Path
    heatmaps: Path

    @property
    def written(self) -> tuple[Path, ...]:
        """The tables and the record."""
        return self.cells, self.slides, self.samples, self.measurements, self.record


def result_files(session_file: Path) -> ResultFiles:
    """`cells.csv` and so on; a session of a name of its own marks its files with it, so that two can share a folder."""
    mark = "" if session_file.name == SESSION_FILE else f"{session_file.stem} "
    names = ("cells.csv", "slides.csv", "samples.csv", "measurements.csv", "run.json", "heatmaps")
    return ResultFiles(*(session_file.with_name(mark + name) for name in names))


def remove_outdated(session_file: Path) -> None:
    """Deletes the tables and the record of an earlier run: tables of fewer cells would look complete.

    Raises SpermViewerError if a file can't be deleted.
    """
    files = result_files(session_file)
    for file in files.written:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise SpermViewerError(
                f"{file}: can't be replaced ({error.strerror}). Close it in other programs, and score again."
            ) from error


def write_tables(session: Session) -> None:
    """Writes `cells.csv`, `slides.csv`, `samples.csv` and `measurements.csv`, the formulas of what is measured.

    Raises SpermViewerError if a file can't be written.
    """
    files = result_files(session.path)
    write_formulas(files.measurements)
    write_cells(session, files.cells)
    write_slides(session, files.slides)
    model = session.model()
    folder = installed_model(model.id) if model else None
    write_samples(session, sample_shares(session, folder.spec if folder else None).__getitem__, files.samples)


def refresh_tables(session: Session) -> bool:
    """Writes the tables of a finished run anew if somebody decided something since; False if they are current.

    Raises SpermViewerError if a file can't be written.
    """
    try:
        written = int(result_files(session.path).cells.stat().st_mtime)
    except FileNotFoundError:
        return False
    # The trail counts in whole seconds: a decision in the second of the writing may have missed it.
    decided = session.rows("SELECT at FROM audit ORDER BY number DESC LIMIT 1")
    if not decided or datetime.fromisoformat(decided[0][0]).timestamp() < written:
        return False
    write_tables(session)
    return True


def write_heatmaps(session: Session, refine: Refine | None) -> Iterator[str]:
    """Writes the overlays of all scored and referred cells; yields a sentence for each that can't be drawn.

    Those that are there may be another model's, so they are replaced. Raises SpermViewerError if a file can't be
    written.
    """
    folder = result_files(session.path).heatmaps
    slides = details_of_slides(session)
    due = [
        (cell, heatmap, scale_of(cell, slides[cell.slide]))
        for cell in session.all_cells()
        if (heatmap := session.heatmap(cell.id))
    ]

    def write(item: tuple[Cell, Heatmap, float | None]) -> str:
        cell, heatmap, scale = item
        try:
            file = heatmap_file(folder, cell)
            refuse_links(folder, file)
            write_heatmap(cell, heatmap, file, _OPACITY, refine, scale)
        except ImageRefusedError as error:
            return f"{cell.ref.path}: no heatmap. {error}"
        return ""

    pool = ThreadPoolExecutor()
    try:
        yield from filter(None, pool.map(write, due))
    finally:
        # Ctrl+C must not wait for the thousands that are still to be written.
        pool.shutdown(cancel_futures=True)
