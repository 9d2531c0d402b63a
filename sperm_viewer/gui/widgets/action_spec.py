"""What an action is: one declaration that menus, toolbar, shortcuts and the pages about keys all read.

The declarations themselves are in `gui/window/action_table.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, TypeVar

from PySide6.QtGui import QAction, QKeySequence

from sperm_viewer.domain.anomalies import Anomaly

CommandsT = TypeVar("CommandsT")


class ActionId(StrEnum):
    """Names an action in the code and in the settings."""

    OPEN_FOLDER = "open-folder"
    OPEN_IMAGES = "open-images"
    OPEN_SESSION = "open-session"
    SAVE_COPY = "save-copy"
    FIND_MOVED = "find-moved"
    REPORT = "report"
    EXPORT_CSV = "export-csv"
    EXPORT_HEATMAPS = "export-heatmaps"
    SLIDE_DETAILS = "slide-details"
    IMAGE_KIND = "image-kind"
    SAMPLE_DETAILS = "sample-details"
    MOVE_SLIDE = "move-slide"
    RENAME_SLIDE = "rename-slide"
    RENAME_SAMPLE = "rename-sample"
    REMOVE_SLIDE = "remove-slide"
    UNDO_SLIDES = "undo-slides"
    REDO_SLIDES = "redo-slides"
    SHOW_FOLDER = "show-folder"
    CLOSE_SESSION = "close-session"
    SETTINGS = "settings"
    QUIT = "quit"
    SCORE = "score"
    TRY_AGAIN = "try-again"
    WATCH = "watch"
    PAUSE = "pause"
    CANCEL = "cancel"
    FIND = "find"
    SHOW_ALL = "show-all"
    GALLERY = "gallery"
    FIELD = "field"
    GALLERY_HEAT = "gallery-heat"
    GALLERY_GROUPS = "gallery-groups"
    ZOOM_IN = "zoom-in"
    ZOOM_OUT = "zoom-out"
    ZOOM_FIT = "zoom-fit"
    ZOOM = "zoom"
    HEATMAP = "heatmap"
    MORE_HEAT = "more-heat"
    LESS_HEAT = "less-heat"
    NETWORK_WINDOW = "network-window"
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
    NOT_ASSESSABLE = "not-assessable"
    EXCLUDE = "exclude"
    ACCEPT = "accept"
    TAKE_BACK = "take-back"
    NOTE = "note"
    SHOW_IMAGE = "show-image"
    COPY_PATH = "copy-path"
    TICK_HEAD_TAPERED = "tick-head-tapered"
    TICK_HEAD_PYRIFORM = "tick-head-pyriform"
    TICK_HEAD_AMORPHOUS = "tick-head-amorphous"
    TICK_HEAD_ROUND = "tick-head-round"
    TICK_HEAD_SMALL = "tick-head-small"
    TICK_HEAD_LARGE = "tick-head-large"
    TICK_HEAD_VACUOLATED = "tick-head-vacuolated"
    TICK_HEAD_ACROSOME = "tick-head-acrosome"
    TICK_MIDPIECE_BENT = "tick-midpiece-bent"
    TICK_MIDPIECE_THICK = "tick-midpiece-thick"
    TICK_MIDPIECE_THIN = "tick-midpiece-thin"
    TICK_TAIL_SHORT = "tick-tail-short"
    TICK_TAIL_COILED = "tick-tail-coiled"
    TICK_TAIL_DOUBLE = "tick-tail-double"
    TICK_CYTOPLASM_EXCESS = "tick-cytoplasm-excess"
    UNDO = "undo"
    REDO = "redo"
    NEXT = "next"
    PREVIOUS = "previous"
    NEXT_OPEN = "next-open"
    LIST_AS_SHOWN = "list-as-shown"
    LIST_UNCERTAIN = "list-uncertain"
    LIST_RANDOM = "list-random"
    ADD_HEAD = "add-head"
    REMOVE_HEAD = "remove-head"
    SPLIT_HEAD = "split-head"
    REDRAW_HEAD = "redraw-head"
    REVIEWER = "reviewer"
    SIMILAR = "similar"
    READ_AGAIN = "read-again"
    AGREEMENT = "agreement"
    SPOT_CHECK = "spot-check"
    AUTHORISE = "authorise"
    QUALITY_CONTROL = "quality-control"
    READING_PLAN = "reading-plan"
    TEACH = "teach"
    COMPARE_MODELS = "compare-models"
    DEMO = "demo"
    GUIDE = "guide"
    HEATMAP_HELP = "heatmap-help"
    KEYS = "keys"
    SPEED = "speed"
    LOG = "log"
    SUPPORT = "support"
    ABOUT = "about"


CLASS_ACTIONS = (
    ActionId.CLASS_1,
    ActionId.CLASS_2,
    ActionId.CLASS_3,
    ActionId.CLASS_4,
    ActionId.CLASS_5,
    ActionId.CLASS_6,
    ActionId.CLASS_7,
    ActionId.CLASS_8,
    ActionId.CLASS_9,
)
"""Each assigns the class at its position in the model's class order."""


