"""The menu bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from sperm_viewer.gui.widgets.actions import CLASS_ACTS, Act
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.window.sort_menu import SortMenu

_SCORING = (Act.SCORE, Act.TRY_AGAIN, None, Act.PAUSE, Act.CANCEL)
_VIEW_CELLS = (Act.FIND, Act.SHOW_ALL)
_VIEW_GALLERY = (None, Act.GALLERY, Act.GALLERY_GROUPS, Act.GALLERY_HEAT)
_VIEW_PICTURE = (
    None,
    Act.ZOOM,
    Act.ZOOM_IN,
    Act.ZOOM_OUT,
    Act.ZOOM_FIT,
    None,
    Act.HEATMAP,
    Act.MORE_HEAT,
    Act.LESS_HEAT,
)
_REVIEW_VERDICT = (
    *CLASS_ACTS,
    Act.NON_SPERM,
    None,
    Act.ACCEPT,
    Act.TAKE_BACK,
    Act.NOTE,
    Act.ANOMALIES,
    None,
    Act.UNDO,
    Act.REDO,
)
_REVIEW_MOVE = (None, Act.NEXT, Act.PREVIOUS, Act.NEXT_OPEN, Act.SIMILAR)
_REVIEW_WHO = (None, Act.REVIEWER, Act.SECOND_READING, Act.AGREEMENT, Act.SPOT_CHECK)
_HELP = (Act.GUIDE, Act.HEATMAP_HELP, Act.KEYS, Act.DEMO, None, Act.LOG, Act.SUPPORT, Act.ABOUT)
_FILE_START = (Act.OPEN_FOLDER, Act.OPEN_IMAGES, Act.OPEN_SESSION)
_FILE_END = (
    None,
    Act.SAVE_COPY,
    Act.FIND_MOVED,
    Act.EXPORT_REPORT,
    Act.EXPORT_CSV,
    Act.EXPORT_HEATMAPS,
    None,
    Act.SLIDE_DETAILS,
    Act.SHOW_FOLDER,
    None,
    Act.CLOSE_SESSION,
    Act.SETTINGS,
    None,
    Act.QUIT,
)


class Menus:
    """File, Scoring, Review, View, Help, and the two lists of what was opened last."""

    def __init__(self, bar: QMenuBar, actions: dict[Act, QAction]) -> None:
        self.recent_folders = QMenu("Recent Fo&lders", bar)
        self.recent_sessions = QMenu("Recent S&essions", bar)
        file = bar.addMenu("&File")
        _fill(file, actions, _FILE_START)
        file.addMenu(self.recent_folders)
        file.addMenu(self.recent_sessions)
        _fill(file, actions, _FILE_END)
        _fill(bar.addMenu("&Scoring"), actions, _SCORING)
        self.review = bar.addMenu("&Review")
        _fill(self.review, actions, (*_REVIEW_VERDICT, *_REVIEW_MOVE, *_REVIEW_WHO))
        view = bar.addMenu("&View")
        self.sort = SortMenu(view)
        _fill(view, actions, _VIEW_CELLS)
        view.addMenu(self.sort)
        _fill(view, actions, _VIEW_GALLERY)
        _fill(view, actions, _VIEW_PICTURE)
        _fill(bar.addMenu("&Help"), actions, _HELP)
        actions[Act.SETTINGS].setMenuRole(QAction.MenuRole.PreferencesRole)
        actions[Act.ABOUT].setMenuRole(QAction.MenuRole.AboutRole)
        actions[Act.QUIT].setMenuRole(QAction.MenuRole.QuitRole)


def fill_recent(
    menu: QMenu, entries: Sequence[Path], name: Callable[[Path], str], choose: Callable[[Path], None]
) -> None:
    menu.clear()
    menu.setEnabled(bool(entries))
    for path in entries:
        entry = menu.addAction(name(path).replace("&", "&&"))
        entry.setToolTip(plain_tip(str(path)))
        entry.triggered.connect(lambda _=False, chosen=path: choose(chosen))


def _fill(menu: QMenu, actions: dict[Act, QAction], acts: Sequence[Act | None]) -> None:
    menu.setToolTipsVisible(True)
    for act in acts:
        if act is None:
            menu.addSeparator()
        else:
            menu.addAction(actions[act])
