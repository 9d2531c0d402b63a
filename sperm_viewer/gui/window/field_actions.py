"""The actions of the menu Field."""

from __future__ import annotations

from functools import partial

from sperm_viewer.gui.field.tool import FieldTool
from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, Menu, WindowState
from sperm_viewer.gui.window.commands import Commands

Id = ActionId


def _can_change(state: WindowState) -> bool:
    return state.session_open and not state.read_only


_field = partial(ActionSpec, menu=Menu.FIELD, enabled=_can_change)

FIELD_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    _field(
        Id.ADD_HEAD,
        "&Add Head",
        "Click heads that were missed: each is outlined and scored",
        lambda do: do.heads.choose(FieldTool.ADD),
        keys="A",
    ),
    _field(
        Id.REMOVE_HEAD,
        "&Remove Head",
        "Count and list the selected head nowhere; Undo brings it back",
        lambda do: do.heads.remove(),
        keys="Shift+Del",
        repeats=False,
    ),
    _field(
        Id.SPLIT_HEAD,
        "&Split Head",
        "Draw a line between two heads that were taken for one",
        lambda do: do.heads.choose(FieldTool.SPLIT),
        keys="D",
    ),
    _field(
        Id.REDRAW_HEAD,
        "Re&draw Outline",
        "Draw around the current head; it is measured and scored again, and needs a new verdict",
        lambda do: do.heads.choose(FieldTool.REDRAW),
        keys="R",
    ),
)
