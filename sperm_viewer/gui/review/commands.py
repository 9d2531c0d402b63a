"""What each action of review does when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtGui import QAction

from sperm_viewer.gui.actions import CLASS_ACTS, Act
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing

REVIEW_ACTS = (
    *CLASS_ACTS,
    Act.NON_SPERM,
    Act.ACCEPT,
    Act.TAKE_BACK,
    Act.NOTE,
    Act.UNDO,
    Act.REDO,
    Act.NEXT,
    Act.PREVIOUS,
    Act.NEXT_OPEN,
)
"""They need cells to act on."""


def connect_review(
    actions: Mapping[Act, QAction], reviewing: Reviewing, reviewer: Reviewer, start_note: Callable[[], None]
) -> None:
    """Connects the actions to the reading; `start_note` opens the field for the current cell's note."""

    def begin_note() -> None:
        # Asked now, so that the note can be stored whenever it is left.
        if reviewing.may_write() and reviewer.asked():
            start_note()

    for act, run in {
        **{act: partial(reviewing.give_nth, place) for place, act in enumerate(CLASS_ACTS)},
        Act.NON_SPERM: reviewing.give_non_sperm,
        Act.ACCEPT: reviewing.accept,
        Act.TAKE_BACK: reviewing.take_back,
        Act.NOTE: begin_note,
        Act.UNDO: reviewing.undo,
        Act.REDO: reviewing.redo,
        Act.NEXT: lambda: reviewing.go(1),
        Act.PREVIOUS: lambda: reviewing.go(-1),
        Act.NEXT_OPEN: reviewing.go_to_open,
        Act.REVIEWER: reviewer.change,
    }.items():
        actions[act].triggered.connect(lambda _=False, call=run: call())
