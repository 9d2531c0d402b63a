"""The actions of the menus View and Help."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction, QKeySequence

from sperm_viewer.gui.results.view_switch import FIELD, GALLERY
from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, Menu
from sperm_viewer.gui.window.commands import Commands

Id = ActionId
_Standard = QKeySequence.StandardKey
_view = partial(ActionSpec, menu=Menu.VIEW)
_zoom = partial(_view, in_blind_reading=True)
_help = partial(ActionSpec, menu=Menu.HELP)

VIEW_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    _view(
        Id.FIND, "&Find", "Search file names", lambda do: do.view.start_search(), standard=_Standard.Find, keys="Ctrl+F"
    ),
    _view(Id.SHOW_ALL, "Show &All Cells", "Clear all filters", lambda do: do.view.show_all(), keys="Ctrl+Shift+A"),
    _view(
        Id.GALLERY,
        "&Gallery",
        "Show the cells as images or as rows",
        lambda do: do.view.toggle_gallery(),
        separator=True,
        keys="G",
        checked=lambda state: state.view == GALLERY,
    ),
    _view(
        Id.FIELD,
        "Fiel&d",
        "Show the current cell in its whole image, with the outlines of all heads",
        lambda do: do.view.toggle_field(),
        keys="F",
        checked=lambda state: state.view == FIELD,
    ),
    _view(
        Id.GALLERY_GROUPS,
        "G&roup the Gallery",
        "Group the cells by class",
        lambda do: do.view.toggle_gallery_groups(),
        keys="Shift+G",
        checked=lambda state: state.gallery_grouped,
    ),
    _view(
        Id.GALLERY_HEAT,
        "Heatmaps in the Galler&y",
        "Show where the model looked on every cell",
        lambda do: do.view.toggle_gallery_heat(),
        keys="Shift+H",
        checked=lambda state: state.gallery_heat,
    ),
    _zoom(
        Id.ZOOM,
        "&Zoom",
        "Enlarge the head, or show all of the cell",
        lambda do: do.view.toggle_zoom(),
        separator=True,
        keys="Z",
    ),
    _zoom(
        Id.ZOOM_IN,
        "Zoom &In",
        "Enlarge the cell",
        lambda do: do.view.zoom_by(1),
        standard=_Standard.ZoomIn,
        keys="Ctrl++",
    ),
    _zoom(
        Id.ZOOM_OUT,
        "Zoom &Out",
        "Show more around the cell",
        lambda do: do.view.zoom_by(-1),
        standard=_Standard.ZoomOut,
        keys="Ctrl+-",
    ),
    _zoom(Id.ZOOM_FIT, "Fit to &Pane", "Show the whole crop", lambda do: do.view.zoom_to_fit(), keys="Ctrl+0"),
    _view(
        Id.HEATMAP,
        "&Heatmap",
        "Show or hide the heatmap over the cell; hold the key to see the crop alone",
        lambda do: do.view.toggle_heat(),
        separator=True,
        keys="H",
        repeats=False,
    ),
    _view(Id.MORE_HEAT, "&More Heat", "Make the heatmap more opaque", lambda do: do.view.change_heat(1), keys="+"),
    _view(
        Id.LESS_HEAT, "&Less Heat", "Make the heatmap more transparent", lambda do: do.view.change_heat(-1), keys="-"
    ),
    _view(
        Id.NETWORK_WINDOW,
        "Corners of the Model's &Window",
        "Mark the part of the image that the model looked at",
        lambda do: do.view.toggle_window(),
        keys="Shift+W",
    ),
)

HELP_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    _help(
        Id.GUIDE,
        "&Guide",
        "From the first slide to the report",
        lambda do: do.app.show_guide(),
        standard=_Standard.HelpContents,
        keys="F1",
    ),
    _help(
        Id.HEATMAP_HELP,
        "How to Read a &Heatmap",
        "What a heatmap shows, and what it doesn't",
        lambda do: do.app.show_heatmap_help(),
    ),
    _help(
        Id.KEYS,
        "&Keyboard Shortcuts",
        "Which key does what",
        lambda do: do.app.show_keys(),
        keys="?",
        in_blind_reading=True,
    ),
    _help(
        Id.DEMO,
        "Try the &Demo",
        "Score two samples of real cells (SMIDS, doi:10.17632/6xvdhc9fyb.1, CC BY 4.0)",
        lambda do: do.scoring.try_demo(),
    ),
    _help(
        Id.SPEED,
        "&Measure Speed…",
        "Score rendered crops and show how long each stage takes on this machine",
        lambda do: do.app.measure_speed(),
        separator=True,
    ),
    _help(
        Id.LOG,
        "Show &Log Folder",
        "Show the folder that contains the log files",
        lambda do: do.app.show_log_folder(),
    ),
    _help(
        Id.SUPPORT,
        "Save S&upport Bundle…",
        "Save information that helps to find a fault; nothing is sent",
        lambda do: do.app.save_support_bundle(),
    ),
    _help(
        Id.ABOUT,
        "&About Sperm Viewer",
        "Version, models and licences",
        lambda do: do.app.show_about(),
        in_blind_reading=True,
        role=QAction.MenuRole.AboutRole,
    ),
)
