"""The menu bar: the actions of the window, and the submenus that change while it is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from sperm_viewer.gui.background.recent_sessions import Recent, RecentSessions
from sperm_viewer.gui.results.sort_menu import SortMenu
from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, Menu, Submenu, WindowState
from sperm_viewer.gui.widgets.plain_tip import plain_tip


class Menus(QObject):
    """All menus of the menu bar."""

    path_chosen = Signal(object)
    """A recent folder or session."""

    def __init__(self, bar: QMenuBar, specs: Sequence[ActionSpec[Any]], actions: Mapping[ActionId, QAction]) -> None:
        super().__init__(bar)
        self.recent_folders = QMenu("Recent Fo&lders", bar)
        self.recent_sessions = QMenu("Recent S&essions", bar)
        self.sessions = RecentSessions(self)
        self.sessions.named.connect(lambda found: self._fill(self.recent_sessions, found))
        self.sort = SortMenu(bar)
        self._submenus: dict[Submenu, QMenu] = {}
        submenus = {
            ActionId.OPEN_SESSION: (self.recent_folders, self.recent_sessions),
            ActionId.SHOW_ALL: (self.sort,),
        }
        for title in Menu:
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            for spec in (spec for spec in specs if spec.menu is title):
                if spec.separator:
                    menu.addSeparator()
                self._place_in(menu, spec.submenu).addAction(actions[spec.id])
                for submenu in submenus.get(spec.id, ()):
                    menu.addMenu(submenu)

    def _place_in(self, menu: QMenu, submenu: Submenu | None) -> QMenu:
        if submenu is None:
            return menu
        if submenu not in self._submenus:
            self._submenus[submenu] = menu.addMenu(submenu)
            self._submenus[submenu].setToolTipsVisible(True)
        return self._submenus[submenu]

    def show_recent(self, folders: Sequence[str], sessions: Sequence[str]) -> None:
        self._fill(self.recent_folders, [Recent(Path(folder), folder) for folder in folders])
        self.sessions.show(sessions)

    def close_tasks(self) -> None:
        self.sessions.close()

    def show_state(self, state: WindowState) -> None:
        self.sort.setEnabled(state.session_open and not state.blind_reading)
        for menu in (self.recent_folders, self.recent_sessions):
            menu.setEnabled(not state.blind_reading and not menu.isEmpty())

    def _fill(self, menu: QMenu, recent: Sequence[Recent]) -> None:
        menu.clear()
        for one in recent:
            entry = menu.addAction(one.name.replace("&", "&&"))
            entry.setToolTip(plain_tip(str(one.path)))
            entry.triggered.connect(lambda _=False, chosen=one.path: self.path_chosen.emit(chosen))
