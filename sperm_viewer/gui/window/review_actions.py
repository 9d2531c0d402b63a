"""The actions of the menu Review."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence

from sperm_viewer.gui.widgets.action_spec import CLASS_ACTIONS, ActionId, ActionSpec, Menu, Variant, session_open
from sperm_viewer.gui.window.commands import Commands

_Id = ActionId
_Standard = QKeySequence.StandardKey


def _assign_class(place: int, do: Commands) -> None:
    do.review.assign_nth(place)


REVIEW_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    *(
        ActionSpec(
            action,
            f"Class {place + 1}",
            f"Assign class {place + 1} to the cell",
            Menu.REVIEW,
            partial(_assign_class, place),
            keys=str(place + 1),
            repeats=False,
            enabled=session_open,
            in_blind_reading=True,
        )
        for place, action in enumerate(CLASS_ACTIONS)
    ),
    ActionSpec(
        _Id.NON_SPERM,
        "Not a &Sperm",
        "Assign the class non-sperm",
        Menu.REVIEW,
        lambda do: do.review.assign_non_sperm(),
        keys="X",
        repeats=False,
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.ACCEPT,
        "&Accept",
        "Accept the model's first choice",
        Menu.REVIEW,
        lambda do: do.review.accept(),
        separator=True,
        keys="Space",
        repeats=False,
        enabled=session_open,
    ),
    ActionSpec(
        _Id.TAKE_BACK,
        "Take Bac&k",
        "Withdraw the verdict",
        Menu.REVIEW,
        lambda do: do.review.withdraw(),
        keys="Del",
        repeats=False,
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.NOTE,
        "Add a &Note",
        "Write a note about the cell",
        Menu.REVIEW,
        lambda do: do.review.write_note(),
        keys="N",
        repeats=False,
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.ANOMALIES,
        "An&omalies…",
        "Tick the anomalies of the cell",
        Menu.REVIEW,
        lambda do: do.review.tick_anomalies(),
        keys="A",
        repeats=False,
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.UNDO,
        "&Undo",
        "Undo the last verdict, and return to its cell",
        Menu.REVIEW,
        lambda do: do.review.undo(),
        separator=True,
        standard=_Standard.Undo,
        keys="Ctrl+Z",
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.REDO,
        "&Redo",
        "Redo what was undone, and return to its cell",
        Menu.REVIEW,
        lambda do: do.review.redo(),
        standard=_Standard.Redo,
        keys="Ctrl+Y",
        more_keys=("Ctrl+Y", "Ctrl+Shift+Z"),
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.NEXT,
        "Ne&xt Cell",
        "Go to the next cell",
        Menu.REVIEW,
        lambda do: do.review.go(1),
        separator=True,
        keys="J",
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.PREVIOUS,
        "&Previous Cell",
        "Go to the previous cell",
        Menu.REVIEW,
        lambda do: do.review.go(-1),
        keys="K",
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.NEXT_OPEN,
        "Next Uncerta&in Cell",
        "Go to the next uncertain or referred cell to review",
        Menu.REVIEW,
        lambda do: do.review.go_to_open(),
        keys="U",
        enabled=session_open,
        in_blind_reading=True,
    ),
    ActionSpec(
        _Id.SIMILAR,
        "Most Si&milar Cells",
        "Choose among the most similar cells; Enter goes to one",
        Menu.REVIEW,
        lambda do: do.view.focus_similar(),
        keys="S",
    ),
    ActionSpec(
        _Id.REVIEWER,
        "&Change Reviewer…",
        "Set the reviewer's name",
        Menu.REVIEW,
        lambda do: do.review.change_reviewer(),
        separator=True,
        enabled=session_open,
    ),
    ActionSpec(
        _Id.SECOND_READING,
        "&Blind Second Reading…",
        "A second person reads all cells, with earlier answers hidden",
        Menu.REVIEW,
        lambda do: do.review.begin_or_end_second_reading(),
        enabled=session_open,
        in_blind_reading=True,
        variant=Variant(lambda state: state.blind_reading, "&End This Reading"),
    ),
    ActionSpec(
        _Id.AGREEMENT,
        "A&greement…",
        "Agreement between the model, the first and the second reader",
        Menu.REVIEW,
        lambda do: do.review.show_agreement(),
        enabled=session_open,
    ),
    ActionSpec(
        _Id.SPOT_CHECK,
        "Ch&eck on 50 Cells",
        "Label 50 cells of this slide, and see how often the model is right",
        Menu.REVIEW,
        lambda do: do.review.begin_spot_check(),
        enabled=session_open,
    ),
)
