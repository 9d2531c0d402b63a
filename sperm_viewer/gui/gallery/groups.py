"""Which cells come together in the gallery, and in which order they come on screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.cell import REFER

_NEWLY_SCORED = "Newly scored"


@dataclass(slots=True)
class Group:
    """`title` is empty where there is one group only; `rows` are those of the table."""

    title: str
    rows: list[int]


class ScreenOrder:
    """The table's rows in the order of the gallery. What is added comes last, so that nothing moves."""

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
        """New rows: below the others, and under a heading of their own where there are headings."""
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
    """Cells of a final class together, in each group as in the table.

    The model's classes come first, in its order, then those that only readers gave, then referred and failed cells.
    """
    found: dict[str, list[int]] = {}
    for row, cell in enumerate(ids):
        found.setdefault(finals.get(cell, ""), []).append(row)
    given = sorted(set(found) - {*classes, REFER, ""})
    titles = {name: name for name in (*classes, *given)} | {REFER: "referred, not reviewed", "": "failed"}
    return ScreenOrder([Group(title, found.get(name, [])) for name, title in titles.items()])
