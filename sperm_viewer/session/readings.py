"""The model, the first reader and the blind second reader, two by two: how far do they agree?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from sperm_viewer.domain.cell import Cell
from sperm_viewer.statistics.agreement import Agreement, agreement


class Reading(StrEnum):
    """Who gave a cell its class."""

    MODEL = "model"
    FIRST = "first reader"
    SECOND = "second reader"


@dataclass(frozen=True, slots=True)
class ReadingsCompared:
    """Two readings, over the cells that both gave a class."""

    one: Reading
    other: Reading
    agreement: Agreement


def compare_readings(cells: Iterable[Cell], classes: Sequence[str]) -> tuple[ReadingsCompared, ...]:
    """Each two of the three readings; nothing where no cell was read a second time.

    The model's reading is its first choice, of referred cells too. `classes` gives the order; classes that a reader
    gave and that are not among them follow after them.
    """
    read = [said for cell in cells if (said := _said(cell))]
    if not any(Reading.SECOND in said for said in read):
        return ()
    further = sorted({name for said in read for name in said.values()} - set(classes))
    compared = []
    for one, other in combinations(Reading, 2):
        both = [(said[one], said[other]) for said in read if one in said and other in said]
        found = agreement([a for a, _ in both], [b for _, b in both], [*classes, *further])
        compared.append(ReadingsCompared(one, other, found))
    return tuple(compared)


def _said(cell: Cell) -> dict[Reading, str]:
    said = {
        Reading.MODEL: cell.prediction.first if cell.prediction else "",
        Reading.FIRST: cell.verdict.said if cell.verdict else "",
        Reading.SECOND: cell.second.said if cell.second else "",
    }
    return {reading: name for reading, name in said.items() if name}
