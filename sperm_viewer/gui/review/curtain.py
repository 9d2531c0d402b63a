"""Hides all that says something of the cells while the second reader reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sperm_viewer.gui.review.review_commands import REVIEW_ACTS
from sperm_viewer.gui.widgets.actions import Act

if TYPE_CHECKING:
    from sperm_viewer.gui.window.main_window import MainWindow

_ALLOWED = {
    *REVIEW_ACTS,
    Act.SECOND_READING,
    Act.ZOOM,
    Act.ZOOM_IN,
    Act.ZOOM_OUT,
    Act.ZOOM_FIT,
    Act.KEYS,
    Act.SETTINGS,
    Act.ABOUT,
    Act.QUIT,
} - {Act.ACCEPT}


class Curtain:
    """Closed, the window shows the page of the second reading alone, and nothing else can be done."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._disabled: list[Act] = []

    def close(self) -> None:
        window = self._window
        self._disabled = [act for act, action in window.acts.items() if action.isEnabled() and act not in _ALLOWED]
        for act in self._disabled:
            window.acts[act].setEnabled(False)
        for menu in (window.menus.recent_folders, window.menus.recent_sessions, window.menus.sort):
            menu.setEnabled(False)
        window.acts[Act.SECOND_READING].setText("&End This Reading")
        window.toolbar.hide()
        window.notices.say("")
        window.status.hide_counts()
        window.status.reviewer.setEnabled(False)
        window.pages.setCurrentWidget(window.blind.page)

    def open(self) -> None:
        window = self._window
        for act in self._disabled:
            window.acts[act].setEnabled(True)
        for menu in (window.menus.recent_folders, window.menus.recent_sessions, window.menus.sort):
            menu.setEnabled(True)
        window.acts[Act.SECOND_READING].setText("&Blind Second Reading…")
        window.toolbar.show()
        window.status.reviewer.setEnabled(True)
        window.pages.setCurrentWidget(window.workspace)
        window.workspace.refresh(window.workspace.selected_ids())
        window.workspace.results.setFocus()
