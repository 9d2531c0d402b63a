"""Everything a menu, a button or a key can do, as data: what it is called, its key, and what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.theme import Tones

_Standard = QKeySequence.StandardKey


class Act(StrEnum):
    OPEN_FOLDER = "open-folder"
    OPEN_IMAGES = "open-images"
    OPEN_SESSION = "open-session"
    SAVE_COPY = "save-copy"
    FIND_MOVED = "find-moved"
    EXPORT_REPORT = "export-report"
    EXPORT_CSV = "export-csv"
    EXPORT_HEATMAPS = "export-heatmaps"
    SLIDE_DETAILS = "slide-details"
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
    GALLERY = "gallery"
    GALLERY_HEAT = "gallery-heat"
    GALLERY_GROUPS = "gallery-groups"
    ZOOM_IN = "zoom-in"
    ZOOM_OUT = "zoom-out"
    ZOOM_FIT = "zoom-fit"
    ZOOM = "zoom"
    HEATMAP = "heatmap"
    MORE_HEAT = "more-heat"
    LESS_HEAT = "less-heat"
    CLASS_1 = "class-1"
    CLASS_2 = "class-2"
    CLASS_3 = "class-3"
    CLASS_4 = "class-4"
    CLASS_5 = "class-5"
    CLASS_6 = "class-6"
    CLASS_7 = "class-7"
    CLASS_8 = "class-8"
    CLASS_9 = "class-9"
    NON_SPERM = "non-sperm"
    ACCEPT = "accept"
    TAKE_BACK = "take-back"
    NOTE = "note"
    ANOMALIES = "anomalies"
    UNDO = "undo"
    REDO = "redo"
    NEXT = "next"
    PREVIOUS = "previous"
    NEXT_OPEN = "next-open"
    REVIEWER = "reviewer"
    SIMILAR = "similar"
    SECOND_READING = "second-reading"
    AGREEMENT = "agreement"
    SPOT_CHECK = "spot-check"
    DEMO = "demo"
    GUIDE = "guide"
    HEATMAP_HELP = "heatmap-help"
    KEYS = "keys"
    LOG = "log"
    SUPPORT = "support"
    ABOUT = "about"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """`standard` is the platform's own key for this, where there is one; `keys` serves where there is none.

    `more` are keys that do the same; `once`: a key that is held down acts once.
    """

    id: Act
    text: str
    tip: str
    standard: QKeySequence.StandardKey | None = None
    keys: str = ""
    icon: str = ""
    more: tuple[str, ...] = ()
    once: bool = False

    def shortcuts(self) -> list[QKeySequence]:
        """The keys that this has as long as the user chose no other."""
        bound = QKeySequence.keyBindings(self.standard) if self.standard is not None else []
        if self.keys:
            usual = QKeySequence(self.keys)
            # Where the platform has several keys, the best known one is the one that is shown.
            if usual in bound or not bound:
                bound = [usual, *(key for key in bound if key != usual)]
        return [*bound, *(key for key in map(QKeySequence, self.more) if key not in bound)]


CLASS_ACTS = (
    Act.CLASS_1,
    Act.CLASS_2,
    Act.CLASS_3,
    Act.CLASS_4,
    Act.CLASS_5,
    Act.CLASS_6,
    Act.CLASS_7,
    Act.CLASS_8,
    Act.CLASS_9,
)
"""Each gives the class at its place in the model's order."""
_CLASSES = tuple(
    ActionSpec(act, f"Class {number}", f"Give the cell class {number}", keys=str(number), once=True)
    for number, act in enumerate(CLASS_ACTS, 1)
)


