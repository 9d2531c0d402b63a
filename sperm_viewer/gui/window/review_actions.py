"""The actions of the menu Review."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence

from sperm_viewer.domain.anomalies import ANOMALY_TEXT, Anomaly
from sperm_viewer.gui.review.work_list import ListOrder
from sperm_viewer.gui.widgets.action_spec import (
    CLASS_ACTIONS,
    TICKING,
    ActionId,
    ActionSpec,
    Menu,
    Submenu,
    Variant,
    WindowState,
    session_open,
)
from sperm_viewer.gui.window.commands import Commands

Id = ActionId
_Standard = QKeySequence.StandardKey
_review = partial(ActionSpec, menu=Menu.REVIEW)
_reading = partial(_review, enabled=session_open, in_blind_reading=True)
_verdict = partial(_reading, repeats=False)


def _can_authorise(state: WindowState) -> bool:
    return state.has_results and not state.running and not state.read_only


_TICK_LETTERS = {
    Anomaly.HEAD_TAPERED: "T",
    Anomaly.HEAD_PYRIFORM: "P",
    Anomaly.HEAD_AMORPHOUS: "A",
    Anomaly.HEAD_ROUND: "R",
    Anomaly.HEAD_SMALL: "S",
    Anomaly.HEAD_LARGE: "L",
    Anomaly.HEAD_VACUOLATED: "V",
    Anomaly.HEAD_ACROSOME: "C",
    Anomaly.MIDPIECE_BENT: "B",
    Anomaly.MIDPIECE_THICK: "K",
    Anomaly.MIDPIECE_THIN: "N",
    Anomaly.TAIL_SHORT: "O",
    Anomaly.TAIL_COILED: "I",
    Anomaly.TAIL_DOUBLE: "D",
    Anomaly.CYTOPLASM_EXCESS: "E",
}
"""A letter of the anomaly's name, the first one where it is free."""


_LIST_ORDERS = (
    (Id.LIST_AS_SHOWN, ListOrder.SHOWN, "As &Shown", "in the order on screen"),
    (Id.LIST_UNCERTAIN, ListOrder.UNCERTAIN, "&Least Certain First", "from the least certain one on"),
    (Id.LIST_RANDOM, ListOrder.RANDOM, "&Random", "in random order"),
)


def _order_list(order: ListOrder, do: Commands) -> None:
    do.review.order_list(order)


def _is_ordered(order: ListOrder, state: WindowState) -> bool:
    return state.work_list_order == order


def _tick(anomaly: Anomaly, do: Commands) -> None:
    do.review.tick(anomaly)


def _assign_class(place: int, do: Commands) -> None:
    do.review.assign_nth(place)


