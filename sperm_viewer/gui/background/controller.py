"""Between the user's wishes and the run: what is dropped, scored, and shown of it. What a run uses, `settle` decides.

What is scored is written by the run's thread, what readers decide by the window's own connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.errors import ModelError, SpermViewerError
from sperm_viewer.gui.background.finder import Finder
from sperm_viewer.gui.background.open_session import OpenSession
from sperm_viewer.gui.background.opening import Into, Opening
from sperm_viewer.gui.background.runner import Outcome, RunEnd, Runner
from sperm_viewer.gui.background.watcher import Watcher
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.model_shelf import ModelShelf
from sperm_viewer.inference.open_engine import NetworkLoader
from sperm_viewer.run.events import EngineReady, Notice, Recorded, RunEvent, Stored, UnfamiliarSlides
from sperm_viewer.run.scoring import FoundImages, RunRequest
from sperm_viewer.run.settle import Settled, Wanted, opened_name, settle
from sperm_viewer.session.session import SUFFIX, Session, SessionModel
from sperm_viewer.system.result_places import SESSION_FILE, new_session_folder, sessions_in


class Controller(QObject):
    """Finds images, starts runs into the open session, and passes on what they report."""

    slides_changed = Signal()
    cells_recorded = Signal(object)
    """The ids of cells whose results are on disk now."""
    run_ended = Signal(object)
    """A `RunEnd`."""
    unfamiliar = Signal(object)
    """A tuple with a sentence for each slide that differs from the training images."""
    found = Signal(object)
    """A `Discovery`."""
    notice = Signal(str)
    """A line for the user; the empty one takes away the one before."""
    unexpected = Signal(str, str)

    def __init__(
        self,
        settings: SettingsStore,
        shelf: ModelShelf,
        ask: Ask,
        runner: Runner,
        load_network: NetworkLoader | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.shelf = shelf
        self.runner = runner
        self.finder = Finder(self._known_folders, self)
        self.watcher = Watcher(self._known_folders, self)
        self.opened = OpenSession(ask, self)
        self._opening = Opening(ask)
        self.session_changed = self.opened.changed
        self.leaving = self.opened.leaving
        self.model_changed = self.opened.model_changed
        self._ask = ask
        self.load_network = load_network
        self._new_folders: set[Path] = set()
        self._run_session = Path()
        self._retrying = self._retried = False
        self._next_model = ""
        """Chosen for the next session; empty for the model of the settings."""
        runner.happened.connect(self._on_event)
        runner.finished.connect(self._on_finished)
        self.finder.found.connect(self._on_found)
        self.watcher.arrived.connect(self._on_arrived)
        self.finder.failed.connect(self._on_not_found)

    # What is open

    @property
    def session(self) -> Session | None:
        return self.opened.session

    @property
    def model(self) -> SessionModel | None:
        """The model whose results are shown."""
        return self.opened.model

    @property
    def chosen_model(self) -> str:
        """The name in the chooser: that of the session's model, else the one for the next session."""
        return self.opened.model.id.name if self.opened.model else self._model_of_next

    @property
    def _model_of_next(self) -> str:
        return self._next_model or self.settings.value.model

    @property
    def used_device(self) -> str:
        """The device that the open session was last scored on, empty before that."""
        return (self.session.note("device") or "") if self.session else ""

    def open_paths(self, dropped: Sequence[Path]) -> None:
        """Opens a session file, or looks for images in files and folders, and asks where they go if in doubt."""
        sessions = [path for path in dropped if path.suffix == SUFFIX]
        others = tuple(path for path in dropped if path.suffix != SUFFIX)
        if sessions:
            self.open_session(sessions[0])
        if others:
            for path in others:
                if path.is_dir():
                    self.settings.add_recent("recent_folders", path)
            self.finder.look_through(others)

    def open_session(self, path: Path) -> None:
        if self.busy("open another session"):
            return
        before = self.session
        try:
            self.opened.open(path)
        except SpermViewerError as error:
            self._ask.tell("This session can't be opened", str(error))
            return
        if before:
            self.watcher.stop()
        self._new_folders.clear()
        self.settings.add_recent("recent_sessions", path)
        self.notice.emit(" ".join(self.opened.notices()))

    def close_session(self) -> None:
        if not self.busy("close this session"):
            self.watcher.stop()
            self._new_folders.clear()
            self.opened.show(None)
            self.notice.emit("")

    def shutdown(self) -> None:
        """Stops everything and closes the session; nothing that was scored is lost."""
        self.finder.close()
        self.watcher.close()
        self.runner.close()
        # Dropped at the very end of the last run: it must not start another one now.
        self.runner.take_left_over()
        self.opened.close()

    def busy(self, what: str) -> bool:
        """Says so where something is under way; `what` is what was wanted, as in 'close this session'."""
        if self.runner.busy or self.finder.busy:
            self._ask.tell("Scoring is under way", f"Cancel it, or wait until it's done, before you {what}.")
            return True
        return False

    # Scoring

    def score(self) -> None:
        """Scores what the model in use has not seen."""
        if self.session and not self.runner.busy and self.opened.pending and self.opened.may_write("score"):
            self._start()

    def try_again(self) -> None:
        """Starts a run for the files that could not be read before: they may be back by now."""
        if self.session and not self.busy("try files again") and self.opened.may_write("try files again"):
            self._retrying = self._start()

    def choose_device(self, device: str) -> None:
        """For the next run; one that is under way keeps its device."""
        self.settings.update(device=device)
        self.model_changed.emit()

    def choose_usual_model(self, name: str) -> None:
        """For new sessions."""
        self._next_model = ""
        self.settings.update(model=name)
        self.model_changed.emit()

    def choose_model(self, name: str) -> None:
        """Shows the results of that model, after asking if it has yet to score some crops.

        The choice is the open session's; without one it is that of the next session alone.
        """
        folder, shown = self.shelf.named(name), self.opened.model
        same = folder is None or (shown and folder.id == shown.id)
        if folder and not same and not self.runner.busy and self.opened.may_write("change the model"):
            settled = self._settled(folder)
            # A run may have begun while a question was open: what was dropped had yet to be looked through.
            if settled and not self.runner.busy:
                if self.session:
                    self._run(self.session.path, settled)
                else:
                    self._next_model = name
        self.model_changed.emit()

    def _wanted(self, model: ModelFolder | None) -> Wanted:
        value = self.settings.value
        return Wanted(model, self._model_of_next, value.engine, value.device)

    def _settled(self, model: ModelFolder | None = None) -> Settled | None:
        """What the next run uses; None where there is no model, or a question was answered with no."""
        try:
            settled = settle(self.session, self._wanted(model), self.shelf)
        except ModelError as error:
            self._ask.tell("There is no model", str(error))
            return None
        agreed = all(self._ask.confirm(q.title, q.text, q.yes, "Not Now") for q in settled.questions)
        return settled if agreed else None

    def _start(self, found: tuple[FoundImages, ...] = (), *, scoring: bool = True) -> bool:
        """Starts a run, or adds the images to one that began while a question was open. False where it may not."""
        settled = self._settled()
        if settled is None:
            return False
        if self.runner.busy:
            for images in found:
                self.runner.add(images)
            return True
        path = self.session.path if self.session else self._new_session(found)
        if path is None:
            return False
        if not found:
            self.notice.emit("")
        self._run(path, settled, found, scoring=scoring)
        return True

    def _new_session(self, found: tuple[FoundImages, ...]) -> Path | None:
        """Where the session for these images will be, locked; None where it can't be made."""
        now = datetime.now().astimezone()
        path = new_session_folder(self.settings.sessions_folder, opened_name(found[0].paths), now) / SESSION_FILE
        try:
            self.opened.lock(path)
        except SpermViewerError as error:
            self._ask.tell("A new session can't be made", str(error))
            return None
        return path

    def _run(self, path: Path, settled: Settled, found: tuple[FoundImages, ...] = (), *, scoring: bool = True) -> None:
        self._run_session = path
        wanted = self._wanted(settled.model)
        request = RunRequest(path, settled, wanted, found, scoring, load_network=self.load_network, low_priority=True)
        stop_at, watching = self.settings.value.stop_at or None, self.watcher.folder is not None
        self.runner.start(replace(request, stop_at=stop_at, by_arrival=watching))

    # Finding images

    def _known_folders(self) -> set[Path]:
        return {*(self.session.folders() if self.session else ()), *self._new_folders}

    def _on_found(self, found: FoundImages) -> None:
        discovery = found.discovery
        if discovery.slides and not self._is_in_place(found):
            return
        self.found.emit(discovery)
        if not discovery.slides or not self.opened.may_write("add slides"):
            return
        arranged = self._opening.in_samples(found, self._known_folders())
        if arranged is None:
            return
        found = replace(found, discovery=arranged)
        self._new_folders.update(slide.folder for slide in discovery.slides)
        if self.runner.busy:
            # Stored by the run that is under way, and scored after it.
            self.runner.add(found)
        else:
            self._add((found,), scoring=self.settings.value.score_at_once)

    def _on_arrived(self, found: FoundImages) -> None:
        """Images that came into the watched folder join the session, without a question once it is begun."""
        if self.session is None and not self.runner.busy:
            self._on_found(found)
        elif self.opened.may_write("add images"):
            self._new_folders.update(slide.folder for slide in found.discovery.slides)
            if self.runner.busy:
                self.runner.add(found)
            else:
                self._add((found,), scoring=True)

    def _is_in_place(self, found: FoundImages) -> bool:
        """Whether the session that the images go into is the open one, or none is open so that a new one is made.

        During a run they join the session that is being scored.
        """
        if self.runner.busy:
            return True
        recent = [Path(path) for path in self.settings.value.recent_sessions]
        into = self._opening.into(found, self.session, [*recent, *sessions_in(self.settings.sessions_folder)])
        if isinstance(into, Path):
            self.open_session(into)
            folders = {slide.folder for slide in found.discovery.slides}
            opened = self.session is not None and self.session.path == into
            # Folders that are new to it join the session.
            return opened and not folders <= self._known_folders()
        if into is Into.NEW and self.session:
            if self.busy("begin another session"):
                return False
            self.close_session()
        return into is not None

    def _add(self, found: tuple[FoundImages, ...], *, scoring: bool) -> None:
        if not self._start(found, scoring=scoring):
            self._new_folders.clear()

    def _on_not_found(self, error: Exception) -> None:
        if isinstance(error, SpermViewerError):
            self._ask.tell("This can't be opened", str(error))
        else:
            self.unexpected.emit("The images could not be looked through.", repr(error))

    # Events of the run

    def _on_event(self, event: RunEvent) -> None:
        match event:
            case Stored():
                self._on_stored(event)
            case EngineReady():
                self.model_changed.emit()
            case Recorded(ids, _):
                self.cells_recorded.emit(ids)
            case Notice(text):
                self.notice.emit(text)
            case UnfamiliarSlides(sentences):
                self.unfamiliar.emit(sentences)

    def _on_stored(self, event: Stored) -> None:
        if self.session is None or self.session.path != self._run_session:
            self._next_model = ""
            self.opened.show(Session.open(self._run_session))
            self.settings.add_recent("recent_sessions", self._run_session)
        elif not self.opened.update_model():
            self.slides_changed.emit()
        self._retried = event.retried > 0 or self._retried
        if self._retrying and not event.total:
            self.notice.emit("Every file of this session could be read.")
        self._retrying = False

    def _on_finished(self, end: RunEnd) -> None:
        if self._retried and end.outcome is not Outcome.DONE:
            # Files that were to be tried again have no result now, so their rows go.
            self.session_changed.emit()
        self._retrying = self._retried = False
        self.run_ended.emit(end)
        if end.details:
            self.unexpected.emit(end.message, end.details)
        elif end.outcome is Outcome.FAILED:
            self._ask.tell("Scoring stopped", end.message)
        left = self.runner.take_left_over()
        if left:
            # Dropped at the very end of the run.
            self._add(left, scoring=end.outcome is Outcome.DONE and self.settings.value.score_at_once)
