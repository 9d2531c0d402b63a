"""A reading: all verdicts of one reader on a set of cells."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil


class ReadingKind(StrEnum):
    """The first reading decides the final classes and may have several readers; each other reading has one.

    A further reading is made by another person, a repeat by a person who reads their own cells again, and an
    adjudication by a person who decides the cells on which the readers differ.
    """

    FIRST = "first"
    FURTHER = "further"
    REPEAT = "repeat"
    ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading to begin, of a random `share` of the cells, above 0 to 1; `blind` hides every earlier answer."""

    kind: ReadingKind
    reader: str
    share: float = 1.0
    blind: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of a session. `reader` is empty for the first one; `repeats` is the id of the reading repeated.

    `created` is UTC, ISO 8601; empty for the first one.
    """

    id: int
    kind: ReadingKind
    reader: str
    share: float
    seed: int
    blind: bool
    repeats: int | None
    created: str

    @property
    def origin(self) -> int:
        """The id of the reading that this one repeats, or its own: readings of one origin have the same reader."""
        return self.id if self.repeats is None else self.repeats

    def drawn(self, cells: Iterable[int], kept: Collection[int] = ()) -> list[int]:
        """The cells of this reading among those given, in its random order; `kept` ones belong to it in any case.

        Two cells keep their order when other cells are added, since a cell's place depends on the seed and its id.
        """
        order = sorted(cells, key=self._place)
        wanted = ceil(self.share * len(order))
        return [cell for number, cell in enumerate(order) if number < wanted or cell in kept]

    def _place(self, cell: int) -> bytes:
        return hashlib.blake2b(f"{self.seed}:{cell}".encode(), digest_size=8).digest()