ACTIONS: Sequence[ActionSpec] = (
    ActionSpec(Act.OPEN_FOLDER, "Open &Folder…", "Open a folder of slides", _Standard.Open, "Ctrl+O", "folder"),
    ActionSpec(Act.OPEN_IMAGES, "Open &Images…", "Open single images", keys="Ctrl+Shift+O"),
    ActionSpec(Act.OPEN_SESSION, "Open &Session…", "Go on with an earlier session", keys="Ctrl+Alt+O"),
    ActionSpec(Act.SAVE_COPY, "Save a Co&py…", "Write a copy of the session as it is now", keys="Ctrl+Shift+S"),
    ActionSpec(Act.FIND_MOVED, "Find &Moved Images…", "Find images that were moved or renamed, by what is in them"),
    ActionSpec(Act.EXPORT_REPORT, "Export &Report…", "Write a report as PDF, HTML, Excel or CSV", keys="Ctrl+P"),
    ActionSpec(Act.EXPORT_CSV, "Export CS&V…", "Write all cells as a table for Excel", keys="Ctrl+E"),
    ActionSpec(
        Act.EXPORT_HEATMAPS, "Export &Heatmaps…", "Write the selected cells' heatmaps as PNG", keys="Ctrl+Shift+E"
    ),
    ActionSpec(Act.SLIDE_DETAILS, "Slide &Details…", "Identifier, date, stain, scale, replicates", keys="Ctrl+I"),
    ActionSpec(Act.SHOW_FOLDER, "Sho&w Session's Folder", "Show where this session's file is"),
    ActionSpec(Act.CLOSE_SESSION, "&Close Session", "Go back to the first page", _Standard.Close, "Ctrl+W"),
    ActionSpec(Act.SETTINGS, "Se&ttings…", "Settings", _Standard.Preferences, "Ctrl+,"),
    ActionSpec(Act.QUIT, "&Quit", "Quit Sperm Viewer", _Standard.Quit, "Ctrl+Q"),
    ActionSpec(Act.SCORE, "&Score", "Score what has not been scored yet", keys="F5", icon="score"),
    ActionSpec(Act.TRY_AGAIN, "&Try Unread Files Again", "Score files that could not be read, now that they are back"),
    ActionSpec(Act.PAUSE, "&Pause", "Pause scoring, or go on", keys="F6", icon="pause"),
    ActionSpec(Act.CANCEL, "&Cancel", "Stop scoring; what is done is kept", keys="Shift+F5", icon="cancel"),
    ActionSpec(Act.FIND, "&Find", "Search file names", _Standard.Find, "Ctrl+F", "search"),
    ActionSpec(Act.SHOW_ALL, "Show &All Cells", "Take all filters off", keys="Ctrl+Shift+A"),
    ActionSpec(Act.GALLERY, "&Gallery", "See the cells as pictures, or as rows", keys="G"),
    ActionSpec(
        Act.GALLERY_HEAT, "Heatmaps in the Galler&y", "Show where the model looked on every cell", keys="Shift+H"
    ),
    ActionSpec(Act.GALLERY_GROUPS, "G&roup the Gallery", "Put cells of a class together", keys="Shift+G"),
    ActionSpec(Act.ZOOM_IN, "Zoom &In", "See the cell larger", _Standard.ZoomIn, "Ctrl++", "zoom-in"),
    ActionSpec(Act.ZOOM_OUT, "Zoom &Out", "See more around the cell", _Standard.ZoomOut, "Ctrl+-", "zoom-out"),
    ActionSpec(Act.ZOOM_FIT, "Fit to &Pane", "See the whole crop", keys="Ctrl+0", icon="fit"),
    ActionSpec(Act.ZOOM, "&Zoom", "See the middle of the cell large, or all of it again", keys="Z"),
    ActionSpec(Act.HEATMAP, "&Heatmap", "Lay the heatmap over the cell, or take it off", keys="H"),
    ActionSpec(Act.MORE_HEAT, "&More Heat", "Show the heatmap more strongly", keys="+"),
    ActionSpec(Act.LESS_HEAT, "&Less Heat", "Show the heatmap more faintly", keys="-"),
    *_CLASSES,
    ActionSpec(Act.ACCEPT, "&Accept", "Accept the model's first choice", keys="Space", once=True),
    ActionSpec(Act.NON_SPERM, "Not a &Sperm", "Give the class non-sperm", keys="X", once=True),
    ActionSpec(Act.TAKE_BACK, "Take Bac&k", "Take the verdict back", keys="Del", once=True),
    ActionSpec(Act.NOTE, "Add a &Note", "Write a note about the cell", keys="N", once=True),
    ActionSpec(Act.ANOMALIES, "An&omalies…", "Tick what is wrong with the cell", keys="A", once=True),
    ActionSpec(Act.UNDO, "&Undo", "Undo the last verdict, and return to its cell", _Standard.Undo, "Ctrl+Z"),
    ActionSpec(
        Act.REDO,
        "&Redo",
        "Do again what was undone, and return to its cell",
        _Standard.Redo,
        "Ctrl+Y",
        more=("Ctrl+Y", "Ctrl+Shift+Z"),
    ),
    ActionSpec(Act.NEXT, "Ne&xt Cell", "Go to the next cell", keys="J"),
    ActionSpec(Act.PREVIOUS, "&Previous Cell", "Go to the cell before", keys="K"),
    ActionSpec(Act.NEXT_OPEN, "Next Uncerta&in Cell", "Go to the next uncertain or referred cell to review", keys="U"),
    ActionSpec(Act.REVIEWER, "&Change Reviewer…", "Say who reviews"),
    ActionSpec(Act.SIMILAR, "Most Si&milar Cells", "Choose among the most similar cells; Enter goes to one", keys="S"),
    ActionSpec(
        Act.SECOND_READING, "&Blind Second Reading…", "Another person reads all cells without knowing what was said"
    ),
    ActionSpec(
        Act.SPOT_CHECK, "Ch&eck on 50 Cells", "Label 50 cells of this slide, and see how often the model is right"
    ),
    ActionSpec(Act.AGREEMENT, "A&greement…", "How far the model, the first and the second reader agree"),
    ActionSpec(Act.DEMO, "Try the &Demo Slide", "Score 48 drawn cells and see how it all works"),
    ActionSpec(Act.GUIDE, "&Guide", "From the first slide to the report", _Standard.HelpContents, "F1"),
    ActionSpec(Act.HEATMAP_HELP, "How to Read a &Heatmap", "What a heatmap shows, and what it doesn't"),
    ActionSpec(Act.KEYS, "&Keyboard Shortcuts", "Which key does what", keys="?"),
    ActionSpec(Act.LOG, "Show &Log Folder", "Show where the app writes what went wrong"),
    ActionSpec(Act.SUPPORT, "Save S&upport Bundle…", "Write what helps to find a fault; nothing is sent"),
    ActionSpec(Act.ABOUT, "&About Sperm Viewer", "Version, models and licences"),
)


def make_actions(window: QWidget) -> dict[Act, QAction]:
    """One QAction for each of `ACTIONS`, as yet without keys (`keys.bind_keys`)."""
    made = {}
    for spec in ACTIONS:
        action = QAction(spec.text, window)
        action.setObjectName(spec.id)
        action.setAutoRepeat(not spec.once)
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


def plain_text(text: str) -> str:
    """The text of an action as it is read, without the mark of its letter: `Open Folder`."""
    return text.replace("&", "").removesuffix("…")
