"""`sperm-viewer score`: one run into one folder, new or gone on with, and the files it leaves there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console

from sperm_viewer import paths
from sperm_viewer.core.errors import CropRefusedError, SpermViewerError
from sperm_viewer.core.export import write_cells, write_slides
from sperm_viewer.core.places import new_session_folder
from sperm_viewer.core.run_record import RunRecord, write_run
from sperm_viewer.core.session import SUFFIX, Session, SessionModel
from sperm_viewer.core.types import Cell, Heatmap
from sperm_viewer.imaging.discover import Discovery, discover
from sperm_viewer.imaging.heatmap_files import heatmap_file, write_heatmap
from sperm_viewer.inference.child import EngineReady, ScoringPlan
from sperm_viewer.inference.open_engine import NetworkLoader
from sperm_viewer.inference.registry import ModelFolder, find_model
from sperm_viewer.pipeline import Notice, Recorded, score_session
from sperm_viewer.progress import CropDisplay

DEFAULT_MODEL = "smids"
_OPACITY = 0.7
_COLOUR_MAP = "cividis"
_say = Console(stderr=True, highlight=False, soft_wrap=True, markup=False).print


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What was asked for; None means that it was not said, so that a run gone on with keeps what it had."""

    paths: Sequence[Path]
    model: str | None
    out: Path | None
    heatmaps: bool
    engine: str | None
    device: str | None
    fresh: bool
    load_network: NetworkLoader


@dataclass
class _Progress:
    engine: str = ""
    device: str = ""
    notices: list[str] = field(default_factory=list)


def run_score(request: ScoreRequest) -> bool:
    """Scores, writes the result files, and says how it went; False where Ctrl+C stopped it.

    Raises SpermViewerError where it can't run.
    """
    started = datetime.now(UTC)
    out = request.out
    session_file = out / f"session{SUFFIX}" if out else None
    if session_file and session_file.exists() and request.fresh:
        _start_over(session_file)
    resumed = session_file is not None and session_file.exists()
    taken = {}
    if resumed and session_file:
        with Session.open(session_file) as session:
            taken = session.slide_names()
    found = discover([path.absolute() for path in request.paths], taken=taken)
    if not found.slides:
        raise SpermViewerError(_nothing_found(found))
    if out is None:
        out = new_session_folder(paths.results_folder(), found.slides[0].name, datetime.now())
    session_file = out / f"session{SUFFIX}"
    with Session.open(session_file) if resumed else Session.create(session_file) as session:
        model, engine, device = _settle(session, request)
        session.use_model(SessionModel(model.id, model.spec.classes, model.spec.normal_class))
        for slide in found.slides:
            session.add_slide(slide.name, slide.folder, slide.crops)
        plan = ScoringPlan(model.path, engine, device, load_network=request.load_network)
        progress = _Progress(session.note("engine") or "", session.note("device") or "")
        try:
            _score(session, plan, progress)
            if request.heatmaps:
                _write_heatmaps(session, out / "heatmaps", progress)
        except KeyboardInterrupt:
            _say(f"Interrupted. What is done is kept in {out}. Give the same command again to go on.")
            if request.out is None:
                _say(f"Add: --out {str(out)!r}")
            return False
        write_cells(session, out / "cells.csv")
        write_slides(session, out / "slides.csv")
        settings: dict[str, str | bool | list[str]] = {
            "paths": [str(p) for p in request.paths],
            "engine": engine,
            "heatmaps": request.heatmaps,
        }
        record = RunRecord(
            started.isoformat(timespec="seconds"),
            datetime.now(UTC).isoformat(timespec="seconds"),
            settings,
            progress.engine,
            progress.device,
            progress.notices,
            {str(entry.path): entry.reason for entry in found.left_out},
        )
        write_run(record, session, out / "run.json")
        _summarise(session, found, out)
    return True


