"""The commands of quality control."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.background.control_pages import ControlPages
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.teaching.control_dialog import ControlDialog

_FILE = "control charts.pdf"


class ControlCommands:
    def __init__(self, controller: Controller, ask: Ask, reader_name: Callable[[], str], parent: QWidget) -> None:
        """`reader_name` returns the reader's name and may ask for it; empty if the question was dismissed."""
        self._controller = controller
        self._ask = ask
        self._reader_name = reader_name
        self._parent = parent
        self._pages = ControlPages(parent)

    def open(self) -> None:
        value = self._controller.settings.value
        folder = Path(value.report_folder) if value.report_folder else Path.home()
        add = self._add if self._controller.session else None
        ControlDialog(self._pages, value.laboratory, add, folder / _FILE, self._ask, self._parent).open()

    def close_tasks(self) -> None:
        self._pages.close()

    def _add(self) -> bool:
        session, name = self._controller.session, self._reader_name()
        if session is None or not name:
            return False
        self._pages.add(session.path, name)
        return True
