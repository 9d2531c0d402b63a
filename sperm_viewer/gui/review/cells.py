"""What review asks of the views: which cells are on screen, in which order, and which one is current."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sperm_viewer.domain.cell import Cell


class Cells(Protocol):
    """Cells on screen, exactly one of them current."""

    def current_cell(self) -> Cell | None: ...

    def selected_ids(self) -> Sequence[int]:
        """The cells that were selected, in the order on screen; more than one only where the user selected several."""
        ...

    def shown_ids(self) -> Sequence[int]:
        """All cells that the filters let through, in the order on screen."""
        ...

    def go_to(self, cell: int) -> None:
        """Makes a cell the current and the only selected one, and shows it even if a filter hides it."""
        ...

    def refresh(self, cells: Collection[int]) -> None:
        """Reads these cells anew: verdicts of them changed."""
        ...

    def keep_order(self) -> None:
        """From now on the cells stay in the order in which they are, until the user sorts or filters anew."""
        ...
