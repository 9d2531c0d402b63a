"""The actions of the menu Slides; the list of slides has them as its context menu."""

from __future__ import annotations

from functools import partial

from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, Menu, session_open
from sperm_viewer.gui.window.commands import Commands

Id = ActionId
_slide = partial(ActionSpec, menu=Menu.SLIDES, enabled=session_open)

SLIDE_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    _slide(
        Id.SLIDE_DETAILS,
        "Slide &Details…",
        "Stain, fixation, magnification, scale, counting criteria",
        lambda do: do.session.edit_slide_details(),
        keys="Ctrl+I",
    ),
    _slide(
        Id.SAMPLE_DETAILS,
        "&Sample Details…",
        "When the sample was collected and received, and who requested the analysis",
        lambda do: do.arranging.edit_sample_details(),
        keys="Ctrl+Shift+I",
    ),
    _slide(
        Id.IMAGE_KIND,
        "&Fields or Crops…",
        "Say what the images of the slide are, if it was decided wrongly; they are scored again",
        lambda do: do.session.choose_image_kind(),
    ),
    _slide(
        Id.MOVE_SLIDE,
        "&Move to Another Sample…",
        "Move the chosen slide to another sample, or to a new one",
        lambda do: do.arranging.move_slide(),
        separator=True,
    ),
    _slide(
        Id.RENAME_SLIDE, "&Rename Slide…", "Rename the chosen slide", lambda do: do.arranging.rename_slide(), keys="F2"
    ),
    _slide(
        Id.RENAME_SAMPLE,
        "Rename S&ample…",
        "Change the identifier of the chosen slide's sample",
        lambda do: do.arranging.rename_sample(),
        keys="Shift+F2",
    ),
    _slide(
        Id.REMOVE_SLIDE,
        "R&emove Slide",
        "Show and count the chosen slide nowhere; it stays in the session file",
        lambda do: do.arranging.remove_slide(),
    ),
    _slide(
        Id.UNDO_SLIDES,
        "&Undo Change of Slides",
        "Undo the last move, new name or removal of a slide or sample",
        lambda do: do.arranging.undo(),
        separator=True,
    ),
    _slide(
        Id.REDO_SLIDES,
        "Red&o Change of Slides",
        "Redo the change of slides or samples that was undone",
        lambda do: do.arranging.redo(),
    ),
)