def _start_over(session_file: Path) -> None:
    if not typer.confirm(f"Delete the results in {session_file.parent} and start over?", err=True):
        raise SpermViewerError("Nothing was deleted. Choose another --out, or leave --fresh away to go on.")
    for path in (session_file, *(Path(f"{session_file}{suffix}") for suffix in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)


def _nothing_found(found: Discovery) -> str:
    reasons = "\n".join(f"  {entry.path}: {entry.reason}" for entry in found.left_out[:10])
    return f"There is no image in what was given.\n{reasons}".rstrip()


def _settle(session: Session, request: ScoreRequest) -> tuple[ModelFolder, str, str]:
    """Model, engine and device: a session that has results keeps what it was made with, unless the user says so."""
    before = session.model()
    if before is None or not session.cell_ids():
        return find_model(request.model or DEFAULT_MODEL), request.engine or "auto", request.device or "auto"
    model = find_model(request.model or before.id.name)
    if model.id != before.id:
        _agree(
            f"{session.path.parent} was scored with the model {before.id.name} ({before.id.sha256[:12]}); this is "
            f"{model.id.name} ({model.id.sha256[:12]}). Score all of it again with this one?"
        )
        return model, request.engine or "auto", request.device or "auto"
    kept = {key: session.note(key) or "auto" for key in ("engine", "device")}
    for key, wanted in (("engine", request.engine), ("device", request.device)):
        if wanted and wanted != "auto" and wanted != kept[key]:
            _agree(f"{session.path.parent} was begun with {key} {kept[key]}. Go on with {wanted}?")
            kept[key] = wanted
    return model, kept["engine"], kept["device"]


def _agree(question: str) -> None:
    if not sys.stdin.isatty():
        raise SpermViewerError(f"{question}\nChoose another --out, or give --fresh to start over.")
    if not typer.confirm(question, err=True):
        raise SpermViewerError("Nothing was changed.")


def _score(session: Session, plan: ScoringPlan, progress: _Progress) -> None:
    total = session.crop_count()
    done = total - len(session.pending())
    if 0 < done < total:
        _say(f"Going on: {done} of {total} crops are done.")
    steps = score_session(session, plan)
    try:
        with CropDisplay(total - done) as display:
            new = 0
            for step in steps:
                match step:
                    case EngineReady():
                        progress.engine, progress.device = step.engine, step.device
                        session.set_note("engine", step.engine)
                        session.set_note("device", step.device)
                        for note in step.notes:
                            _tell(note, progress)
                    case Notice():
                        _tell(step.text, progress)
                    case Recorded():
                        new += len(step.ids)
                        display.show(new)
    finally:
        steps.close()


def _tell(text: str, progress: _Progress) -> None:
    if text not in progress.notices:
        progress.notices.append(text)
        _say(text)


def _write_heatmaps(session: Session, folder: Path, progress: _Progress) -> None:
    """Overlays of all scored and referred cells; those that are there may be another model's, so they are replaced."""
    due = []
    for cell in session.all_cells():
        heatmap = session.heatmap(cell.id)
        if heatmap:
            due.append((cell, heatmap))

    def write(item: tuple[Cell, Heatmap]) -> str:
        cell, heatmap = item
        try:
            write_heatmap(cell, heatmap, heatmap_file(folder, cell.ref), _OPACITY, _COLOUR_MAP)
        except CropRefusedError as error:
            return f"{cell.ref.path}: no heatmap. {error}"
        return ""

    with ThreadPoolExecutor() as pool:
        for trouble in pool.map(write, due):
            if trouble:
                _tell(trouble, progress)


def _summarise(session: Session, found: Discovery, out: Path) -> None:
    slides = session.slides()
    scored, referred, failed = (sum(getattr(s, key) for s in slides) for key in ("scored", "referred", "failed"))
    _say(f"{scored} scored, {referred} referred, {failed} failed, on {len(slides)} slide(s).")
    if found.left_out:
        _say(f"{len(found.left_out)} file(s) left out because they are no images; run.json lists them.")
    if failed:
        _say("The files that failed are in cells.csv with their reasons.")
    typer.echo(out)
