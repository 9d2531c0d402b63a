"""The agreement of each two readings of a sample, and the classes of each cell side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from sperm_viewer.domain.cell import SET_ASIDE, Cell
from sperm_viewer.domain.reading import Reading, ReadingKind
from sperm_viewer.domain.verdict import How, Verdict
from sperm_viewer.session.readings import Given, given_verdicts, reader_names, readings
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.agreement import Agreement, agreement

MODEL = "model"
FIRST_READER = "first reader"


class Side(StrEnum):
    """What two readings tell when they are compared."""

    MODEL = "model and reader"
    BETWEEN = "between readers"
    WITHIN = "within one reader"


@dataclass(frozen=True, slots=True)
class ReadingsCompared:
    """Two readings, compared on the cells that both read; `pairs` holds each cell's id and its two classes."""

    one: str
    other: str
    side: Side
    agreement: Agreement
    pairs: tuple[tuple[int, str, str], ...]

    def cells(self, one: str, other: str) -> tuple[int, ...]:
        """The ids of the cells behind a number of the confusion matrix, by its row and column."""
        return tuple(cell for cell, *classes in self.pairs if classes == [one, other])


class Outcome(StrEnum):
    """What the readings of a cell come to. Only one reader means that nobody but them has read it, if repeatedly."""

    AGREED = "readers agree"
    ADJUDICATED = "adjudicated"
    DIFFER = "readers differ"
    ONE_READER = "one reader"


@dataclass(frozen=True, slots=True)
class CellRead:
    """A cell with its class in each column, empty where it was not read, and how each was read.

    `consensus` is the adjudicator's class; else the class that all readers gave, at least two; else empty.
    """

    cell: Cell
    classes: tuple[str, ...]
    how: tuple[How | None, ...]
    consensus: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ReadingsSideBySide:
    """The cells that two readings or more have read; `columns` are the model and each reading, `readers` their names.

    The columns are those of all readings of the session in which a cell was read, so they are the same for all of its
    samples. A reading with several readers has all of their names, in alphabetical order; the model has its own.
    """

    columns: tuple[str, ...]
    readers: tuple[str, ...]
    rows: tuple[CellRead, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)


class Readings:
    """All readings of a session, read once. Answers that were accepted in bulk are no reading and are left out."""

    def __init__(self, session: Session) -> None:
        """Raises SessionError."""
        self.begun = readings(session)
        self.names = reader_names(self.begun)
        self.given: Given = given_verdicts(session)

    def compare(self, cells: Iterable[Cell], classes: Sequence[str]) -> tuple[ReadingsCompared, ...]:
        """Each two of the model and the readings that have read the same cells; empty if none was read twice.

        A repeat is compared with the reading that it repeats, over the cells of its reader; two other readings over
        the cells that two people read. An adjudicator reads only cells on which the readers differ, so no agreement
        with it is worked out. The model's reading is its first choice, of referred cells too. `classes` gives the
        order; classes that a reader gave and that are not among them follow after them.
        """
        known = [(cell, self._read(cell.id)) for cell in cells]
        if not any(len(read) > 1 for _, read in known):
            return ()
        further = sorted({each.class_name for _, read in known for each in read.values()} - set(classes))
        order = [*classes, *further]
        compared = [
            _compared((MODEL, self.names[reading.id]), Side.MODEL, _with_model(known, reading.id), order)
            for reading in self._judged
        ]
        for one, other in combinations(self._judged, 2):
            within = one.origin == other.origin
            side = Side.WITHIN if within else Side.BETWEEN
            pairs = _with_each_other(known, one.id, other.id, same_reader=within)
            compared.append(_compared((self.names[one.id], self.names[other.id]), side, pairs, order))
        return tuple(each for each in compared if each.pairs)

    def side_by_side(self, cells: Sequence[Cell]) -> ReadingsSideBySide:
        """The cells among these that were read twice or more, in the same order."""
        read = [(cell, self._read(cell.id)) for cell in cells]
        rows = [(cell, verdicts) for cell, verdicts in read if len(verdicts) > 1]
        whose = self._readers()
        used = [each for each in self.begun if each.id in whose]
        model = next((cell.prediction.model.name for cell, _ in rows if cell.prediction), "")
        return ReadingsSideBySide(
            columns=(MODEL, *(self.names[each.id] for each in used)),
            readers=(model, *(", ".join(sorted(whose[each.id])) for each in used)),
            rows=tuple(self._row(cell, verdicts, used) for cell, verdicts in rows),
        )

    @property
    def _judged(self) -> list[Reading]:
        return [each for each in self.begun if each.kind is not ReadingKind.ADJUDICATION]

    def _readers(self) -> dict[int, set[str]]:
        """Who has read a cell in each reading, by its id; without the readings in which nobody has."""
        found: dict[int, set[str]] = defaultdict(set)
        for cell in self.given:
            for reading, verdict in self._read(cell).items():
                found[reading].add(verdict.reader)
        return found

    def _read(self, cell: int) -> dict[int, Verdict]:
        given = self.given.get(cell, {}).items()
        return {reading: each for reading, each in given if each.how is not How.BULK and _is_class(each)}

    def _row(self, cell: Cell, verdicts: Mapping[int, Verdict], used: Sequence[Reading]) -> CellRead:
        found = [verdicts.get(each.id) for each in used]
        return CellRead(
            cell,
            (cell.prediction.first if cell.prediction else "", *(each.class_name if each else "" for each in found)),
            (None, *(each.how if each else None for each in found)),
            *self._consensus(verdicts),
        )

    def _consensus(self, verdicts: Mapping[int, Verdict]) -> tuple[str, Outcome]:
        of_kind = [(each.kind, verdicts[each.id].class_name) for each in self.begun if each.id in verdicts]
        decided = [name for kind, name in of_kind if kind is ReadingKind.ADJUDICATION]
        said = [name for kind, name in of_kind if kind in (ReadingKind.FIRST, ReadingKind.FURTHER)]
        if decided:
            return decided[-1], Outcome.ADJUDICATED
        if len(said) < 2:
            return "", Outcome.ONE_READER
        return (said[0], Outcome.AGREED) if len(set(said)) == 1 else ("", Outcome.DIFFER)


def _is_class(verdict: Verdict) -> bool:
    """A cell that a reader set aside has no class to compare."""
    return verdict.class_name not in SET_ASIDE


_Known = Sequence[tuple[Cell, Mapping[int, Verdict]]]
_Pairs = tuple[tuple[int, str, str], ...]


def _with_model(known: _Known, reading: int) -> _Pairs:
    return tuple(
        (cell.id, cell.prediction.first, read[reading].class_name)
        for cell, read in known
        if cell.prediction and reading in read
    )


def _with_each_other(known: _Known, one: int, other: int, same_reader: bool) -> _Pairs:
    return tuple(
        (cell.id, read[one].class_name, read[other].class_name)
        for cell, read in known
        if one in read and other in read and (read[one].reader == read[other].reader) is same_reader
    )


def _compared(names: tuple[str, str], side: Side, pairs: _Pairs, classes: Sequence[str]) -> ReadingsCompared:
    found = agreement([one for _, one, _ in pairs], [other for _, _, other in pairs], classes)
    return ReadingsCompared(*names, side, found, pairs)
