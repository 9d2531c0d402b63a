"""The window: puts its parts together and connects them; what they do is in the parts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import Status
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.exporting import Exporter
from sperm_viewer.gui.background.moving import MovedImages
from sperm_viewer.gui.background.runner import State
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.gallery.gallery_actions import connect_gallery
from sperm_viewer.gui.review.blind_page import BlindPage
from sperm_viewer.gui.review.blind_reading import BlindReading
from sperm_viewer.gui.review.class_actions import name_classes
from sperm_viewer.gui.review.curtain import Curtain
from sperm_viewer.gui.review.image_view import Zoom
from sperm_viewer.gui.review.review_commands import REVIEW_ACTS, connect_review
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing
from sperm_viewer.gui.widgets.actions import Act, make_actions, paint_icons
from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.keys import bind_keys, chosen_keys
from sperm_viewer.gui.widgets.models import device_name
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.gui.window.commands import Commands
from sperm_viewer.gui.window.menus import Menus, fill_recent
from sperm_viewer.gui.window.notice_bar import NoticeBar
from sperm_viewer.gui.window.status_bar import StatusLine
from sperm_viewer.gui.window.toolbar import Toolbar
from sperm_viewer.gui.window.typing_keys import TypingKeys
from sperm_viewer.gui.window.welcome import WelcomePage
from sperm_viewer.gui.window.workspace import Workspace
from sperm_viewer.session.session import SlideCounts

_SESSION_ACTS = (
    Act.SHOW_FOLDER,
    Act.SLIDE_DETAILS,
    Act.SAVE_COPY,
    Act.FIND_MOVED,
    Act.REVIEWER,
    Act.SECOND_READING,
    Act.AGREEMENT,
    Act.SPOT_CHECK,
)
"""They need a session to act on."""


class MainWindow(QMainWindow):
    def __init__(self, controller: Controller, theme: Theme, ask: Ask) -> None:
        super().__init__()
        self.controller = controller
        self._settings: SettingsStore = controller.settings
        self._theme = theme
        self._ask = ask
        self._closing = False
        self.acts = make_actions(self)
        self.reviewer = Reviewer(self._settings, ask)
        self.menus = Menus(self.menuBar(), self.acts)
        self.toolbar = Toolbar(self.acts, controller.shelf, self.menus.recent_folders)
        self.notices = NoticeBar()
        self.welcome = WelcomePage(self.acts, theme)
        self.workspace = Workspace(controller, theme, self.acts)
        self.reviewing = Reviewing(controller, self.reviewer.asked, ask, self.workspace)
        self.blind = BlindReading(controller, self.reviewer, ask, BlindPage(theme, self.acts))
        self.curtain = Curtain(self)
        self.status = StatusLine()
        self.exporter = Exporter(self)
        self.moved = MovedImages(controller, ask, self)
        self.commands = Commands(self, ask)
        connect_review(self.acts, self._reading, self.reviewer, self._start_note, self)
        connect_gallery(self.acts, self.workspace.gallery, self._settings)
        self._assemble()
        self._connect()
        self._restore_layout()
        self._paint()
        self._show_session()
        self._show_state()
        self._show_recent()
        for problem in controller.shelf.problems:
            self.notices.say(f"A model can't be used: {problem}")

    # Putting together

    def _assemble(self) -> None:
        self.setWindowTitle("Sperm Viewer")
        self.setAcceptDrops(True)
        self.resize(1400, 840)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.workspace)
        self.pages.addWidget(self.blind.page)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.pages, 1)
        self.addToolBar(self.toolbar)
        self.setCentralWidget(middle)
        self.setStatusBar(self.status)
        own = [self.workspace.slides.list, *self.findChildren(QComboBox), *self.findChildren(QAbstractButton)]
        TypingKeys(own, self)

    def _connect(self) -> None:
        controller, workspace = self.controller, self.workspace
        sorting = workspace.results.sorting
        controller.session_changed.connect(self._show_session)
        controller.model_changed.connect(self._show_model)
        controller.found.connect(self.notices.say_found)
        controller.notice.connect(self.notices.say)
        controller.runner.state_changed.connect(self._show_state)
        controller.runner.progressed.connect(lambda p: self.status.show_progress(p, controller.runner.state))
        controller.run_ended.connect(self._run_ended)
        controller.finder.busy_changed.connect(self._show_state)
        self._settings.changed.connect(self._show_recent)
        self._settings.changed.connect(self._follow_theme)
        self._settings.changed.connect(self._follow_keys)
        self._settings.changed.connect(self._show_reviewer)
        self.workspace.cell.verdict.note.written.connect(self.reviewing.note)
        for reading in (self.reviewing, *self.blind.readings):
            reading.said.connect(self.status.say_briefly)
        self.blind.begun.connect(self.curtain.close)
        self.blind.ended.connect(self.curtain.open)
        self.blind.left.connect(self.commands.agreement)
        self.blind.checked.connect(self.commands.show_check)
        self.status.reviewer_wanted.connect(self.reviewer.change)
        self._theme.changed.connect(self._paint)
        self.toolbar.model_chosen.connect(controller.choose_model)
        self.toolbar.device_chosen.connect(controller.choose_device)
        self.toolbar.referred_wanted.connect(lambda: workspace.show_only(Status.REFERRED))
        self.toolbar.flagged_wanted.connect(lambda: workspace.show_only(flagged=True))
        self.toolbar.failed_wanted.connect(lambda: workspace.show_only(Status.FAILED))
        self.status.failed_wanted.connect(lambda: workspace.show_only(Status.FAILED))
        self.menus.sort.chosen.connect(sorting.by)
        sorting.changed.connect(self.menus.sort.show_order)
        workspace.counted.connect(self._show_counts)
        workspace.results.table.selectionModel().selectionChanged.connect(self._show_selection)
        self.welcome.session_chosen.connect(lambda path: controller.open_paths([path]))
        self.moved.said.connect(self.notices.say)
        self.exporter.started.connect(self.notices.say)
        self.exporter.progressed.connect(self.notices.say)
        self.exporter.done.connect(self.notices.say)
        self.exporter.failed.connect(lambda text: self._ask.tell("Export failed", text))

    # What is shown

    def _show_session(self) -> None:
        session = self.controller.session
        self.pages.setCurrentWidget(self.workspace if session else self.welcome)
        if session:
            self.workspace.results.setFocus()
        read_only = " (read-only)" if self.controller.read_only else ""
        self.setWindowTitle(f"{session.path.parent.name}{read_only} – Sperm Viewer" if session else "Sperm Viewer")
        self.setWindowFilePath(str(session.path) if session else "")
        self._bind_keys()
        self._show_model()
        self._show_state()
        self._show_reviewer()

    def _show_model(self) -> None:
        controller = self.controller
        device = controller.used_device or self._settings.value.device
        self.toolbar.show_model(controller.chosen_model, self._settings.value.device, controller.runner.busy)
        name = "automatic device" if device == "auto" else device_name(device)
        self.status.show_with(f"{controller.chosen_model}, {name}, research use only")

    def _show_state(self) -> None:
        state, session = self.controller.runner.state, self.controller.session
        finding, busy = self.controller.finder.busy, state is not State.IDLE
        can_score = not busy and session is not None and not self.controller.read_only and self.controller.waiting > 0
        self.acts[Act.SCORE].setEnabled(can_score)
        self.acts[Act.PAUSE].setEnabled(state in (State.SCORING, State.PAUSED))
        self.acts[Act.PAUSE].setText("Co&ntinue" if state is State.PAUSED else "&Pause")
        self._paint_pause()
        self.acts[Act.CANCEL].setEnabled(state in (State.SCORING, State.PAUSED))
        for act in (Act.OPEN_SESSION, Act.CLOSE_SESSION, Act.TRY_AGAIN):
            self.acts[act].setEnabled(not busy and not finding and (session is not None or act is Act.OPEN_SESSION))
        for act in (*_SESSION_ACTS, *REVIEW_ACTS):
            self.acts[act].setEnabled(session is not None)
        self.menus.sort.setEnabled(session is not None)
        self.status.show_busy(busy or finding)
        if busy:
            self.status.show_progress(self.controller.runner.progress, state)
        elif finding:
            self.status.say("Looking through the files…")
        elif session is None:
            self.status.say("")
        self._show_model()
        self._show_selection()

    def _run_ended(self) -> None:
        self._show_state()
        if self._closing:
            self.close()
            return
        said = self.controller.new_unfamiliar_slides()
        if said:
            self.notices.say(" ".join(said), self.acts[Act.SPOT_CHECK])

    def _show_counts(self, total: SlideCounts) -> None:
        if self.blind.active:
            return
        self.toolbar.show_counts(total.referred, total.flagged, total.failed)
        self.status.show_failed(total.failed)
        if not self.controller.runner.busy and self.controller.session:
            left = total.crops - total.done
            words = f"{total.done:,} of {total.crops:,} scored" if left else f"All {total.crops:,} done"
            words += f" · {total.reviewed:,} reviewed" if total.reviewed else ""
            self.status.say(words if total.crops else "")
            self.acts[Act.SCORE].setEnabled(left > 0 and not self.controller.read_only)
        self._show_selection()

    def _show_selection(self) -> None:
        rows = self.workspace.results.model.rowCount() if self.controller.session else 0
        for act in (Act.EXPORT_REPORT, Act.EXPORT_CSV):
            self.acts[act].setEnabled(rows > 0 or self.workspace.slides.model.total.done > 0)
        self.acts[Act.EXPORT_HEATMAPS].setEnabled(self.workspace.results.table.selectionModel().hasSelection())
        self.toolbar.show_export(self.acts[Act.EXPORT_CSV].isEnabled())

    def _show_recent(self) -> None:
        value = self._settings.value
        folders = [Path(folder) for folder in value.recent_folders]
        sessions = [Path(session) for session in value.recent_sessions]
        fill_recent(self.menus.recent_folders, folders, str, lambda path: self.controller.open_paths([path]))
        fill_recent(
            self.menus.recent_sessions,
            sessions,
            lambda path: path.parent.name,
            lambda path: self.controller.open_paths([path]),
        )
        self.welcome.show_recent(value.recent_sessions)

    # Review

    @property
    def zoom(self) -> Zoom:
        return self.blind.page.zoom if self.blind.active else self.workspace.cell.zoom

    def _reading(self) -> Reviewing:
        return self.blind.reviewing if self.blind.active else self.reviewing

    def _start_note(self) -> None:
        page = self.blind.page if self.blind.active else self.workspace.cell
        page.verdict.note.start()

    def _follow_keys(self) -> None:
        if self._settings.value.keys != self._bound:
            self._bind_keys()

    def _bind_keys(self) -> None:
        """The user's keys, and the names of the model's classes, which the keys give."""
        self._bound = self._settings.value.keys
        bind_keys(self.acts, chosen_keys(self._bound))
        model = self.controller.model
        name_classes(self.acts, model.classes if model else ())
        self.workspace.cell.verdict.show_classes()

    def _show_reviewer(self) -> None:
        if self.blind.active:
            return
        shown = self.controller.session is not None
        self.status.show_reviewer(self.reviewer.name, read_only=self.controller.read_only, shown=shown)

    # Look

    def _follow_theme(self) -> None:
        self._theme.choose(self._settings.value.theme)

    def _paint(self) -> None:
        paint_icons(self.acts, self._theme.tones)
        self._paint_pause()
        self.toolbar.set_tones(self._theme.tones)
        self.notices.set_tones(self._theme.tones)
        self.update()

    def _paint_pause(self) -> None:
        paused = self.controller.runner.state is State.PAUSED
        self.acts[Act.PAUSE].setIcon(tinted("score" if paused else "pause", self._theme.tones))

    def _restore_layout(self) -> None:
        kept = [QByteArray.fromBase64(QByteArray(part.encode())) for part in self._settings.value.layout]
        if len(kept) == 3:
            self.restoreGeometry(kept[0])
            self.workspace.restore_layout(kept[1], kept[2])
        fit_to_screen(self)

    def _keep_layout(self) -> None:
        parts = [self.saveGeometry(), *self.workspace.layout_state()]
        self._settings.update(layout=tuple(bytes(part.toBase64().data()).decode() for part in parts))

    # Drops and the end

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and not self.blind.active:
            event.acceptProposedAction()
            self._highlight(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._highlight(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._highlight(False)
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.controller.open_paths(files)

    def _highlight(self, on: bool) -> None:
        self.welcome.highlight(on)
        self.workspace.highlight(on)

    def closeEvent(self, event: QCloseEvent) -> None:
        """While scoring it asks, cancels, and closes when the run has ended and all of it is on disk."""
        runner = self.controller.runner
        if runner.busy and (self._closing or not self._may_stop()):
            event.ignore()
            return
        # The run may have ended while the question was open.
        if runner.busy:
            event.ignore()
            self._closing = True
            runner.cancel()
            self.setEnabled(False)
            return
        self._keep_layout()
        self.exporter.close()
        self.moved.close()
        self.workspace.close_tasks()
        self.blind.page.loader.close()
        self.controller.shutdown()
        self._settings.save()
        event.accept()

    def _may_stop(self) -> bool:
        text = "What is scored so far is kept. The rest can be scored when you open the session again."
        over = self.controller.run_ended
        return self._ask.confirm_stop("Stop scoring and close?", text, "Stop and Close", "Go On", over)
