"""Adds, removes, splits and redraws heads of the field that is shown; each edit can be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from statistics import median
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, QPointF

from sperm_viewer.domain.arrays import BoolArray, FloatArray, UInt8Array
from sperm_viewer.domain.cell import Cell, CellScored
from sperm_viewer.domain.detection import KnownHead
from sperm_viewer.domain.errors import ImageRefusedError, SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.field.field_pane import FieldPane
from sperm_viewer.gui.field.head_scoring import HeadScoring, NewHeads, Outlines, plan_like
from sperm_viewer.gui.field.tool import FieldTool
from sperm_viewer.gui.results.view_switch import FIELD
from sperm_viewer.gui.review.protocols import Cells
from sperm_viewer.imaging.outline import outline_mask, resampled
from sperm_viewer.imaging.seek_head import halves, head_at
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.session.field_heads import FieldHead
from sperm_viewer.session.head_edits import Edited, HeadEdit, HeadEdits
from sperm_viewer.session.session import Session

_USUAL_SHARE = 1 / 14
"""Length of a head over the longer side of a field without any: that of our stained fields."""
_NO_HEAD = "No head stands out there. Zoom in and click its middle, or choose another head."
_NOT_PARTED = "The line must cross the head from edge to edge, with a head on each side."
_TOO_SMALL = "This outline is too small for a head. Draw around the whole head."
_DONE = {HeadEdit.ADD: "added", HeadEdit.REMOVE: "removed", HeadEdit.SPLIT: "split", HeadEdit.REDRAW: "redrawn"}
_LEAST_POINTS = 8
_LEAST_AREA = 40.0


class HeadCells(Cells, Protocol):
    """The view of the cells, with the field of the current one; heads come and go in it."""

    field: FieldPane

    def heads_changed(self, show: int | None) -> None:
        """Reads the cells anew, and makes this one current."""


class FieldEditing(QObject):
    """Acts on the pane of the field and on the current cell."""

    def __init__(
        self,
        controller: Controller,
        cells: HeadCells,
        reader_name: Callable[[], str],
        ask: Ask,
        notify: Callable[[str], None],
        parent: QObject,
    ) -> None:
        """`reader_name` returns the person's name and may ask for it; `notify` shows a short text for a few seconds."""
        super().__init__(parent)
        self._controller = controller
        self._cells = cells
        self._pane = pane = cells.field
        self._name, self._ask, self._notify = reader_name, ask, notify
        self._scoring = HeadScoring(self)
        self._opened: tuple[Session, HeadEdits] | None = None
        controller.leaving.connect(self._leave)
        pane.pointed.connect(self._add)
        pane.drawn.connect(self._draw)

    # What a person chooses

    def choose(self, tool: FieldTool) -> None:
        """Shows the field, and takes a tool in hand there, or puts it down if it is in hand."""
        self._controller.settings.update(view=FIELD)
        if tool is self._pane.tool:
            self._pane.choose(FieldTool.SELECT)
        elif self._able():
            self._pane.choose(tool)
            plan = self._plan()
            if plan:
                self._scoring.prepare(plan)

    def remove(self) -> None:
        """Removes the selected heads."""
        edits = self._edits() if self._able() else None
        session = self._controller.session
        if edits is None or session is None:
            return
        chosen = [cell.id for cell in session.cells(self._cells.selected_ids()) if cell.in_field and cell.place]
        if not chosen:
            self._notify("Select a head to remove it.")
            return
        name = self._name()
        if name:
            following = self._beside(chosen)
            self._store(partial(edits.replace, HeadEdit.REMOVE, chosen, [], name), following)

    def undoes_before(self, verdict: int | None) -> bool:
        """Whether the last edit is newer than the last action on verdicts, given by its number."""
        edits = self._edits()
        return edits is not None and edits.done_after is not None and (verdict is None or edits.done_after >= verdict)

    def redoes_before(self, verdict: int | None) -> bool:
        """Whether an edit was undone after the last verdict that was, given by the number of that action."""
        edits = self._edits()
        after = edits.undone_after if edits else None
        return after is not None and (verdict is None or after >= verdict)

    def undo(self) -> None:
        self._turn(HeadEdits.undo, "Undone")

    def redo(self) -> None:
        self._turn(HeadEdits.redo, "Redone")

    # Outlines

    def _add(self, point: QPointF) -> None:
        there = self._pane.outlined_at(point)
        if there is not None:
            self._cells.go_to(there)
            self._notify("This head is outlined already. To part two heads, choose Split.")
            return
        rgb, heads = self._field()
        if rgb is not None:
            where = (point.x() - 0.5, point.y() - 0.5)
            self._start(HeadEdit.ADD, (), partial(_seek, rgb, where, heads), point)

    def _draw(self, stroke: Sequence[QPointF]) -> None:
        rgb, heads = self._field()
        cell = self._cells.current_cell()
        head = next((each for each in heads if cell and each.cell.id == cell.id), None)
        if rgb is None or head is None or head.outline is None:
            self._notify("Select a head first.")
            return
        line = np.array([(point.x() - 0.5, point.y() - 0.5) for point in stroke], np.float32)
        split = self._pane.tool is FieldTool.SPLIT
        work: Outlines = partial(_part, rgb, head.outline, line) if split else partial(_around, rgb, line)
        edit = HeadEdit.SPLIT if split else HeadEdit.REDRAW
        self._start(edit, (head.cell.id,), work, stroke[len(stroke) // 2])
        self._pane.choose(FieldTool.SELECT)

    def _field(self) -> tuple[UInt8Array | None, Sequence[FieldHead]]:
        return (self._pane.image.rgb if self._pane.image else None), self._pane.heads

    def _start(self, edit: HeadEdit, removed: tuple[int, ...], outlines: Outlines, at: QPointF) -> None:
        cell, session, plan = self._cells.current_cell(), self._controller.session, self._plan()
        name = self._name() if cell and plan else ""
        if cell is None or session is None or plan is None or not name:
            return
        beside = tuple(
            KnownHead(head.outline, head.cell.place, head.cell.morphometry)
            for head in self._pane.heads
            if head.outline is not None and head.cell.id not in removed
        )
        empty = tuple(head.cell.id for head in self._pane.heads if head.cell.place is None)
        self._pane.mark(at)
        self._scoring.start(
            plan,
            NewHeads(cell.ref, cell.sha256, beside, outlines),
            partial(self._scored, session, edit, removed or empty, name, at),
            partial(self._failed, at),
        )

    def _scored(
        self,
        session: Session,
        edit: HeadEdit,
        removed: tuple[int, ...],
        name: str,
        at: QPointF,
        heads: tuple[CellScored, ...],
    ) -> None:
        self._pane.unmark(at)
        edits = self._edits()
        if edits and session is self._controller.session:
            self._store(partial(edits.replace, edit, removed, heads, name), None)

    def _failed(self, at: QPointF, error: Exception) -> None:
        self._pane.unmark(at)
        if isinstance(error, ImageRefusedError):
            self._notify(str(error))
        else:
            self._ask.tell("This head can't be scored", str(error))

    # Storing

    def _store(self, act: Callable[[], Edited | None], show: int | None, done: str = "") -> None:
        try:
            edited = act()
        except SpermViewerError as error:
            self._ask.tell("This can't be stored", str(error))
            return
        if edited is None:
            return
        self._cells.heads_changed(edited.shown[0] if edited.shown else show)
        # At once: the next click must not meet a head that is gone.
        self._pane.follow()
        # A split is named by the one head, whichever way it goes.
        number = 1 if edited.edit in (HeadEdit.SPLIT, HeadEdit.REDRAW) else len(edited.removed) + len(edited.shown)
        words = f"{counted(number, 'head')} {_DONE[edited.edit]}"
        self._notify(f"{done}: {words}." if done else f"{words}.")

    def _turn(self, act: Callable[[HeadEdits, str], Edited | None], done: str) -> None:
        edits = self._edits()
        name = self._name() if edits and self._controller.opened.may_write("change heads") else ""
        if edits and name:
            current = self._cells.current_cell()
            following = self._beside([current.id]) if current else None
            self._store(partial(act, edits, name), following, done)

    def _beside(self, gone: Collection[int]) -> int | None:
        """The cell to go to when these are gone: the next one in the order on screen, or the one before; one of the
        same field if there is any."""
        order = self._cells.shown_ids()
        places = [place for place, cell in enumerate(order) if cell in gone]
        after = order[places[-1] + 1 :] if places else order[:1]
        before = order[: places[0]] if places else ()
        left = [cell for cell in [*after, *reversed(before)] if cell not in gone]
        here = {head.cell.id for head in self._pane.heads}
        return next((cell for cell in left if cell in here), left[0] if left else None)

    # Whether it can be done

    def _able(self) -> bool:
        """Says why not where heads can't be changed."""
        cell: Cell | None = self._cells.current_cell()
        if cell is None or not self._controller.opened.may_write("change heads"):
            return False
        if not cell.in_field:
            self._notify("This image is a crop, and has one head. Heads can be changed in fields.")
            return False
        return True

    def _plan(self) -> ScoringPlan | None:
        """How heads are scored here; None, after a message, if they can't be."""
        session = self._controller.session
        try:
            return plan_like(session, self._controller.shelf, self._controller.load_network) if session else None
        except SpermViewerError as error:
            self._ask.tell("This head can't be scored", str(error))
            return None

    def _edits(self) -> HeadEdits | None:
        session = self._controller.session
        if session is None:
            return None
        if self._opened is None or self._opened[0] is not session:
            self._opened = (session, HeadEdits(session))
        return self._opened[1]

    def _leave(self) -> None:
        self._scoring.stop()
        self._pane.choose(FieldTool.SELECT)
        self._opened = None


def _seek(rgb: UInt8Array, point: tuple[float, float], heads: Sequence[FieldHead]) -> list[FloatArray]:
    lengths = [head.cell.morphometry.length for head in heads if head.cell.morphometry]
    length = median(lengths) if lengths else _USUAL_SHARE * max(rgb.shape[:2])
    found = head_at(rgb, point, length, _taken(rgb, heads))
    if found is None:
        raise ImageRefusedError(_NO_HEAD)
    return [found]


def _taken(rgb: UInt8Array, heads: Sequence[FieldHead]) -> BoolArray:
    """True on the heads, in the shape of the image."""
    taken = np.zeros(rgb.shape[:2], np.bool_)
    for head in heads:
        if head.outline is not None:
            mask, (x, y) = outline_mask(head.outline, (rgb.shape[0], rgb.shape[1]))
            taken[y : y + mask.shape[0], x : x + mask.shape[1]] |= mask
    return taken


def _part(rgb: UInt8Array, outline: FloatArray, line: FloatArray) -> list[FloatArray]:
    parts = halves(rgb, outline, line[[0, -1]])
    if parts is None:
        raise ImageRefusedError(_NOT_PARTED)
    return list(parts)


def _around(rgb: UInt8Array, line: FloatArray) -> list[FloatArray]:
    """The outline as it was drawn, within the image."""
    inside = np.clip(line, 0, np.array([rgb.shape[1] - 1, rgb.shape[0] - 1], np.float32))
    x, y = inside[:, 0], inside[:, 1]
    area = abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2
    if len(line) < _LEAST_POINTS or area < _LEAST_AREA:
        raise ImageRefusedError(_TOO_SMALL)
    return [resampled(inside.astype(np.float32))]
