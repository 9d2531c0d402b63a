"""The actions of the menus File and Scoring."""

from __future__ import annotations

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

_Id = ActionId
_Standard = QKeySequence.StandardKey
_Role = QAction.MenuRole


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
    ActionSpec(
        _Id.OPEN_FOLDER,
        "Open &Folder…",
        "Open a folder of slides",
        Menu.FILE,
        lambda do: do.session.open_folder(),
        toolbar=ToolbarPlace.OPEN_MENU,
        icon="folder",
        standard=_Standard.Open,
        keys="Ctrl+O",
    ),
    ActionSpec(
        _Id.OPEN_IMAGES,
        "Open &Images…",
        "Open single images",
        Menu.FILE,
        lambda do: do.session.open_images(),
        toolbar=ToolbarPlace.OPEN_MENU,
        keys="Ctrl+Shift+O",
    ),
    ActionSpec(
        _Id.OPEN_SESSION,
        "Open &Session…",
        "Continue an earlier session",
        Menu.FILE,
        lambda do: do.session.open_session(),
        toolbar=ToolbarPlace.OPEN_MENU,
        keys="Ctrl+Alt+O",
        enabled=_idle,
    ),
    ActionSpec(
        _Id.SAVE_COPY,
        "Save a Co&py…",
        "Save a copy of the session as it is now",
        Menu.FILE,
        lambda do: do.session.save_copy(),
        separator=True,
        keys="Ctrl+Shift+S",
        enabled=session_open,
    ),
    ActionSpec(
        _Id.FIND_MOVED,
        "Find &Moved Images…",
        "Find images that were moved or renamed, by their content",
        Menu.FILE,
        lambda do: do.session.find_moved(),
        enabled=session_open,
    ),
    ActionSpec(
        _Id.EXPORT_REPORT,
        "Export &Report…",
        "Write a report as PDF, HTML, Excel or CSV",
        Menu.FILE,
        lambda do: do.session.export_report(),
        toolbar=ToolbarPlace.EXPORT_MENU,
        keys="Ctrl+P",
        enabled=_has_results,
    ),
    ActionSpec(
        _Id.EXPORT_CSV,
        "Export CS&V…",
        "Write a table of all cells, for Excel",
        Menu.FILE,
        lambda do: do.session.export_csv(),
        toolbar=ToolbarPlace.EXPORT_MENU,
        keys="Ctrl+E",
        enabled=_has_results,
    ),
    ActionSpec(
        _Id.EXPORT_HEATMAPS,
        "Export &Heatmaps…",
        "Write the heatmaps of the selected cells as PNG",
        Menu.FILE,
        lambda do: do.session.export_heatmaps(),
        toolbar=ToolbarPlace.EXPORT_MENU,
        keys="Ctrl+Shift+E",
        enabled=lambda state: state.has_selection,
    ),
    ActionSpec(
        _Id.SLIDE_DETAILS,
        "Slide &Details…",
        "Identifier, date, stain, scale, replicates",
        Menu.FILE,
        lambda do: do.session.edit_slide_details(),
        separator=True,
        keys="Ctrl+I",
        enabled=session_open,
    ),
    ActionSpec(
        _Id.SHOW_FOLDER,
        "Sho&w Session's Folder",
        "Show the folder that contains the session file",
        Menu.FILE,
        lambda do: do.session.show_folder(),
        enabled=session_open,
    ),
    ActionSpec(
        _Id.CLOSE_SESSION,
        "&Close Session",
        "Close the session and show the start page",
        Menu.FILE,
        lambda do: do.session.close(),
        separator=True,
        standard=_Standard.Close,
        keys="Ctrl+W",
        enabled=_idle_session,
    ),
    ActionSpec(
        _Id.SETTINGS,
        "Se&ttings…",
        "Settings",
        Menu.FILE,
        lambda do: do.app.show_settings(),
        standard=_Standard.Preferences,
        keys="Ctrl+,",
        in_blind_reading=True,
        role=_Role.PreferencesRole,
    ),
    ActionSpec(
        _Id.QUIT,
        "&Quit",
        "Quit Sperm Viewer",
        Menu.FILE,
        lambda do: do.app.quit(),
        separator=True,
        standard=_Standard.Quit,
        keys="Ctrl+Q",
        in_blind_reading=True,
        role=_Role.QuitRole,
    ),
)

SCORING_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    ActionSpec(
        _Id.SCORE,
        "&Score",
        "Score all crops that have no result yet",
        Menu.SCORING,
        lambda do: do.scoring.score(),
        toolbar=ToolbarPlace.BUTTON,
        icon="score",
        keys="F5",
        enabled=_can_score,
    ),
    ActionSpec(
        _Id.TRY_AGAIN,
        "&Try Unread Files Again",
        "Score the files that could not be read before",
        Menu.SCORING,
        lambda do: do.scoring.try_again(),
        enabled=_idle_session,
    ),
    ActionSpec(
        _Id.PAUSE,
        "&Pause",
        "Pause or continue scoring",
        Menu.SCORING,
        lambda do: do.scoring.pause_or_continue(),
        separator=True,
        toolbar=ToolbarPlace.BUTTON,
        icon="pause",
        keys="F6",
        enabled=_scoring,
        variant=Variant(lambda state: state.paused, "Co&ntinue", "score"),
    ),
    ActionSpec(
        _Id.CANCEL,
        "&Cancel",
        "Stop scoring; the results so far are kept",
        Menu.SCORING,
        lambda do: do.scoring.cancel(),
        toolbar=ToolbarPlace.BUTTON,
        icon="cancel",
        keys="Shift+F5",
        enabled=_scoring,
    ),
)
