"""The agreement of each two of the model, the first reader and the blind second reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from sperm_viewer.domain.cell import Cell
from sperm_viewer.statistics.agreement import Agreement, agreement


class Reading(StrEnum):
    """The source of a cell's class."""

    MODEL = "model"
    FIRST = "first reader"
    SECOND = "second reader"


@dataclass(frozen=True, slots=True)
class ReadingsCompared:
    """Two readings, compared on the cells with a class from both."""

    one: Reading
    other: Reading
    agreement: Agreement


def compare_readings(cells: Iterable[Cell], classes: Sequence[str]) -> tuple[ReadingsCompared, ...]:
    """Each two of the three readings; empty if no cell was read a second time.

    The model's reading is its first choice, of referred cells too. `classes` gives the order; classes that a reader
    gave and that are not among them follow after them.
    """
    read = [found for cell in cells if (found := _classes_of(cell))]
    if not any(Reading.SECOND in found for found in read):
        return ()
    further = sorted({name for found in read for name in found.values()} - set(classes))
    compared = []
    for one, other in combinations(Reading, 2):
        both = [(found[one], found[other]) for found in read if one in found and other in found]
        result = agreement([a for a, _ in both], [b for _, b in both], [*classes, *further])
        compared.append(ReadingsCompared(one, other, result))
    return tuple(compared)


def _classes_of(cell: Cell) -> dict[Reading, str]:
    found = {
        Reading.MODEL: cell.prediction.first if cell.prediction else "",
        Reading.FIRST: cell.verdict.class_name if cell.verdict else "",
        Reading.SECOND: cell.second.class_name if cell.second else "",
    }
    return {reading: name for reading, name in found.items() if name}
