"""What each action of review does when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.dialogs.anomalies_dialog import AnomaliesDialog
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.review.reviewing import Reviewing
from sperm_viewer.gui.widgets.actions import CLASS_ACTS, Act

REVIEW_ACTS = (
    *CLASS_ACTS,
    Act.NON_SPERM,
    Act.ACCEPT,
    Act.TAKE_BACK,
    Act.NOTE,
    Act.ANOMALIES,
    Act.UNDO,
    Act.REDO,
    Act.NEXT,
    Act.PREVIOUS,
    Act.NEXT_OPEN,
)
"""They need cells to act on."""


def connect_review(
    actions: Mapping[Act, QAction],
    reviewing: Callable[[], Reviewing],
    reviewer: Reviewer,
    start_note: Callable[[], None],
    window: QWidget,
) -> None:
    """Connects the actions to the reading that is under way; `start_note` opens the field for the cell's note."""

    def begin_note() -> None:
        # The name is asked for now, so that the note can be stored whenever it is left.
        if reviewing().ready():
            start_note()

    def tick_anomalies() -> None:
        reading, cell = reviewing(), reviewing().current_cell()
        if cell and cell.prediction and reading.ready():
            dialog = AnomaliesDialog(reading.held(cell).anomalies or frozenset(), window)
            dialog.accepted.connect(lambda: reading.tick(cell, dialog.ticked))
            dialog.open()

    for act, run in {
        **{act: partial(_give_nth, reviewing, place) for place, act in enumerate(CLASS_ACTS)},
        Act.NON_SPERM: lambda: reviewing().give_non_sperm(),
        Act.ACCEPT: lambda: reviewing().accept(),
        Act.TAKE_BACK: lambda: reviewing().take_back(),
        Act.NOTE: begin_note,
        Act.ANOMALIES: tick_anomalies,
        Act.UNDO: lambda: reviewing().undo(),
        Act.REDO: lambda: reviewing().redo(),
        Act.NEXT: lambda: reviewing().go(1),
        Act.PREVIOUS: lambda: reviewing().go(-1),
        Act.NEXT_OPEN: lambda: reviewing().go_to_open(),
        Act.REVIEWER: reviewer.change,
    }.items():
        actions[act].triggered.connect(lambda _=False, call=run: call())


def _give_nth(reviewing: Callable[[], Reviewing], place: int) -> None:
    reviewing().give_nth(place)
