"""`sperm-viewer score` in a terminal: asks, shows how far the run is, and says how it went."""

from __future__ import annotations

import shlex
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import typer

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import HeatmapKind
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.sample import slide_in_sample
from sperm_viewer.imaging.discover import Discovery, discover
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.model_shelf import installed_models
from sperm_viewer.inference.open_engine import NetworkLoader
from sperm_viewer.run.cluster import score_on_cluster
from sperm_viewer.run.counting import WHO_COUNT
from sperm_viewer.run.events import Notice, Recorded, RunEvent, Stored
from sperm_viewer.run.results import result_files
from sperm_viewer.run.scoring import FoundImages, RunRequest, ScorePending, ScoringRun, score_pending
from sperm_viewer.run.settle import AUTO, Question, Settled, Wanted, opened_name, settle
from sperm_viewer.run.watching import LOOK_EVERY_S, FolderWatch
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session
from sperm_viewer.session.unfamiliar_slides import unfamiliar_slide_warning, unfamiliar_slides
from sperm_viewer.system import paths
from sperm_viewer.system.other_computers import computer_of, consent_text, trust, untrusted
from sperm_viewer.system.result_places import SESSION_FILE, new_session_folder
from sperm_viewer.system.terminal import CropDisplay, errors, harmless, say

_print = errors.tell


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """The arguments of the command; None means not given, so that a run that goes on keeps what it had."""

    paths: Sequence[Path]
    model: str | None
    out: Path | None
    heatmaps: HeatmapKind | None
    engine: str | None
    device: str | None
    fresh: bool
    sample: str | None
    load_network: NetworkLoader
    cluster: str | None = None
    stop_at: int | None = None
    watch: bool = False


def run_score(request: ScoreRequest) -> bool:
    """Scores, writes the result files and prints a summary; False if Ctrl+C stopped it.

    Raises SpermViewerError if it can't run.
    """
    try:
        return _run_score(request)
    except KeyboardInterrupt:
        _print("Interrupted before anything was scored. Give the same command again to start.")
        return False


def _run_score(request: ScoreRequest) -> bool:
    out = request.out.absolute() if request.out else None
    given = tuple(path.absolute() for path in request.paths)
    samples = {} if request.fresh else _samples_of_folders(out)
    discovery = discover(given, known=samples)
    if not discovery.slides and not request.watch:
        raise SpermViewerError(_nothing_found(discovery))
    if request.sample:
        _refuse_other_sample(discovery, samples, request.sample)
        discovery = discovery.as_one_sample(request.sample)
    # Before anything is made or deleted.
    model = find_model(request.model) if request.model else None
    wanted = Wanted(model, engine=request.engine or AUTO, device=request.device or AUTO)
    if out is None:
        out = new_session_folder(paths.results_folder(), opened_name(given), datetime.now())
    session_file = out / SESSION_FILE
    made_here = not out.exists()
    try:
        # Whatever is made, deleted or cleaned up, another run may be using this folder.
        with sole_writer(session_file):
            going_on = session_file.exists() and not request.fresh
            if going_on:
                ask_about_computers(session_file)
            settled = _settled(session_file, wanted, going_on=going_on)
            if session_file.exists() and not going_on:
                _start_over(session_file)
            run = RunRequest(
                session_file,
                settled,
                wanted,
                (FoundImages(given, discovery),),
                heatmaps=request.heatmaps,
                stop_at=request.stop_at,
                by_arrival=request.watch,
                load_network=request.load_network,
            )
            score_all = _how(request.cluster)
            if not _run(run, discovery, score_all, out_given=request.out is not None):
                return False
        if request.watch:
            _watch(run, [path for path in given if path.is_dir()], request.sample, score_all)
        return True
    except SpermViewerError:
        if made_here:
            # Does nothing if something was left in it.
            with suppress(OSError):
                out.rmdir()
        raise


