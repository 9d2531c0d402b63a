"""`sperm-viewer score`: one run into one folder, new or gone on with, and the files it leaves there."""

from __future__ import annotations

import shlex
import shutil
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import typer
from rich.console import Console

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import CropRefusedError, SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.discover import Discovery, discover
from sperm_viewer.imaging.heatmap_files import heatmap_file, write_heatmap
from sperm_viewer.inference.child import EngineReady, ScoringPlan
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.model_folders import ModelFolder, find_model
from sperm_viewer.inference.open_engine import NetworkLoader
from sperm_viewer.reports.csv_tables import write_cells, write_slides
from sperm_viewer.run.pipeline import Recorded, score_session
from sperm_viewer.run.record import RunRecord, write_run
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.unfamiliar_slides import in_words, unfamiliar_slides
from sperm_viewer.system import paths
from sperm_viewer.system.result_places import SESSION_FILE, new_session_folder
from sperm_viewer.system.terminal import CropDisplay

DEFAULT_MODEL = "smids"
FINE = "fine"
RESULT_FILES = ("cells.csv", "slides.csv", "run.json")
_OPACITY = 0.7
_COLOUR_MAP = "cividis"
_say = Console(stderr=True, highlight=False, soft_wrap=True, markup=False).print


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What was asked for; None means that it was not said, so that a run gone on with keeps what it had.

    `heatmaps` is `coarse`, `FINE` or None for no overlays.
    """

    paths: Sequence[Path]
    model: str | None
    out: Path | None
    heatmaps: str | None
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
    try:
        return _run_score(request)
    except KeyboardInterrupt:
        _say("Interrupted before anything was scored. Give the same command again to start.")
        return False


def _run_score(request: ScoreRequest) -> bool:
    out = request.out.absolute() if request.out else None
    going_on = out is not None and (out / SESSION_FILE).exists() and not request.fresh
    taken = {}
    if out and going_on:
        with Session.open(out / SESSION_FILE) as session:
            taken = session.slide_names()
    found = discover([path.absolute() for path in request.paths], taken=taken)
    if not found.slides:
        raise SpermViewerError(_nothing_found(found))
    if request.model or not going_on:
        # Before anything is made or deleted.
        find_model(request.model or DEFAULT_MODEL)
    if out is None:
        out = new_session_folder(paths.results_folder(), found.slides[0].name, datetime.now())
    session_file = out / SESSION_FILE
    made_here = not out.exists()
    try:
        # Whatever is made, deleted or taken away again, another run may be at it.
        with sole_writer(session_file):
            if request.fresh and session_file.exists():
                _start_over(out)
            return _run_held(session_file, request, found)
    except SpermViewerError:
        if made_here:
            # Does nothing where something was left in it.
            with suppress(OSError):
                out.rmdir()
        raise


def _run_held(session_file: Path, request: ScoreRequest, found: Discovery) -> bool:
    existing = session_file.exists()
    try:
        with Session.open(session_file) if existing else Session.create(session_file) as session:
            return _run_into(session, request, found, session_file.parent)
    except SpermViewerError:
        if not existing:
            _remove_unused(session_file)
        raise


def _run_into(session: Session, request: ScoreRequest, found: Discovery, out: Path) -> bool:
    model, engine, device = _settle(session, request)
    session.use_model(SessionModel(model.id, model.spec.classes, model.spec.normal_class))
    for slide in found.slides:
        session.add_slide(slide.name, slide.folder, slide.crops)
    session.forget_unread()
    if not session.note("started"):
        session.set_note("started", _now())
    if session.pending_count():
        # Tables of fewer cells would look like the whole; they are written anew at the end.
        for name in RESULT_FILES:
            (out / name).unlink(missing_ok=True)
    plan = ScoringPlan(model.path, engine, device, load_network=request.load_network)
    # Opened first, so that what is amiss with it is said before hours of scoring.
    fine = FineHeatmaps(model) if request.heatmaps == FINE else None
    progress = _Progress(session.note("engine") or "", session.note("device") or "")
    settings: dict[str, str | bool | list[str]] = {
        "paths": [str(path.absolute()) for path in request.paths],
        "engine": request.engine or "auto",
        "device": request.device or "auto",
        "heatmaps": request.heatmaps or "none",
    }
    left_out = {str(entry.path): entry.reason for entry in found.left_out}
    finished = None
    try:
        _score(session, plan, progress)
        write_cells(session, out / "cells.csv")
        write_slides(session, out / "slides.csv")
        finished = _now()
        if request.heatmaps:
            _write_heatmaps(session, out / "heatmaps", fine, progress)
    except KeyboardInterrupt:
        _say(f"Interrupted. What is done is kept in {out}. Give the same command again to go on.")
        if request.out is None:
            _say(f"Add: --out {shlex.quote(str(out))}")
        return False
    finally:
        started = session.note("started") or ""
        record = RunRecord(started, finished, settings, progress.engine, progress.device, progress.notices, left_out)
        write_run(record, session, out / "run.json")
    _summarise(session, found, out)
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _start_over(out: Path) -> None:
    """Deletes what runs left in a folder, after asking."""
    if not _ask(f"Delete the results in {out} and start over?"):
        raise SpermViewerError("Nothing was deleted. Choose another --out, or leave --fresh away to go on.")
    try:
        for name in (SESSION_FILE, f"{SESSION_FILE}-wal", f"{SESSION_FILE}-shm", *RESULT_FILES):
            (out / name).unlink(missing_ok=True)
        shutil.rmtree(out / "heatmaps", ignore_errors=True)
    except OSError as error:
        raise SpermViewerError(f"{out}: can't be deleted ({error.strerror}). Choose another --out.") from error


def _remove_unused(session_file: Path) -> None:
    """A run that could not begin leaves no empty session."""
    if not session_file.exists():
        return
    with Session.open(session_file) as session:
        used = bool(session.cell_ids())
    if not used:
        for name in (SESSION_FILE, "run.json"):
            session_file.with_name(name).unlink(missing_ok=True)


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
    if not _ask(question):
        raise SpermViewerError(f"{question}\nNot answered with yes, so nothing was changed. Choose another --out.")


def _ask(question: str) -> bool:
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        # Nobody is there to answer.
        return False


def _score(session: Session, plan: ScoringPlan, progress: _Progress) -> None:
    total = session.crop_count()
    done = total - session.pending_count()
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
                    case Recorded():
                        new += len(step.ids)
                        display.show(new)
    finally:
        steps.close()


def _tell(text: str, progress: _Progress) -> None:
    if text not in progress.notices:
        progress.notices.append(text)
        _say(text)


def _write_heatmaps(session: Session, folder: Path, fine: FineHeatmaps | None, progress: _Progress) -> None:
    """Overlays of all scored and referred cells; those that are there may be another model's, so they are replaced."""
    make = partial(write_heatmap, opacity=_OPACITY, colour_map=_COLOUR_MAP, refine=fine.of if fine else None)
    due = []
    for cell in session.all_cells():
        heatmap = session.heatmap(cell.id)
        if heatmap:
            due.append((cell, heatmap))

    def write(item: tuple[Cell, Heatmap]) -> str:
        cell, heatmap = item
        try:
            make(cell, heatmap, heatmap_file(folder, cell.ref))
        except CropRefusedError as error:
            return f"{cell.ref.path}: no heatmap. {error}"
        return ""

    pool = ThreadPoolExecutor()
    try:
        for trouble in pool.map(write, due):
            if trouble:
                _tell(trouble, progress)
    finally:
        # Ctrl+C must not wait for the thousands that are still to be written.
        pool.shutdown(cancel_futures=True)


def _summarise(session: Session, found: Discovery, out: Path) -> None:
    slides = session.slides()
    scored, referred, failed = (sum(getattr(s, key) for s in slides) for key in ("scored", "referred", "failed"))
    _say(f"{scored} scored, {referred} referred, {failed} failed, on {len(slides)} slide(s).")
    model = session.model()
    if model:
        for slide in unfamiliar_slides(session):
            _say(in_words(slide, model.id.name))
    for reason, count in Counter(entry.reason for entry in found.left_out).most_common():
        _say(f"{count} left out: {reason}.")
    if found.left_out:
        _say("run.json lists what was left out.")
    if failed:
        _say("The files that failed are in cells.csv with their reasons.")
    typer.echo(out)
