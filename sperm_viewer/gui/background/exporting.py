"""Writes what the user takes away, in the background and from a connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import ImageRefusedError, SessionError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.gui.background.tasks import Tasks, telling
from sperm_viewer.imaging.heatmap_files import Refine, heatmap_file, write_heatmap
from sperm_viewer.inference.model_folders import ModelFolder, installed_model
from sperm_viewer.inference.shown_heatmap import ShownHeatmaps
from sperm_viewer.reports.csv_tables import formulas_file, write_cells, write_formulas
from sperm_viewer.reports.request import ReportRequest
from sperm_viewer.session.session import Session

_SAY_EVERY_S = 0.2


class Exporter(QObject):
    """`done` and `failed` carry a sentence for the user."""

    started = Signal(str)
    progressed = Signal(str)
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._fail = telling(self.failed.emit)
        self._stop = threading.Event()

    @property
    def busy(self) -> bool:
        return self._tasks.running > 0

    def cells(self, session: Path, target: Path) -> None:
        self.started.emit(f"Writing {target.name}…")
        self._tasks.start(partial(_write_cells, session, target), self.done.emit, self._fail)

    def heatmaps(self, session: Path, cells: Sequence[int], folder: Path, opacity: float) -> None:
        """Overlays as PNG, a folder for each slide."""
        self.started.emit(f"Writing {counted(len(cells), 'heatmap')}…")
        work = partial(_write_heatmaps, session, tuple(cells), folder, opacity)
        self._tasks.start(work, self.done.emit, self._fail)

    def copy(self, session: Path, target: Path) -> None:
        """The session as it is now, in one file."""
        self.started.emit(f"Writing {target.name}…")
        self._tasks.start(partial(_write_copy, session, target), self.done.emit, self._fail)

    def report(self, request: ReportRequest) -> None:
        self.started.emit(f"Writing {request.out.name}…")
        self._tasks.start(partial(self._write_report, request), self.done.emit, self._fail)

    def close(self) -> None:
        """Stops a report between two of its steps, which leaves no part of it."""
        self._stop.set()
        self._tasks.close()

    def _write_report(self, request: ReportRequest) -> str:
        # What reports need is imported when one is wanted: the window opens sooner.
        from sperm_viewer.reports.write import write_report

        last = time.monotonic()
        with closing(write_report(request)) as steps:
            for step in steps:
                if self._stop.is_set():
                    return ""
                if time.monotonic() - last > _SAY_EVERY_S:
                    last = time.monotonic()
                    self.progressed.emit(f"Writing {request.out.name}… {step.done:,} of {step.total:,}")
        return f"Wrote the report to {request.out}."


def _write_cells(session: Path, target: Path) -> str:
    with Session.open(session) as opened:
        write_cells(opened, target)
        write_formulas(formulas_file(target))
        count = len(opened.cell_ids())
    return f"Wrote {counted(count, 'cell')} to {target}."


def _write_copy(session: Path, target: Path) -> str:
    if target.exists() and target.samefile(session):
        raise SessionError(f"{target}: this is the session itself, not a copy of it. Choose another name.")
    with Session.open(session, read_only=True) as opened:
        opened.copy_to(target)
    return f"Wrote a copy of the session to {target}."


def _write_heatmaps(session: Path, ids: tuple[int, ...], folder: Path, opacity: float) -> str:
    written, reasons = 0, []
    coarse: list[str] = []
    with Session.open(session) as opened:
        model = opened.model()
        refine = _refine(installed_model(model.id) if model else None, coarse)
        for cell in opened.cells(ids):
            heatmap = opened.heatmap(cell.id)
            if heatmap is None:
                continue
            try:
                scale = scale_of(cell, opened.slide_details(cell.slide))
                write_heatmap(cell, heatmap, heatmap_file(folder, cell), opacity, refine, scale)
            except ImageRefusedError as error:
                reasons.append(f" {cell.ref.path.name}: {error}")
            else:
                written += 1
    left = len(ids) - written
    rest = f" {counted(left, 'cell')} of the selection had none." if left else ""
    stayed = f" {counted(len(coarse), 'heatmap')} coarse: {coarse[0]}" if coarse else ""
    return f"Wrote {counted(written, 'heatmap')} to {folder}.{rest}{''.join(reasons[:3])}{stayed}"


def _refine(model: ModelFolder | None, why_coarse: list[str]) -> Refine:
    """The heatmap that the cell pane shows; the reason goes to `why_coarse` where that is the coarse one."""
    shown = ShownHeatmaps()

    def refine(cell: Cell, coarse: Heatmap, rgb: UInt8Array) -> Heatmap:
        found = shown.of(cell, coarse, rgb, model)
        if found.why_coarse:
            why_coarse.append(found.why_coarse)
        return found.heatmap

    return refine