def _samples_of_folders(out: Path | None) -> dict[Path, str]:
    """The identifier of the sample of each slide's folder in the session there."""
    if out is None or not (out / SESSION_FILE).exists():
        return {}
    with Session.open(out / SESSION_FILE) as session:
        samples = (*session.samples(), *session.samples(removed=True))
        return {slide.folder: sample.identifier for sample in samples for slide in sample.slides}


def _refuse_other_sample(discovery: Discovery, samples: Mapping[Path, str], wanted: str) -> None:
    """Raises SpermViewerError if a slide is in the session already, and there of another sample."""
    for slide in discovery.slides:
        known = samples.get(slide.folder, wanted)
        if known != wanted:
            raise SpermViewerError(
                f"{slide.folder}: this slide belongs to the sample '{known}' of that session. Move it with "
                "`sperm-viewer samples`, or leave --sample away."
            )


def _settled(session_file: Path, wanted: Wanted, *, going_on: bool) -> Settled:
    """What the run uses, after every question was answered with yes."""
    shelf = installed_models()
    if going_on:
        with Session.open(session_file) as session:
            settled = settle(session, wanted, shelf)
    else:
        settled = settle(None, wanted, shelf)
    for question in settled.questions:
        _agree(session_file, question)
    return settled


def _agree(session_file: Path, question: Question) -> None:
    asked = f"{session_file}: {question.text} {question.title}"
    if not _ask(asked):
        raise SpermViewerError(f"{asked}\nNot answered with yes, so nothing was changed. Choose another --out.")


def _ask(question: str) -> bool:
    try:
        return typer.confirm(harmless(question), err=True)
    except typer.Abort:
        # Nobody is there to answer.
        return False


def ask_about_computers(session_file: Path) -> None:
    """Before images of a session are read: may those on other computers be opened? Raises SessionError."""
    trust([computer_of(session_file)])
    with Session.open(session_file, read_only=True) as session:
        unknown = untrusted(session.folders())
    trust([computer for computer in unknown if _ask(consent_text(computer))])


def _start_over(session_file: Path) -> None:
    """Deletes the results of earlier runs, after asking."""
    if not _ask(f"Delete the results in {session_file.parent} and start over?"):
        raise SpermViewerError("Nothing was deleted. Choose another --out, or leave --fresh away to go on.")
    files = result_files(session_file)
    log = [session_file.with_name(f"{session_file.name}-{ending}") for ending in ("wal", "shm")]
    try:
        for file in (session_file, *log, *files.written):
            file.unlink(missing_ok=True)
        shutil.rmtree(files.heatmaps, ignore_errors=True)
    except OSError as error:
        raise SpermViewerError(
            f"{session_file.parent}: can't be deleted ({error.strerror}). Choose another --out."
        ) from error


def _how(cluster: str | None) -> ScorePending:
    """Scores on this machine, or on the workers of a cluster."""
    if cluster is None:
        return score_pending
    return partial(score_pending, score_images=partial(score_on_cluster, address=cluster))


def _run(request: RunRequest, discovery: Discovery, score_all: ScorePending, *, out_given: bool) -> bool:
    out = request.session.parent
    existing = request.session.exists()
    try:
        with _Display() as display:
            display.follow(ScoringRun(request, score_all))
    except KeyboardInterrupt:
        _print(f"Interrupted. What is done is kept in {out}. Give the same command again to go on.")
        if not out_given:
            _print(f"Add: --out {shlex.quote(str(out))}")
        return False
    except SpermViewerError:
        if not existing:
            _remove_unused(request.session)
        raise
    with Session.open(request.session) as session:
        _summarise(session, discovery)
    say(out)
    return True


