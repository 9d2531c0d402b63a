"""One run into one session: lock it, open or create it, add images, score, leave the files. No window, no terminal.

`ScoringRun.events` is a generator: whoever drives it pauses by not asking on, and cancels by closing it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from sperm_viewer.domain.cell import CellEvent
from sperm_viewer.domain.detection import ImageHints
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import HeatmapKind
from sperm_viewer.imaging.discover import Discovery
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.open_engine import NetworkLoader
from sperm_viewer.run.counting import Selection, enough_in_words, select
from sperm_viewer.run.events import EngineReady, Notice, Recorded, RunEvent, Stored, UnfamiliarSlides, Waiting
from sperm_viewer.run.pipeline import Event, score
from sperm_viewer.run.record import RunRecord, write_run
from sperm_viewer.run.results import remove_outdated, result_files, write_heatmaps, write_tables
from sperm_viewer.run.scale_notices import scale_notices
from sperm_viewer.run.settle import Settled, Wanted, session_model
from sperm_viewer.session.duplicates import duplicate_warnings, mark_duplicates
from sperm_viewer.session.image_kind import image_hints
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.overlapping_fields import overlap_warnings, overlapping_fields
from sperm_viewer.session.session import Session
from sperm_viewer.session.unfamiliar_slides import unfamiliar_slide_warning, unfamiliar_slides

_BETWEEN_WRITES_S = 0.1

ScorePending = Callable[[Session, ScoringPlan, Selection], Generator[EngineReady | Waiting | Recorded, None, None]]
ScoreImages = Callable[[Sequence[ImageRef], ScoringPlan, Mapping[ImageRef, ImageHints]], Generator[Event, None, None]]


@dataclass(frozen=True, slots=True)
class FoundImages:
    """Images to add: the files and folders that the user gave, and what was found in them."""

    paths: tuple[Path, ...]
    discovery: Discovery


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run. `wanted` is what was asked for, `settled` what that came to; without `scoring` images are only added.

    A slide with `stop_at` sperm is scored no further. `by_arrival` scores images in the order in which they came.
    With `low_priority` the processor's time goes to the window first.
    """

    session: Path
    settled: Settled
    wanted: Wanted
    found: tuple[FoundImages, ...] = ()
    scoring: bool = True
    heatmaps: HeatmapKind | None = None
    stop_at: int | None = None
    by_arrival: bool = False
    load_network: NetworkLoader | None = None
    low_priority: bool = False


def score_pending(
    session: Session, plan: ScoringPlan, selection: Selection, score_images: ScoreImages | None = None
) -> Generator[EngineReady | Waiting | Recorded, None, None]:
    """Scores the selection until its quota is reached, and stores each result before it is reported.

    Without `score_images` a process of this machine scores.
    """
    waiting: list[tuple[CellEvent, ...]] = []
    due = time.monotonic() + _BETWEEN_WRITES_S
    refs, quota, hints = selection.refs, selection.quota, image_hints(session)
    events = score_images(refs, plan, hints) if score_images else score(refs, plan, hints, quota.reached)
    try:
        for event in events:
            if isinstance(event, tuple) and quota.take(event):
                waiting.append(event)
            if quota.stop_at and all(map(quota.reached, refs)):
                break
            if waiting and time.monotonic() >= due:
                yield _recorded(session, waiting)
                waiting.clear()
                due = time.monotonic() + _BETWEEN_WRITES_S
            if not isinstance(event, tuple):
                yield event
    finally:
        events.close()
        # Also when the run is cancelled: what was scored is kept.
        last = _recorded(session, waiting) if waiting else None
    if last:
        yield last


def _recorded(session: Session, images: Sequence[tuple[CellEvent, ...]]) -> Recorded:
    return Recorded(tuple(session.record([event for events in images for event in events])), len(images))


