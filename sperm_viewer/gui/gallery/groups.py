"""Groups the cells of the gallery and defines their order on screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.cell import REFER, Status

_NEWLY_SCORED = "Newly scored"


@dataclass(slots=True)
class Group:
    """`title` is empty if there is only one group; `rows` are rows of the table."""

    title: str
    rows: list[int]


class ScreenOrder:
    """The table's rows in the order of the gallery. New rows come last, so that nothing moves."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = [group for group in groups if group.rows]
        self._rows = [row for group in self.groups for row in group.rows]
        self._places = dict(zip(self._rows, range(len(self._rows)), strict=True))

    def row(self, place: int) -> int:
        return self._rows[place]

    def place(self, row: int) -> int:
        return self._places[row]

    def rows(self, places: range) -> list[int]:
        return self._rows[places.start : places.stop]

    def add(self, rows: range) -> None:
        """Adds rows at the end, under a heading of their own if there are headings."""
        if not self.groups:
            self.groups.append(Group("", []))
        elif self.groups[-1].title not in ("", _NEWLY_SCORED):
            self.groups.append(Group(_NEWLY_SCORED, []))
        self.groups[-1].rows.extend(rows)
        self._places.update(zip(rows, range(len(self._rows), len(self._rows) + len(rows)), strict=True))
        self._rows.extend(rows)


def as_in_table(count: int) -> ScreenOrder:
    return ScreenOrder([Group("", list(range(count)))])


def by_final_class(ids: Sequence[int], finals: Mapping[int, str], classes: Sequence[str]) -> ScreenOrder:
    """Groups cells by final class; each group keeps the table's order.

    The model's classes come first in its order, then classes that only readers assigned,
    then referred cells, those that are not counted, and failed ones.
    """
    found: dict[str, list[int]] = {}
    for row, cell in enumerate(ids):
        found.setdefault(finals.get(cell, ""), []).append(row)
    last = {REFER: "referred, not reviewed", Status.NOT_COUNTED: "not counted", "": "failed"}
    given = sorted(set(found) - {*classes, *last})
    titles = {name: name for name in (*classes, *given)} | last
    return ScreenOrder([Group(title, found.get(name, [])) for name, title in titles.items()])