REVIEW_ACTIONS: tuple[ActionSpec[Commands], ...] = (
    *(
        _verdict(
            action,
            f"Class {place + 1}",
            f"Assign class {place + 1} to the cell",
            partial(_assign_class, place),
            keys=str(place + 1),
        )
        for place, action in enumerate(CLASS_ACTIONS)
    ),
    _verdict(
        Id.NON_SPERM, "Not a &Sperm", "Assign the class non-sperm", lambda do: do.review.assign_non_sperm(), keys="X"
    ),
    _verdict(
        Id.NOT_ASSESSABLE,
        "No&t Assessable",
        "Say that nobody can judge the cell; it is not counted",
        lambda do: do.review.assign_not_assessable(),
        keys="0",
    ),
    _review(
        Id.EXCLUDE,
        "Exclu&de…",
        "Leave the cell out of the count for a reason; Take Back includes it again",
        lambda do: do.review.exclude(),
        repeats=False,
        enabled=session_open,
    ),
    _review(
        Id.ACCEPT,
        "&Accept",
        "Accept the model's first choice",
        lambda do: do.review.accept(),
        separator=True,
        keys="Space",
        repeats=False,
        enabled=session_open,
    ),
    _verdict(Id.TAKE_BACK, "Take Bac&k", "Withdraw the verdict", lambda do: do.review.withdraw(), keys="Del"),
    _review(
        Id.SHOW_IMAGE,
        "Show in &Folder",
        "Show the image of the cell in the system's file manager",
        lambda do: do.view.show_image(),
        enabled=session_open,
    ),
    _review(
        Id.COPY_PATH,
        "Cop&y Path",
        "Copy where the image of the cell is",
        lambda do: do.view.copy_path(),
        enabled=session_open,
    ),
    _verdict(Id.NOTE, "Add a &Note", "Write a note about the cell", lambda do: do.review.write_note(), keys="N"),
    *(
        _verdict(
            action,
            ANOMALY_TEXT[anomaly].capitalize(),
            f"Tick or untick '{ANOMALY_TEXT[anomaly]}'",
            partial(_tick, anomaly),
            submenu=Submenu.ANOMALIES,
            keys=f"Shift+{_TICK_LETTERS[anomaly]}",
        )
        for action, anomaly in TICKING.items()
    ),
    _reading(
        Id.UNDO,
        "&Undo",
        "Undo the last verdict or change of heads, and return to its cell",
        lambda do: do.review.undo(),
        separator=True,
        standard=_Standard.Undo,
        keys="Ctrl+Z",
    ),
    _reading(
        Id.REDO,
        "&Redo",
        "Redo what was undone, and return to its cell",
        lambda do: do.review.redo(),
        standard=_Standard.Redo,
        keys="Ctrl+Y",
        more_keys=("Ctrl+Y", "Ctrl+Shift+Z"),
    ),
    _reading(Id.NEXT, "Ne&xt Cell", "Go to the next cell", lambda do: do.review.go(1), separator=True, keys="J"),
    _reading(Id.PREVIOUS, "Pre&vious Cell", "Go to the previous cell", lambda do: do.review.go(-1), keys="K"),
    _reading(
        Id.NEXT_OPEN,
        "Next Uncerta&in Cell",
        "Go to the next uncertain or referred cell to review",
        lambda do: do.review.go_to_open(),
        keys="U",
    ),
    *(
        _review(
            action,
            text,
            f"Go through the uncertain and referred cells {tip}",
            partial(_order_list, order),
            submenu=Submenu.LIST_ORDER,
            enabled=session_open,
            checked=partial(_is_ordered, order),
        )
        for action, order, text, tip in _LIST_ORDERS
    ),
    _review(
        Id.READING_PLAN,
        "Reading P&lan",
        "Read the cells first that narrow the share of normal heads of this sample most",
        lambda do: do.plan.begin_or_end(),
        keys="P",
        enabled=session_open,
        checked=lambda state: state.reading_plan,
    ),
    _review(
        Id.SIMILAR,
        "Most Si&milar Cells",
        "Choose among the most similar cells; Enter goes to one",
        lambda do: do.view.focus_similar(),
        keys="S",
    ),
    _review(
        Id.REVIEWER,
        "&Change Reviewer…",
        "Set the reviewer's name",
        lambda do: do.review.change_reviewer(),
        separator=True,
        enabled=session_open,
    ),
    _reading(
        Id.READ_AGAIN,
        "&Blind or Further Reading…",
        "Another person reads cells, a reader reads their own again, or one decides where readers differ",
        lambda do: do.review.begin_or_end_reading(),
        variant=Variant(lambda state: state.blind_reading, "&End This Reading"),
    ),
    _review(
        Id.AGREEMENT,
        "A&greement…",
        "Agreement of each two readings, and the cells behind each number",
        lambda do: do.review.show_agreement(),
        enabled=session_open,
    ),
    _review(
        Id.SPOT_CHECK,
        "Ch&eck on 50 Cells",
        "Label 50 cells of this slide, and see how often the model is right",
        lambda do: do.review.begin_spot_check(),
        enabled=session_open,
    ),
    _review(
        Id.TEACH,
        "Teach This Microsco&pe…",
        "Teach a model this microscope, stain and criteria from the verdicts of this session",
        lambda do: do.teach.teach(),
        enabled=_can_authorise,
    ),
    _review(
        Id.COMPARE_MODELS,
        "C&ompare a Site Model…",
        "Compare a model that was taught here with the one in use, on cells that nothing was taught from",
        lambda do: do.teach.compare(),
    ),
    _review(
        Id.AUTHORISE,
        "Aut&horise Report…",
        "Answer for the report of a sample, which freezes its figures",
        lambda do: do.report.authorise(),
        separator=True,
        enabled=_can_authorise,
    ),
    _review(
        Id.QUALITY_CONTROL,
        "&Quality Control…",
        "Control charts of a slide that is photographed anew each day",
        lambda do: do.control.open(),
    ),
)
