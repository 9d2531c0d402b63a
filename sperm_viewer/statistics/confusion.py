"""A confusion matrix: how often one answer met another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confusion:
    """`counts` has a row a class of the first reading (or the true class) and a column a class of the second (or the
    predicted one), both in the order of `classes`.

    Counts need not be whole: those of R repeats over the same crops, divided by R, still count each crop once.
    Raises ValueError where the matrix is not square or holds a negative number.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.classes)
        if len(self.counts) != size or any(len(row) != size for row in self.counts):
            raise ValueError(f"a confusion matrix of {size} classes needs {size} rows of {size} counts")
        if not all(count >= 0 for row in self.counts for count in row):
            raise ValueError("a confusion matrix holds counts, none below 0")


def confusion(first: Sequence[str], second: Sequence[str], classes: Sequence[str]) -> Confusion:
    """Counts two readings of the same cells, given in the same order of cells.

    Raises ValueError where the readings differ in length, or name a class that is not in `classes`.
    """
    pairs = Counter(zip(first, second, strict=True))
    unknown = sorted({name for pair in pairs for name in pair} - set(classes))
    if unknown:
        raise ValueError(f"the readings name classes that were not listed: {', '.join(unknown)}")
    return Confusion(tuple(classes), tuple(tuple(pairs[row, column] for column in classes) for row in classes))