class ScoringRun:
    """One run. `events` belongs to one thread; `add` may be called from any."""

    def __init__(self, request: RunRequest, score_all: ScorePending = score_pending) -> None:
        self.request = request
        self._score_all = score_all
        self._added: SimpleQueue[FoundImages] = SimpleQueue()
        self._taken: list[FoundImages] = []
        self._notices: list[str] = []
        self._finished: str | None = None
        self._done = 0
        self._session: Session | None = None

    def add(self, found: FoundImages) -> None:
        """Images to store as soon as the run can, and to score after those that are pending."""
        self._added.put(found)

    def left_over(self) -> tuple[FoundImages, ...]:
        """Images that were added so late that the run ended without them."""
        return tuple(self._take_added())

    def events(self) -> Generator[RunEvent, None, None]:
        """Runs, and reports each step once it is on disk. Raises SpermViewerError if it can't go on."""
        request = self.request
        # Opened first, so that what is wrong with it is reported before hours of scoring.
        refine = FineHeatmaps(request.settled.model).of if request.heatmaps is HeatmapKind.FINE else None
        with sole_writer(request.session), _opened(request.session) as session:
            self._session = session
            try:
                yield self._begin(session)
                if request.scoring:
                    yield from self._score(session)
                    yield from self._noticed(_counted_twice(session))
                    yield from self._noticed(scale_notices(session))
                    yield from _unfamiliar(session)
                    session.check_in_place()
                    write_tables(session)
                    self._finished = _now()
                    if request.heatmaps:
                        yield from self._noticed(write_heatmaps(session, refine))
            except GeneratorExit:
                self.store_added()
                self._write_record_if_possible(session)
                raise
            except BaseException:
                self._write_record_if_possible(session)
                raise
            else:
                if request.scoring:
                    self._write_record(session)
            finally:
                self._session = None

    def store_added(self) -> Stored | None:
        """Stores what was added since, also while the run is paused; None if nothing was. In the thread of `events`."""
        found = self._take_added() if self._session else []
        if self._session is None or not found:
            return None
        self._store(self._session, found)
        return self._stored(self._session)

    def _begin(self, session: Session) -> Stored:
        model = session_model(self.request.settled.model)
        if session.model() != model:
            session.use_model(model)
        retried = session.forget_unread() if self.request.scoring else 0
        if self.request.scoring and not session.note("started"):
            session.set_note("started", _now())
        self._store(session, self.request.found)
        return self._stored(session, retried)

    def _store(self, session: Session, found: Sequence[FoundImages]) -> None:
        self._taken.extend(found)
        for images in found:
            for slide in images.discovery.slides:
                session.add_slide(slide.name, slide.folder, slide.crops, slide.sample)
        if session.pending_count():
            remove_outdated(session.path)

    def _stored(self, session: Session, retried: int = 0) -> Stored:
        pending = session.pending_count() if self.request.scoring else 0
        return Stored(session.image_count(), self._done + pending, retried)

    def _score(self, session: Session) -> Iterator[RunEvent]:
        """Until nothing is pending, or a round has scored nothing."""
        settled, before = self.request.settled, -1
        request = self.request
        plan = ScoringPlan(
            *(settled.model.path, settled.engine, settled.device),
            load_network=request.load_network,
            low_priority=request.low_priority,
        )
        while self._done > before:
            before = self._done
            selection = select(session, request.stop_at, by_arrival=request.by_arrival)
            if not selection.refs:
                break
            events = self._score_all(session, plan, selection)
            try:
                for event in events:
                    yield from self._followed(session, event)
            finally:
                # Stops the scoring process and stores what it has done.
                events.close()
        if request.stop_at:
            yield from self._noticed(enough_in_words(session, request.stop_at))

    def _followed(self, session: Session, event: EngineReady | Waiting | Recorded) -> Iterator[RunEvent]:
        """The event itself, and what follows from it."""
        if isinstance(event, Recorded):
            self._done += event.images
        elif isinstance(event, EngineReady):
            session.set_note("engine", event.engine)
            session.set_note("device", event.device)
        yield event
        if isinstance(event, EngineReady):
            yield from self._noticed(event.notes)
        stored = self.store_added()
        if stored:
            yield stored

    def _noticed(self, texts: Sequence[str] | Iterator[str]) -> Iterator[Notice]:
        for text in texts:
            if text not in self._notices:
                self._notices.append(text)
                yield Notice(text)

    def _take_added(self) -> list[FoundImages]:
        found = []
        while True:
            try:
                found.append(self._added.get_nowait())
            except Empty:
                return found

    def _write_record_if_possible(self, session: Session) -> None:
        # What stopped the run is what the user has to know.
        with suppress(SpermViewerError):
            if self.request.scoring:
                self._write_record(session)

    def _write_record(self, session: Session) -> None:
        session.check_in_place()
        wanted = self.request.wanted
        settings: dict[str, str | list[str]] = {
            "paths": [str(path) for images in self._taken for path in images.paths],
            "engine": wanted.engine,
            "device": wanted.device,
            "heatmaps": self.request.heatmaps or "none",
            "stop_at": str(self.request.stop_at or "none"),
        }
        left_out = {str(entry.path): entry.reason for images in self._taken for entry in images.discovery.left_out}
        record = RunRecord(self._finished, settings, self._notices, left_out)
        write_run(record, session, result_files(session.path).record)


def _opened(path: Path) -> Session:
    return Session.open(path) if path.exists() else Session.create(path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _counted_twice(session: Session) -> Sequence[str]:
    """Flags images that are there more than once; a line about them and about fields that overlap, if any."""
    with session.writing("flag images that are there twice") as trail:
        mark_duplicates(session, trail)
    warning = " ".join([*duplicate_warnings(session), *overlap_warnings(overlapping_fields(session))])
    return [warning] if warning else []


def _unfamiliar(session: Session) -> Iterator[UnfamiliarSlides]:
    """Slides that differ from the training images, each once in a session's life for each model."""
    model = session.model()
    if model is None:
        return
    key = f"foreign:{model.id.sha256}"
    known = set(json.loads(session.note(key) or "[]"))
    found = [slide for slide in unfamiliar_slides(session) if slide.id not in known]
    if found:
        session.set_note(key, json.dumps(sorted(known | {slide.id for slide in found})))
        yield UnfamiliarSlides(tuple(unfamiliar_slide_warning(slide, model.id.name) for slide in found))
