"""What a model can answer of a cell, how often each answer met each true class, and what a sample's readers found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BANDS = ("low", "middle", "high")
"""The bands of confidence of an answer that isn't referred, lowest first."""

_REFERRED = ("referred as uncertain", "referred as out of distribution")


def number_of_outcomes(classes: int) -> int:
    """What a model of so many classes can answer: each class in each band, and the two reasons to refer."""
    return len(BANDS) * classes + len(_REFERRED)


def band_of(first: int, confidence: float, bands: Sequence[tuple[float, float]]) -> int:
    """The number of the outcome that answers the class with the number `first`, not referred; `bands` (K,) say where
    the middle and the high band of each class begin.
    """
    middle, high = bands[first]
    return len(BANDS) * first + int(confidence >= middle) + int(confidence >= high)


@dataclass(frozen=True, slots=True)
class ErrorMatrix:
    """How often each outcome of a model met each true class, K classes, in cross-validation.

    The M = 3 K + 2 outcomes are, in this order: each class in three bands of confidence, lowest first; referred as
    uncertain (and for any other reason); referred as out of distribution. `bands` has for each class the lowest
    confidences (0 to 1) of its middle and its high band. `counts` has a row a true class and a column an outcome; they
    need not be whole: those of R repeats over the same crops, divided by R, count each crop once.

    Raises ValueError where `normal_class` is not a class, and where a size, a count or a band doesn't fit.
    """

    classes: tuple[str, ...]
    normal_class: str
    bands: tuple[tuple[float, float], ...]
    counts: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.classes)
        if self.normal_class not in self.classes:
            raise ValueError(f"'{self.normal_class}' is not a class of the error matrix")
        if len(self.bands) != size or not all(0 <= middle <= high <= 1 for middle, high in self.bands):
            raise ValueError("the error matrix needs for each class where its middle and its high band begin")
        columns = number_of_outcomes(size)
        if len(self.counts) != size or any(len(row) != columns for row in self.counts):
            raise ValueError(f"an error matrix of {size} classes needs {size} rows and {columns} columns")
        if not all(count >= 0 for row in self.counts for count in row):
            raise ValueError("an error matrix holds counts, none below 0")

    @property
    def outcomes(self) -> tuple[str, ...]:
        """In words, in order."""
        return (*(f"{name}, {band} confidence" for name in self.classes for band in BANDS), *_REFERRED)

    @property
    def referred(self) -> tuple[int, int]:
        """The numbers of the outcomes referred as uncertain and as out of distribution."""
        return len(BANDS) * len(self.classes), len(BANDS) * len(self.classes) + 1

    def answered(self, name: str) -> range:
        """The numbers of the outcomes that answer the class. Raises ValueError for a class that isn't there."""
        first = len(BANDS) * self.classes.index(name)
        return range(first, first + len(BANDS))

    def outcome(self, first: str, confidence: float, *, referred: bool, out_of_distribution: bool) -> int:
        """The number of the outcome of a cell whose most probable class is `first` with the probability `confidence`.

        Raises ValueError for a class that isn't there.
        """
        uncertain, unfamiliar = self.referred
        if out_of_distribution:
            return unfamiliar
        if referred:
            return uncertain
        return band_of(self.classes.index(first), confidence, self.bands)


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """The cells of a sample with one outcome: how many are unread, and how many of each class readers found.

    `read` holds cells read singly that were picked at random among those of the outcome; `chosen` those that were
    picked for another reason, such as their look. `audited` are the audit cells among `read`. Accepting cells in bulk
    isn't reading them: they are unread. Raises ValueError for counts below 0, and for audit cells that weren't read.
    """

    unread: int = 0
    read: Mapping[str, int] = field(default_factory=dict)
    chosen: Mapping[str, int] = field(default_factory=dict)
    audited: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if min(self.unread, *self.read.values(), *self.chosen.values(), *self.audited.values(), 0) < 0:
            raise ValueError("cells are counted, none below 0")
        if any(count > self.read.get(name, 0) for name, count in self.audited.items()):
            raise ValueError("an audit cell must be among those read")

    @property
    def cells(self) -> int:
        return self.unread + sum(self.read.values()) + sum(self.chosen.values())

    @property
    def found(self) -> dict[str, int]:
        """What readers found, by class, for whatever reason the cells were read."""
        return {name: self.read.get(name, 0) + self.chosen.get(name, 0) for name in {*self.read, *self.chosen}}

    @property
    def verified(self) -> OutcomeCounts:
        """As the estimate may use them: cells that were chosen are no random part of their outcome, so they are read
        only if all others of the outcome are too, and unread otherwise.
        """
        if not self.chosen:
            return self
        if self.unread == 0:
            return OutcomeCounts(0, self.found, {}, self.audited)
        return OutcomeCounts(self.unread + sum(self.chosen.values()), self.read, {}, self.audited)

    @property
    def without_audit(self) -> OutcomeCounts:
        """As if the audit cells were still unread."""
        read = {name: count - self.audited.get(name, 0) for name, count in self.read.items()}
        return OutcomeCounts(self.unread + sum(self.audited.values()), read, self.chosen)


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """The cells of a sample by outcome, in the order of the model's outcomes; failed cells are left out."""

    outcomes: tuple[OutcomeCounts, ...]

    @property
    def cells(self) -> int:
        return sum(outcome.cells for outcome in self.outcomes)

    @property
    def unread(self) -> int:
        return sum(outcome.unread for outcome in self.outcomes)

    @property
    def found(self) -> dict[str, int]:
        """What readers found, by class."""
        total: dict[str, int] = {}
        for outcome in self.outcomes:
            for name, count in outcome.found.items():
                total[name] = total.get(name, 0) + count
        return total

    @property
    def verified(self) -> SampleCounts:
        """As the estimate may use them; see `OutcomeCounts.verified`."""
        return SampleCounts(tuple(outcome.verified for outcome in self.outcomes))

    @property
    def without_audit(self) -> SampleCounts:
        """As if the audit cells were still unread."""
        return SampleCounts(tuple(outcome.without_audit for outcome in self.outcomes))
