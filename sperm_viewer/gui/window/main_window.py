"""The main window: assembles its parts and connects their signals; the parts do the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import Status
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.exporting import Exporter
from sperm_viewer.gui.background.moving import MovedImages
from sperm_viewer.gui.background.runner import State
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.field.editing import FieldEditing
from sperm_viewer.gui.review.class_actions import name_classes
from sperm_viewer.gui.review.reading_again import ReadingAgain
from sperm_viewer.gui.review.reading_page import ReadingPage
from sperm_viewer.gui.review.reading_plan_guide import ReadingPlanGuide
from sperm_viewer.gui.review.review_commands import ReviewCommands
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing
from sperm_viewer.gui.slides.arranging import Arranging
from sperm_viewer.gui.teaching.teach_commands import TeachCommands
from sperm_viewer.gui.widgets.action_spec import ActionId, WindowState
from sperm_viewer.gui.widgets.key_bindings import KeyBindings
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.gui.window.app_commands import AppCommands
from sperm_viewer.gui.window.commands import Commands, ScoringCommands, ViewCommands
from sperm_viewer.gui.window.control_commands import ControlCommands
from sperm_viewer.gui.window.file_drop_window import FileDropWindow
from sperm_viewer.gui.window.menus import Menus
from sperm_viewer.gui.window.notice_bar import NoticeBar
from sperm_viewer.gui.window.report_commands import ReportCommands
from sperm_viewer.gui.window.session_commands import SessionCommands
from sperm_viewer.gui.window.status_bar import StatusLine
from sperm_viewer.gui.window.toolbar import Toolbar
from sperm_viewer.gui.window.typing_keys import leave_keys_to_cells
from sperm_viewer.gui.window.welcome import WelcomePage
from sperm_viewer.gui.window.window_actions import WindowActions
from sperm_viewer.gui.window.workspace import Workspace
from sperm_viewer.inference.model_shelf import device_name
from sperm_viewer.session.session import SlideCounts


class MainWindow(FileDropWindow):
    def __init__(self, controller: Controller, theme: Theme, ask: Ask) -> None:
        super().__init__()
        self.controller = controller
        self._settings = controller.settings
        self._theme = theme
        self._ask = ask
        self._bound_keys: tuple[str, ...] = ()
        self._closing, self._state = False, WindowState()
        self._actions = actions = WindowActions(ACTIONS, self)
        self.reviewer = Reviewer(self._settings, ask)
        self.menus = Menus(self.menuBar(), ACTIONS, actions)
        self.toolbar = Toolbar(ACTIONS, actions, controller.shelf, self.menus.recent_folders)
        self.notices = NoticeBar()
        self.status = StatusLine()
        self.welcome = WelcomePage(actions, theme)
        self.workspace = Workspace(controller, theme, actions)
        self.plan = ReadingPlanGuide(controller.opened, self.workspace, ask, self)
        self.reviewing = Reviewing(controller, self.reviewer.ensure_name, ask, self.workspace, guide=self.plan)
        self.blind = ReadingAgain(controller, self.reviewer, ask, ReadingPage(theme, actions))
        self.exporter = Exporter(self)
        self.moved = MovedImages(controller.opened, ask, self)
        self.commands = self._make_commands()
        actions.connect(self.commands)
        self._assemble()
        self._connect_run()
        self._connect_views()
        self._restore_layout()
        self._paint()
        self._show_session()
        self._show_run_state()
        self._follow_settings()
        for problem in controller.shelf.problems:
            self.notices.show_text(f"A model can't be used: {problem}")

    def action(self, action: ActionId) -> QAction:
        return self._actions[action]

    def _make_commands(self) -> Commands:
        controller, ask, workspace = self.controller, self._ask, self.workspace
        name, note, show = self.reviewer.ensure_name, workspace.cell.start_note, self.notices.show_text
        heads = FieldEditing(controller, workspace, name, ask, self.status.show_briefly, self)
        return Commands(
            session=SessionCommands(controller, ask, workspace, self.exporter, self.moved, name, self),
            arranging=Arranging(controller.opened, ask, name, lambda: workspace.chosen_slide, show, self),
            scoring=ScoringCommands(controller, ask),
            review=ReviewCommands(controller.opened, self.reviewing, self.blind, self.reviewer, ask, note, heads, self),
            report=ReportCommands(controller, ask, workspace, self.exporter, name, show, self),
            control=ControlCommands(controller, ask, name, self),
            plan=self.plan,
            teach=TeachCommands(controller, self.plan, self.toolbar.add_model, self.reviewer, ask, self),
            view=ViewCommands(workspace, self.blind, self._settings, show),
            heads=heads,
            app=AppCommands(controller, ask, ACTIONS, self._actions, show, self),
        )

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
        leave_keys_to_cells(self, self.workspace.slides.list, self._focus_cells)

    def _focus_cells(self) -> None:
        """Gives the keyboard to the cells, or to the page of the blind reading."""
        if self.controller.session:
            (self.blind.page if self.blind.active else self.workspace.results).setFocus()

    def _connect_run(self) -> None:
        controller, runner = self.controller, self.controller.runner
        controller.session_changed.connect(self._show_session)
        controller.model_changed.connect(self._show_model)
        controller.found.connect(self.notices.show_found)
        controller.notice.connect(self.notices.show_text)
        controller.run_ended.connect(self._run_ended)
        controller.unfamiliar.connect(self._show_unfamiliar)
        for changed in (controller.finder.busy_changed, controller.watcher.changed, runner.state_changed):
            changed.connect(self._show_run_state)
        runner.progressed.connect(lambda progress: self.status.show_progress(progress, runner.state))
        self.toolbar.model_chosen.connect(controller.choose_model)
        self.toolbar.device_chosen.connect(controller.choose_device)
        self.welcome.session_chosen.connect(lambda path: controller.open_paths([path]))
        self.welcome.appeared.connect(self.menus.sessions.read_again)
        self.menus.path_chosen.connect(lambda path: controller.open_paths([path]))
        self.menus.sessions.named.connect(self.welcome.show_recent)
        self.moved.message.connect(self.notices.show_text)
        self.moved.missing.connect(lambda text: self.notices.add(text, self.action(ActionId.FIND_MOVED)))

    def _connect_views(self) -> None:
        workspace, blind = self.workspace, self.blind
        self._settings.changed.connect(self._follow_settings)
        self._theme.changed.connect(self._paint)
        for reading in (self.reviewing, *blind.readings):
            reading.message.connect(self.status.show_briefly)
        self.plan.said.connect(self.notices.show_text)
        self.plan.active_changed.connect(lambda active: self._update_state(reading_plan=active))
        blind.begun.connect(self._begin_blind_reading)
        blind.ended.connect(self._end_blind_reading)
        blind.reading_ended.connect(self.commands.review.show_agreement)
        blind.check_ended.connect(self.commands.review.show_check)
        self.status.reviewer_wanted.connect(self.reviewer.change)
        self.toolbar.referred_wanted.connect(lambda: workspace.show_only(Status.REFERRED, reviewed=False))
        self.toolbar.flagged_wanted.connect(lambda: workspace.show_only(flagged=True))
        self.toolbar.failed_wanted.connect(lambda: workspace.show_only(Status.FAILED))
        self.status.failed_wanted.connect(lambda: workspace.show_only(Status.FAILED))
        self.menus.sort.chosen.connect(workspace.sort_by)
        workspace.order_changed.connect(self.menus.sort.show_order)
        workspace.counted.connect(self._show_counts)
        workspace.selection_changed.connect(self._show_selection)
        workspace.note_written.connect(self.reviewing.store_note)

    # What is shown

    def _update_state(self, **changes: Any) -> None:
        """Everything that depends on the window's state follows."""
        self._state = replace(self._state, **changes)
        self._actions.show_state(self._state)
        self.menus.show_state(self._state)
        self.toolbar.show_state(self._state)

    def _show_session(self) -> None:
        session = self.controller.session
        self.pages.setCurrentWidget(self.workspace if session else self.welcome)
        self._focus_cells()
        read_only = " (read-only)" if self.controller.opened.read_only else ""
        self.setWindowTitle(f"{session.path.parent.name}{read_only} – Sperm Viewer" if session else "Sperm Viewer")
        self.setWindowFilePath(str(session.path) if session else "")
        self._bind_keys()
        self._show_run_state()
        self._show_reviewer()

    def _show_model(self) -> None:
        controller = self.controller
        device = controller.used_device or self._settings.value.device
        self.toolbar.show_model(controller.chosen_model, self._settings.value.device, controller.runner.busy)
        name = "automatic device" if device == "auto" else device_name(device)
        self.status.show_model(f"{controller.chosen_model}, {name}, research use only")

    def _show_run_state(self) -> None:
        controller, state = self.controller, self.controller.runner.state
        running, searching = state is not State.IDLE, controller.finder.busy
        self._update_state(
            session_open=controller.session is not None,
            read_only=controller.opened.read_only,
            running=running,
            scoring=state in (State.SCORING, State.PAUSED),
            paused=state is State.PAUSED,
            watching=controller.watcher.folder is not None,
            searching=searching,
            to_score=self._state.to_score if running else controller.opened.pending,
        )
        self.status.show_busy(running or searching)
        if running:
            self.status.show_progress(controller.runner.progress, state)
        elif searching:
            self.status.show_text("Looking through the files…")
        elif controller.session is None:
            self.status.show_text("")
        self._show_model()
        self._show_selection()

    def _run_ended(self) -> None:
        self._show_run_state()
        if self._closing:
            self.close()

    def _show_unfamiliar(self, warnings: tuple[str, ...]) -> None:
        self.notices.add(" ".join(warnings), self.action(ActionId.SPOT_CHECK))

    def _show_counts(self, total: SlideCounts) -> None:
        if self.blind.active:
            return
        self.toolbar.show_counts(total.referred, total.flagged, total.failed, total.to_read)
        self.status.show_failed(total.failed)
        if not self.controller.runner.busy and self.controller.session:
            self.status.show_counts(total)
            self._update_state(to_score=total.crops - total.done)
        self._show_selection()

    def _show_selection(self) -> None:
        shown, workspace = self.controller.session is not None, self.workspace
        self._update_state(has_results=shown and workspace.has_results, has_selection=workspace.has_selection)

    def _show_reviewer(self) -> None:
        if not self.blind.active:
            opened = self.controller.opened
            self.status.show_reviewer(self.reviewer.name, read_only=opened.read_only, shown=opened.session is not None)

    # Blind readings

    def _begin_blind_reading(self) -> None:
        """Shows the page of the reading alone, so that no earlier answer can be seen."""
        self.plan.end()
        self._update_state(blind_reading=True)
        self.notices.show_text("")
        self.status.show_blind_reading()
        self.pages.setCurrentWidget(self.blind.page)

    def _end_blind_reading(self) -> None:
        self._update_state(blind_reading=False)
        self._show_reviewer()
        self.pages.setCurrentWidget(self.workspace)
        self.workspace.refresh(self.workspace.selected_ids())
        self.workspace.focus_cells()

    # Settings

    def _follow_settings(self) -> None:
        value = self._settings.value
        self.menus.show_recent(value.recent_folders, value.recent_sessions)
        self._theme.choose(value.theme)
        if value.keys != self._bound_keys:
            self._bind_keys()
        self._show_reviewer()
        self._update_state(
            view=value.view,
            gallery_grouped=value.gallery_grouped,
            gallery_heat=value.gallery_heat,
            work_list_order=value.work_list_order,
        )

    def _bind_keys(self) -> None:
        """Binds the keys, and names the actions that assign the model's classes."""
        self._bound_keys = self._settings.value.keys
        self._actions.bind_keys(KeyBindings(ACTIONS, self._bound_keys))
        model = self.controller.model
        name_classes(self._actions, model.classes if model else ())
        self.workspace.cell.show_classes()

    def _paint(self) -> None:
        self._actions.paint_icons(self._theme.tones)
        self.toolbar.set_tones(self._theme.tones)
        self.notices.set_tones(self._theme.tones)
        self.update()

    def _restore_layout(self) -> None:
        stored = [QByteArray.fromBase64(QByteArray(part.encode())) for part in self._settings.value.layout]
        if len(stored) == 3:
            self.restoreGeometry(stored[0])
            self.workspace.restore_layout(stored[1], stored[2])
        fit_to_screen(self)

    def _store_layout(self) -> None:
        parts = [self.saveGeometry(), *self.workspace.layout_state()]
        self._settings.update(layout=tuple(bytes(part.toBase64().data()).decode() for part in parts))

    # Qt events

    def takes_files(self) -> bool:
        return not self.blind.active

    def open_files(self, files: Sequence[Path]) -> None:
        self.controller.open_paths(files)

    def highlight(self, on: bool) -> None:
        self.welcome.highlight(on)
        self.workspace.highlight(on)

    def closeEvent(self, event: QCloseEvent) -> None:
        """During a run it asks, cancels the run, and closes when the run has ended and all results are on disk."""
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
        self._store_layout()
        self.exporter.close()
        self.moved.close()
        tasks = (self.workspace, self.plan, self.blind, self.commands.report, self.commands.control, self.menus)
        for part in tasks:
            part.close_tasks()
        self.controller.shutdown()
        self._settings.save()
        event.accept()

    def _may_stop(self) -> bool:
        text = "The results so far are kept. You can score the rest when you open the session again."
        over = self.controller.run_ended
        return self._ask.confirm_stop("Stop scoring and close?", text, "Stop and Close", "Go On", over)