def _watch(request: RunRequest, folders: Sequence[Path], sample: str | None, score_all: ScorePending) -> None:
    """Scores what comes into the folders until Ctrl+C, or until every slide has the number that was asked for."""
    with Session.open(request.session) as session:
        slides = [slide for one in session.samples() for slide in one.slides]
        watch = FolderWatch(folders, {ref.path for slide in slides for _, ref, _ in session.files(slide.id)})
    _print("Watching for new images; Ctrl+C ends it.")
    try:
        enough = _say_counts(request)
        while not enough:
            time.sleep(LOOK_EVERY_S)
            with Session.open(request.session) as session:
                found = watch.look(session.folders())
            if found is None:
                continue
            if sample:
                found = replace(found, discovery=found.discovery.as_one_sample(sample))
            with sole_writer(request.session), _Display() as display:
                display.follow(ScoringRun(replace(request, found=(found,)), score_all))
            enough = _say_counts(request)
    except KeyboardInterrupt:
        _print("Stopped watching. What was scored is kept.")


def _say_counts(request: RunRequest) -> bool:
    """Says how far each slide is; True if all have reached the number at which counting stops."""
    with Session.open(request.session) as session:
        slides = session.slides()
    aim = request.stop_at or WHO_COUNT
    for slide in slides:
        _print(f"{slide_in_sample(slide.sample, slide.name)}: {slide.sperm:,} of {aim:,} sperm")
    return request.stop_at is not None and bool(slides) and all(slide.sperm >= request.stop_at for slide in slides)


class _Display(ExitStack):
    """Shows a run's events: a progress bar, and each notice as a line."""

    def __init__(self) -> None:
        super().__init__()
        self._crops: CropDisplay | None = None
        self._done = 0

    def follow(self, run: ScoringRun) -> None:
        events = run.events()
        try:
            for event in events:
                self._show(event)
        finally:
            # Stops the scoring process and stores what it has done.
            events.close()

    def _show(self, event: RunEvent) -> None:
        match event:
            case Stored(crops, total):
                if 0 < total < crops:
                    _print(f"Going on: {crops - total} of {crops} crops are done.")
                self._crops = self.enter_context(CropDisplay(total))
            case Recorded(images=images) if self._crops:
                self._done += images
                self._crops.show(self._done)
            case Notice(text):
                _print(text)


def _remove_unused(session_file: Path) -> None:
    """A run that could not begin leaves no empty session."""
    if not session_file.exists():
        return
    with Session.open(session_file) as session:
        used = bool(session.cell_ids())
    if not used:
        for file in (session_file, result_files(session_file).record):
            file.unlink(missing_ok=True)


def _nothing_found(discovery: Discovery) -> str:
    reasons = "\n".join(f"  {entry.path}: {entry.reason}" for entry in discovery.left_out[:10])
    return f"There is no image in what was given.\n{reasons}".rstrip()


def _summarise(session: Session, discovery: Discovery) -> None:
    slides = session.slides()
    scored, referred, cut, failed = (
        sum(getattr(s, key) for s in slides) for key in ("scored", "referred", "not_counted", "failed")
    )
    not_counted = f"{cut} not counted (cut off by the border, there twice, or set aside), " if cut else ""
    _print(
        f"{scored} scored, {referred} referred, {not_counted}{failed} failed, on "
        f"{counted(len(slides), 'slide')} of {counted(len({slide.sample_id for slide in slides}), 'sample')}."
    )
    model = session.model()
    if model:
        for slide in unfamiliar_slides(session):
            _print(unfamiliar_slide_warning(slide, model.id.name))
    without = [slide for sample in session.samples() for slide in sample.slides if slide.details.um_per_px is None]
    if without:
        _print(
            f"Lengths of {counted(len(without), 'slide')} are in pixels: nobody entered the scale. Enter it in the "
            "window, under Slide Details, or with `sperm-viewer samples`."
        )
    for reason, count in Counter(entry.reason for entry in discovery.left_out).most_common():
        _print(f"{count} left out: {reason}.")
    if discovery.left_out:
        _print("run.json lists what was left out.")
    if failed:
        _print("The files that failed are in cells.csv with their reasons.")
