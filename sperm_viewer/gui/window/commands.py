"""What the actions of the window do: one object for each subject, none of which knows the window's class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.runner import State
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.field.editing import FieldEditing
from sperm_viewer.gui.results.view_switch import FIELD, GALLERY, TABLE
from sperm_viewer.gui.review.image_view import Zoom
from sperm_viewer.gui.review.reading_again import ReadingAgain
from sperm_viewer.gui.review.reading_plan_guide import ReadingPlanGuide
from sperm_viewer.gui.review.review_commands import ReviewCommands
from sperm_viewer.gui.slides.arranging import Arranging
from sperm_viewer.gui.teaching.teach_commands import TeachCommands
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.window.app_commands import AppCommands, show_folder
from sperm_viewer.gui.window.control_commands import ControlCommands
from sperm_viewer.gui.window.report_commands import ReportCommands
from sperm_viewer.gui.window.session_commands import SessionCommands
from sperm_viewer.gui.window.workspace import Workspace


class ScoringCommands:
    """Start, pause and stop scoring."""

    def __init__(self, controller: Controller, ask: Ask) -> None:
        self._controller = controller
        self._ask = ask
        self._runner = controller.runner

    def score(self) -> None:
        self._controller.score()

    def try_again(self) -> None:
        self._controller.try_again()

    def watch_or_stop(self) -> None:
        controller = self._controller
        if controller.watcher.folder:
            controller.watcher.stop()
            controller.notice.emit("No folder is watched any more.")
            return
        folder = self._ask.folder("Watch a folder for new images", Path(controller.settings.value.last_folder))
        if folder:
            controller.settings.update(last_folder=str(folder))
            controller.watcher.start(folder, controller.opened.files())
            controller.notice.emit(f"Watching {folder} for new images.")
        # Qt has toggled the action; its state follows the watcher.
        controller.watcher.changed.emit()

    def pause_or_continue(self) -> None:
        if self._runner.state is State.PAUSED:
            self._runner.resume()
        else:
            self._runner.pause()

    def cancel(self) -> None:
        self._runner.cancel()

    def try_demo(self) -> None:
        self._controller.finder.make_demo()


class ViewCommands:
    """Change what is shown and how, without changing anything in the session."""

    def __init__(
        self, workspace: Workspace, blind: ReadingAgain, settings: SettingsStore, notify: Callable[[str], None]
    ) -> None:
        """`notify` shows a line of text to the user."""
        self._notify = notify
        self._workspace = workspace
        self._blind = blind
        self._settings = settings

    def start_search(self) -> None:
        self._workspace.start_search()

    def show_all(self) -> None:
        self._workspace.show_only()

    def toggle_gallery(self) -> None:
        self._toggle_view(GALLERY)

    def toggle_field(self) -> None:
        self._toggle_view(FIELD)

    def _toggle_view(self, name: str) -> None:
        self._settings.update(view=TABLE if self._settings.value.view == name else name)

    def toggle_gallery_groups(self) -> None:
        self._settings.update(gallery_grouped=not self._settings.value.gallery_grouped)

    def toggle_gallery_heat(self) -> None:
        self._settings.update(gallery_heat=not self._settings.value.gallery_heat)

    def zoom_by(self, steps: int) -> None:
        self._zoom.by(steps)

    def zoom_to_fit(self) -> None:
        self._zoom.fit()

    def toggle_zoom(self) -> None:
        self._zoom.toggle()

    def toggle_heat(self) -> None:
        self._workspace.cell.toggle_heat()

    def toggle_window(self) -> None:
        self._workspace.cell.toggle_window()

    def change_heat(self, steps: int) -> None:
        self._workspace.cell.change_heat(steps)

    def focus_similar(self) -> None:
        self._workspace.cell.focus_similar()

    def show_image(self) -> None:
        cell = self._workspace.current_cell()
        if cell and cell.ref.path.parent.is_dir():
            show_folder(cell.ref.path.parent)
        elif cell:
            self._notify(f"{cell.ref.path.parent}: there is no such folder. Choose File > Find Moved Images.")

    def copy_path(self) -> None:
        """Copies the paths of the images of the selected cells, a line for each."""
        paths = dict.fromkeys(str(cell.ref.path) for cell in self._workspace.selected_cells())
        QGuiApplication.clipboard().setText("\n".join(paths))

    @property
    def _zoom(self) -> Zoom:
        """That of the image which the reader looks at."""
        if self._blind.active:
            return self._blind.zoom
        return self._workspace.field.zoom if self._workspace.field.shown else self._workspace.cell.zoom


@dataclass(frozen=True, slots=True)
class Commands:
    """Everything that an action can run."""

    session: SessionCommands
    arranging: Arranging
    scoring: ScoringCommands
    review: ReviewCommands
    report: ReportCommands
    control: ControlCommands
    plan: ReadingPlanGuide
    teach: TeachCommands
    view: ViewCommands
    heads: FieldEditing
    app: AppCommands
