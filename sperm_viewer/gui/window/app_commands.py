"""Settings, help and support: what concerns the app and not the open session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.about import AboutDialog
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.dialogs.guide import open_guide
from sperm_viewer.gui.dialogs.heatmap_help import HeatmapHelp
from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.dialogs.shortcuts_dialog import ShortcutsDialog
from sperm_viewer.gui.dialogs.support_dialog import SupportDialog
from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec
from sperm_viewer.gui.widgets.error_reporter import LOG_FILE
from sperm_viewer.gui.window.speed_dialog import SpeedDialog
from sperm_viewer.inference.model_shelf import device_name
from sperm_viewer.run.support_bundle import support_text
from sperm_viewer.system import paths
from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.system.crash_log import SCORING_CRASHES, WINDOW_CRASHES


class AppCommands:
    def __init__(
        self,
        controller: Controller,
        ask: Ask,
        specs: Sequence[ActionSpec[Any]],
        actions: Mapping[ActionId, QAction],
        notify: Callable[[str], None],
        window: QWidget,
    ) -> None:
        """`specs` are all actions, for the pages about keys; `notify` shows a line of text to the user."""
        self._controller = controller
        self._settings = controller.settings
        self._shelf = controller.shelf
        self._ask = ask
        self._specs = specs
        self._actions = actions
        self._notify = notify
        self._window = window

    def quit(self) -> None:
        self._window.close()

    def show_settings(self) -> None:
        dialog = SettingsDialog(self._settings, self._specs, self._ask, self._window)
        dialog.offer_models([folder.spec for folder in self._shelf.folders], self._controller.choose_usual_model)
        dialog.open()

    def show_guide(self) -> None:
        open_guide(self._window)

    def show_heatmap_help(self) -> None:
        HeatmapHelp(self._window).open()

    def show_keys(self) -> None:
        ShortcutsDialog(self._specs, self._actions, self._window).open()

    def measure_speed(self) -> None:
        chosen = self._controller.chosen_model
        model = self._shelf.named(chosen)
        if model is None:
            self._ask.tell("The speed can't be measured", f"The model '{chosen}' isn't installed. Choose another one.")
        else:
            SpeedDialog(model, self._window).open()

    def show_log_folder(self) -> None:
        show_folder(paths.log_folder())

    def show_about(self) -> None:
        device = self._controller.used_device or self._settings.value.device
        AboutDialog(self._window.windowIcon(), self._shelf.folders, device_name(device), self._window).open()

    def save_support_bundle(self) -> None:
        facts = {
            "models": ", ".join(f"{model.id.name} {model.id.sha256[:12]}" for model in self._shelf.folders),
            "device": self._controller.used_device or "not used yet",
            "screens": ", ".join(
                f"{screen.size().width()}x{screen.size().height()} at {screen.devicePixelRatio():g}"
                for screen in QGuiApplication.screens()
            ),
        }
        folder = paths.log_folder()
        logs = [folder / name for name in (LOG_FILE, WINDOW_CRASHES, SCORING_CRASHES)]
        SupportDialog(support_text(self._settings.value, facts, logs), self._save_support, self._window).open()

    def _save_support(self, text: str) -> bool:
        target = self._ask.save("Save the support bundle", Path.home() / "sperm-viewer-support.txt", "Text (*.txt)")
        if target is None:
            return False
        try:
            with replacing(target) as file:
                file.write(text.encode())
        except SpermViewerError as error:
            self._ask.tell("The support bundle was not saved", str(error))
            return False
        self._notify(f"Saved {target}. Nothing was sent: pass it to the person who supports this app.")
        return True


def show_folder(folder: Path) -> None:
    """Opens a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
