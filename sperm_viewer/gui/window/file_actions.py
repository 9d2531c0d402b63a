"""The actions of the menus File and Scoring."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction, QKeySequence

from sperm_viewer.gui.widgets.action_spec import (
    ActionId,
    ActionSpec,
    Menu,
    ToolbarPlace,
    Variant,
    WindowState,
    session_open,
)
from sperm_viewer.gui.window.commands import Commands

Id = ActionId
_Standard = QKeySequence.StandardKey
_Role = QAction.MenuRole
_file = partial(ActionSpec, menu=Menu.FILE)
_session = partial(_file, enabled=session_open)
_scoring_menu = partial(ActionSpec, menu=Menu.SCORING)


def _idle(state: WindowState) -> bool:
    return not state.running and not state.searching


def _idle_session(state: WindowState) -> bool:
    return state.session_open and _idle(state)


def _can_score(state: WindowState) -> bool:
    return state.session_open and not state.running and not state.read_only and state.to_score > 0


def _scoring(state: WindowState) -> bool:
    return state.scoring


def _has_results(state: WindowState) -> bool:
    return state.has_results


FILE_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    _file(
        Id.OPEN_FOLDER,
        "Open &Folder…",
        "Open a folder of slides",
        lambda do: do.session.open_folder(),
        toolbar=ToolbarPlace.OPEN_MENU,
        standard=_Standard.Open,
        keys="Ctrl+O",
    ),
    _file(
        Id.OPEN_IMAGES,
        "Open &Images…",
        "Open single images",
        lambda do: do.session.open_images(),
        toolbar=ToolbarPlace.OPEN_MENU,
        keys="Ctrl+Shift+O",
    ),
    _file(
        Id.OPEN_SESSION,
        "Open &Session…",
        "Continue an earlier session",
        lambda do: do.session.open_session(),
        toolbar=ToolbarPlace.OPEN_MENU,
        keys="Ctrl+Alt+O",
        enabled=_idle,
    ),
    _session(
        Id.SAVE_COPY,
        "Save a Co&py…",
        "Save a copy of the session as it is now",
        lambda do: do.session.save_copy(),
        separator=True,
        keys="Ctrl+Shift+S",
    ),
    _session(
        Id.FIND_MOVED,
        "Find &Moved Images…",
        "Find images that were moved or renamed, by their content",
        lambda do: do.session.find_moved(),
    ),
    _file(
        Id.REPORT,
        "&Report…",
        "See the report, print it, or save it as PDF, HTML, Excel or CSV",
        lambda do: do.report.show(),
        toolbar=ToolbarPlace.EXPORT_MENU,
        keys="Ctrl+P",
        enabled=_has_results,
    ),
    _file(
        Id.EXPORT_CSV,
        "Export CS&V…",
        "Write a table of all cells, for Excel",
        lambda do: do.session.export_csv(),
        toolbar=ToolbarPlace.EXPORT_MENU,
        keys="Ctrl+E",
        enabled=_has_results,
    ),
    _file(
        Id.EXPORT_HEATMAPS,
        "Export &Heatmaps…",
        "Write the heatmaps of the selected cells as PNG",
        lambda do: do.session.export_heatmaps(),
        toolbar=ToolbarPlace.EXPORT_MENU,
        keys="Ctrl+Shift+E",
        enabled=lambda state: state.has_selection,
    ),
    _session(
        Id.SHOW_FOLDER,
        "Sho&w Session's Folder",
        "Show the folder that contains the session file",
        lambda do: do.session.show_folder(),
        separator=True,
    ),
    _file(
        Id.CLOSE_SESSION,
        "&Close Session",
        "Close the session and show the start page",
        lambda do: do.session.close(),
        separator=True,
        standard=_Standard.Close,
        keys="Ctrl+W",
        enabled=_idle_session,
    ),
    _file(
        Id.SETTINGS,
        "Se&ttings…",
        "Settings",
        lambda do: do.app.show_settings(),
        standard=_Standard.Preferences,
        keys="Ctrl+,",
        in_blind_reading=True,
        role=_Role.PreferencesRole,
    ),
    _file(
        Id.QUIT,
        "&Quit",
        "Quit Sperm Viewer",
        lambda do: do.app.quit(),
        separator=True,
        standard=_Standard.Quit,
        keys="Ctrl+Q",
        in_blind_reading=True,
        role=_Role.QuitRole,
    ),
)

SCORING_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    _scoring_menu(
        Id.SCORE,
        "&Score",
        "Score all crops that have no result yet",
        lambda do: do.scoring.score(),
        toolbar=ToolbarPlace.BUTTON,
        icon="score",
        keys="F5",
        enabled=_can_score,
    ),
    _scoring_menu(
        Id.TRY_AGAIN,
        "&Try Unread Files Again",
        "Score the files that could not be read before",
        lambda do: do.scoring.try_again(),
        enabled=_idle_session,
    ),
    _scoring_menu(
        Id.WATCH,
        "&Watch Folder…",
        "Score new images in a folder as they come from the microscope; choose again to end it",
        lambda do: do.scoring.watch_or_stop(),
        checked=lambda state: state.watching,
    ),
    _scoring_menu(
        Id.PAUSE,
        "&Pause",
        "Pause or continue scoring",
        lambda do: do.scoring.pause_or_continue(),
        separator=True,
        toolbar=ToolbarPlace.BUTTON,
        icon="pause",
        keys="F6",
        enabled=_scoring,
        variant=Variant(lambda state: state.paused, "Co&ntinue", "score"),
    ),
    _scoring_menu(
        Id.CANCEL,
        "&Cancel",
        "Stop scoring; the results so far are kept",
        lambda do: do.scoring.cancel(),
        toolbar=ToolbarPlace.BUTTON,
        icon="cancel",
        keys="Shift+F5",
        enabled=_scoring,
    ),
)
