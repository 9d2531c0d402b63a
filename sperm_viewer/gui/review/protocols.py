"""What a reading asks of the view of its cells and of a guide through them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.verdict import Why


class Cells(Protocol):
    """The view of the cells under review; exactly one cell is current."""

    def current_cell(self) -> Cell | None: ...

    def selected_ids(self) -> Sequence[int]:
        """The selected cells, in the order on screen."""
        ...

    def shown_ids(self) -> Sequence[int]:
        """All cells that pass the filters, in the order on screen."""
        ...

    def go_to(self, cell: int) -> None:
        """Makes a cell the current and only selected one; removes a filter that hides it."""
        ...

    def go_back_to(self, cell: int) -> bool:
        """Like `go_to`, but keeps the filters; False, with nothing changed, if they hide the cell."""
        ...

    def refresh(self, cells: Collection[int]) -> None:
        """Reads these cells again after their verdicts changed."""
        ...

    def keep_order(self) -> None:
        """Keeps the current order until the user sorts or filters again."""
        ...


class Guide(Protocol):
    """Says which cell comes next, and why, instead of the order on screen."""

    def why(self, cell: int) -> Why | None:
        """Why this cell is read; None if the guide did not ask for it."""
        ...

    def follow(self, cell: int) -> bool:
        """Goes on after a verdict on this cell; False if the guide did not ask for it."""
        ...


class HeadUndo(Protocol):
    """The edits of heads, which share undo and redo with the verdicts: the newest of both comes first."""

    def undoes_before(self, verdict: int | None) -> bool:
        """Whether the last edit is newer than the last action on verdicts, given by its number."""
        ...

    def redoes_before(self, verdict: int | None) -> bool:
        """Whether an edit was undone after the last verdict that was, given by the number of that action."""
        ...

    def undo(self) -> None: ...

    def redo(self) -> None: ...
