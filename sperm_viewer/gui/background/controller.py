"""Between the session and the views: what is open, what is being scored, and what the user asked for.

What is scored is written by the worker, what readers decide by the window's own connection.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.finder import Finder
from sperm_viewer.gui.background.holding import Holding
from sperm_viewer.gui.background.runner import Runner
from sperm_viewer.gui.background.worker import Batch, Finished, Job, Outcome, Ready, Stored
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.widgets.models import ModelShelf, device_name, session_model
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.imaging.discover import Discovery, SlideFound
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.open_engine import NetworkLoader
from sperm_viewer.session.session import SUFFIX, Session, SessionModel
from sperm_viewer.session.unfamiliar_slides import in_words, unfamiliar_slides
from sperm_viewer.system import paths
from sperm_viewer.system.network_drive import on_network_drive
from sperm_viewer.system.result_places import SESSION_FILE, new_session_folder


class Controller(QObject):
    """The open session and everything that can be done with it."""

    session_changed = Signal()
    """Another session, or another model of it: everything that is shown has to be read anew."""
    leaving = Signal()
    """The open session is about to be left: what is being written of it has to be stored now."""
    slides_changed = Signal()
    cells_recorded = Signal(object)
    run_ended = Signal(object)
    model_changed = Signal()
    found = Signal(object)
    notice = Signal(str)
    """A line for the user; the empty one takes away what was said before."""
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
        self.finder = Finder(self._taken_names, self)
        self.session: Session | None = None
        self.holding = Holding(ask)
        self.used_device = ""
        self._ask = ask
        self._load_network = load_network
        self._model_name = settings.value.model
        self._shown_model: SessionModel | None = None
        self._new_names: dict[Path, str] = {}
        self._on_network: set[Path] = set()
        runner.stored.connect(self._on_stored)
        runner.ready.connect(self._on_ready)
        runner.recorded.connect(self._on_recorded)
        runner.told.connect(self.notice)
        runner.finished.connect(self._on_finished)
        self.finder.found.connect(self._on_found)
        self.finder.failed.connect(self._on_not_found)

    # What is open

    @property
    def model(self) -> SessionModel | None:
        """The model whose results are shown."""
        return self._shown_model

    @property
    def chosen_model(self) -> str:
        """The name in the chooser: that of the session's model, else the one for the next session."""
        return self._shown_model.id.name if self._shown_model else self._model_name

    @property
    def waiting(self) -> int:
        """How many crops of the open session the model in use has yet to be asked about."""
        return self.session.pending_count() if self.session else 0

    @property
    def read_only(self) -> bool:
        """Whether the open session can only be read."""
        return self.session is not None and self.session.read_only

    def new_unfamiliar_slides(self) -> list[str]:
        """What there is to say of slides from elsewhere, each once in a session's life for each model."""
        if self.session is None or self._shown_model is None:
            return []
        name = self._shown_model.id.name
        key = f"foreign:{self._shown_model.id.sha256}"
        known = set(json.loads(self.session.note(key) or "[]"))
        found = [slide for slide in unfamiliar_slides(self.session) if slide.name not in known]
        if found:
            self.session.set_note(key, json.dumps(sorted(known | {slide.name for slide in found})))
        return [in_words(slide, name) for slide in found]

    def open_paths(self, dropped: Sequence[Path]) -> None:
        """Opens a session file, or adds files and folders to the session that is open (a new one where none is)."""
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
        try:
            opened = self.holding.open(path)
        except SpermViewerError as error:
            self.holding.keep_only(self.session.path if self.session else None)
            self._ask.tell("This session can't be opened", str(error))
            return
        self._show(opened)
        self.notice.emit(" ".join(self._news_of(opened)))

    def _news_of(self, session: Session) -> list[str]:
        """What there is to say of a session that was opened."""
        said = []
        if session.read_only:
            said.append(f"Shown read-only: {self.holding.read_only}")
        elif self.waiting:
            said.append(f"{counted(self.waiting, 'crop')} of this session still to score. Score goes on with them.")
        if session.path not in self._on_network and on_network_drive(session.path):
            self._on_network.add(session.path)
            said.append("This session is on a network drive: slower, and lost if the drive is. Keep a copy elsewhere.")
        return said

    def close_session(self) -> None:
        if not self.busy("close this session"):
            self._show(None)
            self.notice.emit("")

    def shutdown(self) -> None:
        """Stops everything and closes the session; nothing that was scored is lost."""
        self.finder.close()
        self.runner.close()
        # Dropped at the very end of the last run: it must not start another one now.
        self.runner.take_left_over()
        self.leaving.emit()
        if self.session:
            self.session.close()
            self.session = None
        self.holding.keep_only(None)

    def may_write(self, what: str) -> bool:
        """Says why not where the session can only be read; `what` is what was wanted, as in 'score'."""
        because = self.holding.read_only
        if self.read_only and because:
            text = f"{because.why}, so that this window can't {what}. {because.remedy}"
            self._ask.tell("This session is shown read-only", text)
        return not self.read_only

    def busy(self, what: str) -> bool:
        """Says so where something is under way; `what` is what was wanted, as in 'close this session'."""
        if self.runner.busy or self.finder.busy:
            self._ask.tell("Scoring is under way", f"Cancel it, or wait until it's done, before you {what}.")
            return True
        return False

    def _show(self, session: Session | None) -> None:
        self.leaving.emit()
        before, self.session = self.session, session
        self.used_device = (session.note("device") or "") if session else ""
        self._new_names.clear()
        self._shown_model = session.model() if session else None
        if session:
            self.settings.add_recent("recent_sessions", session.path)
        self.model_changed.emit()
        self.session_changed.emit()
        # Closed last: until now the views may still have asked it.
        if before:
            before.close()
        self.holding.keep_only(session.path if session else None)

    def show_again(self) -> None:
        """Reads the open session anew: something of it changed behind the views."""
        if self.session:
            self._show(Session.open(self.session.path, read_only=self.session.read_only))

    # Scoring

    def score(self) -> None:
        """Scores what the model in use has not seen."""
        if not self.session or self.runner.busy or not self.waiting or not self.may_write("score"):
            return
        folder = self._folder_to_score_with()
        if folder:
            self._start(self.session.path, folder, scoring=True)

    def try_again(self) -> None:
        """Scores the files that could not be read before: they may be back by now."""
        if not self.session or self.busy("try files again") or not self.may_write("try files again"):
            return
        try:
            self.session.forget_unread()
            self._show(Session.open(self.session.path))
        except SpermViewerError as error:
            self._ask.tell("The files can't be tried again", str(error))
            return
        if not self.waiting:
            self.notice.emit("Every file of this session could be read.")
        self.score()

    def choose_device(self, device: str) -> None:
        """For the next run; one that is under way keeps its device."""
        self.settings.update(device=device)
        self.model_changed.emit()

    def choose_model(self, name: str) -> None:
        """Shows what that model said; asks before it scores what it has not seen."""
        folder = self.shelf.named(name)
        shown = self._shown_model
        same = folder is None or (shown and folder.id == shown.id)
        if folder is None or same or self.runner.busy or not self.may_write("change the model"):
            self.model_changed.emit()
            return
        missing = self.session.crop_count() - self.session.result_count(folder.id) if self.session else 0
        text = (
            f"'{name}' has yet to score {counted(missing, 'crop')} of this session. What '{self.chosen_model}' said is "
            "kept: choose it again to see it."
        )
        agreed = not missing or self._ask.confirm(f"Score again with '{name}'?", text, "Score Again", "Not Now")
        # A run may have begun while the question was open: what was dropped had yet to be looked through.
        if agreed and not self.runner.busy:
            self._model_name = name
            self.settings.update(model=name)
            if self.session:
                self._start(self.session.path, folder, scoring=missing > 0)
        self.model_changed.emit()

    def _folder_to_score_with(self) -> ModelFolder | None:
        """The session's own model where it has one; another one only after asking."""
        used = self._shown_model
        chosen = self.shelf.with_id(used.id) if used else self.shelf.named(self._model_name)
        if chosen:
            return chosen
        name = self.chosen_model
        other = self.shelf.named(name) or next(iter(self.shelf.folders), None)
        if other is None:
            text = "No model folder was found, so nothing can be scored. Install Sperm Viewer again."
            self._ask.tell("There is no model", text)
            return None
        title = "Score with another model?"
        if used and other.spec.name == used.id.name:
            count = counted(self.session.crop_count() if self.session else 0, "crop")
            title = f"Score again with the installed '{name}'?"
            text = (
                f"This session was scored with another version of '{name}' ({used.id.sha256[:8]}; installed here: "
                f"{other.id.sha256[:8]}). Score all {count} again with the installed one? Earlier results are kept."
            )
        else:
            text = (
                f"The model '{name}' that this session or your settings ask for isn't installed here. Score everything "
                f"with '{other.spec.name}'? Earlier results are kept."
            )
        return other if self._ask.confirm(title, text, "Score", "Not Now") else None

    def _device_to_score_on(self) -> str | None:
        """The chosen device; `auto` stays with the one the session was begun on, or asks. None: better not at all."""
        chosen = self.settings.value.device
        begun = self.session.note("device") if self.session else None
        if chosen != "auto" or not begun or begun in self.shelf.devices:
            return begun if chosen == "auto" and begun else chosen
        text = f"This session was begun on {device_name(begun)}, which isn't here. Go on with the best device there is?"
        return "auto" if self._ask.confirm("Go on with another device?", text, "Go On", "Not Now") else None

    def _start(self, path: Path, folder: ModelFolder, *, scoring: bool, add: tuple[SlideFound, ...] = ()) -> None:
        device = self._device_to_score_on() if scoring else None
        plan = None
        if device:
            engine = self.settings.value.engine
            if engine == "auto" and self.session:
                engine = self.session.note("engine") or engine
            plan = ScoringPlan(folder.path, engine, device, load_network=self._load_network)
        if self.runner.busy:
            # It began while a question was open.
            self.runner.add(add)
            return
        if not add:
            self.notice.emit("")
        self.runner.start(Job(self.runner.next_run(), path, add, session_model(folder), plan))

    # Finding images

    def _taken_names(self) -> dict[Path, str]:
        stored = self.session.slide_names() if self.session else {}
        return {**stored, **self._new_names}

    def _on_found(self, discovery: Discovery) -> None:
        self.found.emit(discovery)
        if not discovery.slides or not self.may_write("add slides"):
            return
        self._new_names.update((slide.folder, slide.name) for slide in discovery.slides)
        if self.runner.busy:
            # Stored by the run that is under way, and scored after it.
            self.runner.add(discovery.slides)
        else:
            self._add(discovery.slides, scoring=self.settings.value.score_at_once)

    def _add(self, slides: tuple[SlideFound, ...], *, scoring: bool) -> None:
        folder = self._folder_to_score_with()
        if folder is None:
            self._new_names.clear()
            return
        if self.session:
            path = self.session.path
        else:
            now = datetime.now().astimezone()
            path = new_session_folder(paths.results_folder(), slides[0].name, now) / SESSION_FILE
            try:
                self.holding.take(path)
            except SpermViewerError as error:
                self._new_names.clear()
                self._ask.tell("A new session can't be made", str(error))
                return
        self._start(path, folder, scoring=scoring, add=slides)

    def _on_not_found(self, error: Exception) -> None:
        if isinstance(error, SpermViewerError):
            self._ask.tell("This can't be opened", str(error))
        else:
            self.unexpected.emit("The images could not be looked through.", repr(error))

    # News from the worker

    def _on_stored(self, message: Stored) -> None:
        if self.session is None or self.session.path != message.session:
            names = dict(self._new_names)
            self._show(Session.open(message.session))
            self._new_names.update(names)
        elif self.session.model() != self._shown_model:
            self._shown_model = self.session.model()
            self.model_changed.emit()
            self.session_changed.emit()
        else:
            self.slides_changed.emit()

    def _on_ready(self, message: Ready) -> None:
        self.used_device = message.device
        self.model_changed.emit()

    def _on_recorded(self, message: Batch) -> None:
        self.cells_recorded.emit(message.ids)

    def _on_finished(self, message: Finished) -> None:
        self.run_ended.emit(message)
        if message.details:
            self.unexpected.emit(message.message, message.details)
        elif message.outcome is Outcome.FAILED:
            self._ask.tell("Scoring stopped", message.message)
        left = self.runner.take_left_over()
        if left:
            # Dropped at the very end of the run.
            scoring = message.outcome is Outcome.DONE and self.settings.value.score_at_once
            self._add(left, scoring=scoring)
