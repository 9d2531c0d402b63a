"""Every action of the window, declared once, in the order of the menus.

To add one: an id in `ActionId`, an entry in the table of its menu, and a method of the commands for it to run.
"""

from __future__ import annotations

from sperm_viewer.gui.widgets.action_spec import ActionSpec
from sperm_viewer.gui.window.commands import Commands
from sperm_viewer.gui.window.field_actions import FIELD_ACTIONS
from sperm_viewer.gui.window.file_actions import FILE_ACTIONS, SCORING_ACTIONS
from sperm_viewer.gui.window.review_actions import REVIEW_ACTIONS
from sperm_viewer.gui.window.slide_actions import SLIDE_ACTIONS
from sperm_viewer.gui.window.view_actions import HELP_ACTIONS, VIEW_ACTIONS

ACTIONS: tuple[ActionSpec[Commands], ...] = (
    *FILE_ACTIONS,
    *SLIDE_ACTIONS,
    *SCORING_ACTIONS,
    *REVIEW_ACTIONS,
    *FIELD_ACTIONS,
    *VIEW_ACTIONS,
    *HELP_ACTIONS,
)