TICKING: Mapping[ActionId, Anomaly] = {ActionId(f"tick-{anomaly}"): anomaly for anomaly in Anomaly}
"""Each ticks or unticks an anomaly of the cell."""


class Menu(StrEnum):
    """The menus of the menu bar, in order; the value is the title."""

    FILE = "&File"
    SLIDES = "S&lides"
    SCORING = "&Scoring"
    REVIEW = "&Review"
    FIELD = "Fi&eld"
    VIEW = "&View"
    HELP = "&Help"


class Submenu(StrEnum):
    """The menus within a menu, each where its first action is declared; the value is the title."""

    ANOMALIES = "Anomalies"
    LIST_ORDER = "&Work List Order"


class ToolbarPlace(Enum):
    """Where an action is on the toolbar: a button, or an entry in the menu of a button."""

    OPEN_MENU = "open"
    BUTTON = "button"
    EXPORT_MENU = "export"


@dataclass(frozen=True, slots=True)
class WindowState:
    """Everything that decides which actions are enabled and which are checked."""

    session_open: bool = False
    read_only: bool = False
    running: bool = False
    """A run is under way, including its start and its end."""
    scoring: bool = False
    """The run can be paused, continued or cancelled."""
    paused: bool = False
    searching: bool = False
    """Dropped files are being searched for images."""
    watching: bool = False
    """New images in a folder are scored as they come."""
    to_score: int = 0
    """Crops that the model in use has not scored."""
    has_results: bool = False
    has_selection: bool = False
    blind_reading: bool = False
    reading_plan: bool = False
    """The reader follows a reading plan."""
    view: str = ""
    """The view of the cells that is shown."""
    gallery_grouped: bool = False
    gallery_heat: bool = False
    work_list_order: str = ""


Predicate = Callable[[WindowState], bool]


def always(state: WindowState) -> bool:
    return True


def session_open(state: WindowState) -> bool:
    return state.session_open


@dataclass(frozen=True, slots=True)
class Variant:
    """The text and icon that replace an action's own ones in some states."""

    when: Predicate
    text: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class ActionSpec(Generic[CommandsT]):
    """One action: its name, its place, its keys, when it is enabled and what it runs."""

    id: ActionId
    text: str
    tip: str
    run: Callable[[CommandsT], object]
    menu: Menu
    submenu: Submenu | None = None
    separator: bool = False
    """A separator comes before it in the menu."""
    toolbar: ToolbarPlace | None = None
    icon: str = ""
    standard: QKeySequence.StandardKey | None = None
    """The platform's own key for this action."""
    keys: str = ""
    """The usual key, if the platform has none."""
    more_keys: tuple[str, ...] = ()
    """Further keys for the same action."""
    repeats: bool = True
    """A key that is held down repeats the action."""
    enabled: Predicate = always
    in_blind_reading: bool = False
    """It stays enabled while earlier answers are hidden."""
    checked: Predicate | None = None
    """For an action that switches something on and off."""
    variant: Variant | None = None
    role: QAction.MenuRole = QAction.MenuRole.TextHeuristicRole
    """Where macOS puts it."""

    def is_enabled(self, state: WindowState) -> bool:
        return (self.in_blind_reading or not state.blind_reading) and self.enabled(state)

    def shown_as(self, state: WindowState) -> tuple[str, str]:
        """Text and icon in this state."""
        if self.variant and self.variant.when(state):
            return self.variant.text, self.variant.icon
        return self.text, self.icon

    def default_keys(self) -> list[QKeySequence]:
        """The keys that apply unless the user has chosen another; the first one is shown."""
        bound = QKeySequence.keyBindings(self.standard) if self.standard is not None else []
        if self.keys:
            usual = QKeySequence(self.keys)
            # Where the platform has several keys, the best known one comes first.
            if usual in bound or not bound:
                bound = [usual, *(key for key in bound if key != usual)]
        return [*bound, *(key for key in map(QKeySequence, self.more_keys) if key not in bound)]


def with_keys(tip: str, keys: Sequence[QKeySequence]) -> str:
    """`Pause or continue scoring (F6)`."""
    return f"{tip} ({keys[0].toString(QKeySequence.SequenceFormat.NativeText)})" if keys else tip


def plain_text(text: str) -> str:
    """The text of an action without its mnemonic and ellipsis: `Open Folder`."""
    return text.replace("&", "").removesuffix("…")
