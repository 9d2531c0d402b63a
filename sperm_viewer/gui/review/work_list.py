"""The work list: the cells that wait for a person, in the order that the reader chose."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.session.readings import FIRST
from sperm_viewer.session.review import next_open
from sperm_viewer.session.session import CellFilter, Order, Session

_NO_CELL = 0


class ListOrder(StrEnum):
    """The order of the work list. The random one stays the same: it depends on the cells' ids alone."""

    SHOWN = "shown"
    UNCERTAIN = "uncertain"
    RANDOM = "random"


class WorkList:
    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings
        self.reached: int | None = None
        """The cell that the reader has reached; a verdict on another cell ends the list."""

    @property
    def order(self) -> ListOrder:
        chosen = self._settings.value.work_list_order
        return ListOrder(chosen) if chosen in set(ListOrder) else ListOrder.SHOWN

    def waiting(self, session: Session, reading: int) -> set[int]:
        """The cells that a reading still has to read; in the first reading the referred and the uncertain ones."""
        if reading == FIRST:
            return set(session.cell_ids(where=CellFilter(waiting=True)))
        # A blind reader must not learn where the model was uncertain.
        return set(session.readable(unread_in=reading))

    def next_after(self, current: int, session: Session, reading: int, shown: Sequence[int]) -> int | None:
        """The next waiting cell of those shown, and the first one after the last; None if there is no other one.

        A list that begins in another order than that on screen begins with the first cell of its order.
        """
        wanted = self.waiting(session, reading).intersection(shown)
        if reading != FIRST or self.order is ListOrder.SHOWN:
            return next_open(shown, current, wanted)
        among = wanted | {current}
        if self.order is ListOrder.RANDOM:
            ranked = sorted(among, key=_shuffled)
        else:
            ranked = session.cell_ids(Order.CONFIDENCE, among=sorted(among))
        return next_open(ranked, current if current == self.reached else _NO_CELL, wanted - {current})


def _shuffled(cell: int) -> bytes:
    return hashlib.blake2b(str(cell).encode(), digest_size=8).digest()
