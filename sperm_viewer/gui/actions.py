"""Everything a menu, a button or a key can do, as data: what it is called, its key, and what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.icons import tinted
from sperm_viewer.gui.theme import Tones

_Standard = QKeySequence.StandardKey


class Act(StrEnum):
    OPEN_FOLDER = "open-folder"
    OPEN_IMAGES = "open-images"
    OPEN_SESSION = "open-session"
    EXPORT_CSV = "export-csv"
    EXPORT_HEATMAPS = "export-heatmaps"
    SHOW_FOLDER = "show-folder"
    CLOSE_SESSION = "close-session"
    SETTINGS = "settings"
    QUIT = "quit"
    SCORE = "score"
    TRY_AGAIN = "try-again"
    PAUSE = "pause"
    CANCEL = "cancel"
    FIND = "find"
    SHOW_ALL = "show-all"
    ZOOM_IN = "zoom-in"
    ZOOM_OUT = "zoom-out"
    ZOOM_FIT = "zoom-fit"
    DEMO = "demo"
    HEATMAP_HELP = "heatmap-help"
    KEYS = "keys"
    LOG = "log"
    ABOUT = "about"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """`standard` is the platform's own key for this, where there is one; `keys` serves where there is none."""

    id: Act
    text: str
    tip: str
    standard: QKeySequence.StandardKey | None = None
    keys: str = ""
    icon: str = ""

    def shortcuts(self) -> list[QKeySequence]:
        bound = QKeySequence.keyBindings(self.standard) if self.standard is not None else []
        usual = QKeySequence(self.keys)
        if not self.keys:
            return bound
        # Where the platform has several keys, the best known one is the one that is shown.
        return [usual, *(key for key in bound if key != usual)] if usual in bound or not bound else bound


ACTIONS: Sequence[ActionSpec] = (
    ActionSpec(Act.OPEN_FOLDER, "Open &Folder…", "Open a folder of slides", _Standard.Open, "Ctrl+O", "folder"),
    ActionSpec(Act.OPEN_IMAGES, "Open &Images…", "Open single images", keys="Ctrl+Shift+O"),
    ActionSpec(Act.OPEN_SESSION, "Open &Session…", "Go on with an earlier session", keys="Ctrl+Alt+O"),
    ActionSpec(Act.EXPORT_CSV, "Export &CSV…", "Write all cells as a table for Excel", keys="Ctrl+E"),
    ActionSpec(
        Act.EXPORT_HEATMAPS, "Export &Heatmaps…", "Write the selected cells' heatmaps as PNG", keys="Ctrl+Shift+E"
    ),
    ActionSpec(Act.SHOW_FOLDER, "Show Session's &Folder", "Show where this session's file is"),
    ActionSpec(Act.CLOSE_SESSION, "&Close Session", "Go back to the first page", _Standard.Close, "Ctrl+W"),
    ActionSpec(Act.SETTINGS, "Se&ttings…", "Settings", _Standard.Preferences, "Ctrl+,"),
    ActionSpec(Act.QUIT, "&Quit", "Quit Sperm Viewer", _Standard.Quit, "Ctrl+Q"),
    ActionSpec(Act.SCORE, "&Score", "Score what has not been scored yet", keys="F5", icon="score"),
    ActionSpec(Act.TRY_AGAIN, "&Try Unread Files Again", "Score files that could not be read, now that they are back"),
    ActionSpec(Act.PAUSE, "&Pause", "Pause scoring, or go on", keys="F6", icon="pause"),
    ActionSpec(Act.CANCEL, "Ca&ncel", "Stop scoring; what is done is kept", keys="Shift+F5", icon="cancel"),
    ActionSpec(Act.FIND, "&Find", "Search file names", _Standard.Find, "Ctrl+F", "search"),
    ActionSpec(Act.SHOW_ALL, "Show &All Cells", "Take all filters off", keys="Ctrl+Shift+A"),
    ActionSpec(Act.ZOOM_IN, "Zoom &In", "See the cell larger", _Standard.ZoomIn, "Ctrl++", "zoom-in"),
    ActionSpec(Act.ZOOM_OUT, "Zoom &Out", "See more around the cell", _Standard.ZoomOut, "Ctrl+-", "zoom-out"),
    ActionSpec(Act.ZOOM_FIT, "Fit to &Pane", "See the whole crop", keys="Ctrl+0", icon="fit"),
    ActionSpec(Act.DEMO, "Try the &Demo Slide", "Score 48 drawn cells and see how it all works"),
    ActionSpec(Act.HEATMAP_HELP, "How to Read a &Heatmap", "What a heatmap shows, and what it doesn't"),
    ActionSpec(Act.KEYS, "&Keyboard Shortcuts", "Which key does what", _Standard.HelpContents, "F1"),
    ActionSpec(Act.LOG, "Show &Log Folder", "Show where the app writes what went wrong"),
    ActionSpec(Act.ABOUT, "&About Sperm Viewer", "Version, models and licences"),
)


def make_actions(window: QWidget) -> dict[Act, QAction]:
    """One QAction for each of `ACTIONS`, with its keys active in the whole window."""
    made = {}
    for spec in ACTIONS:
        action = QAction(spec.text, window)
        action.setObjectName(spec.id)
        action.setShortcuts(spec.shortcuts())
        action.setToolTip(with_keys(spec.tip, spec.shortcuts()))
        action.setStatusTip("")
        window.addAction(action)
        made[spec.id] = action
    return made


def paint_icons(actions: dict[Act, QAction], tones: Tones) -> None:
    for spec in ACTIONS:
        if spec.icon:
            actions[spec.id].setIcon(tinted(spec.icon, tones))
            actions[spec.id].setIconVisibleInMenu(False)


def with_keys(tip: str, keys: Sequence[QKeySequence]) -> str:
    """`Pause scoring, or go on (F6)`."""
    return f"{tip} ({keys[0].toString(QKeySequence.SequenceFormat.NativeText)})" if keys else tip
