"""What more labels would be worth, from parts of those that are there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.statistics.intervals import Z_95
from sperm_viewer.teaching.cross_validation import Lesson, hold_back, macro_f1

MORE = 50
_SHARE = 0.6
_REPEATS = 5
_SEED = 1660


@dataclass(frozen=True, slots=True)
class Worth:
    """The macro-F1 with the labels that are there, with `fewer` of them, and what it is expected to be with `MORE`
    more: `expected`, and the limits of that.
    """

    fewer: int
    with_fewer: float
    now: float
    expected: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """`With 50 more labels about 0.86 (0.83-0.89) is expected; it was 0.80 with 60 and is 0.84 now.`"""
        return (
            f"With {MORE} more labels a macro-F1 of about {self.expected:.2f} ({self.low:.2f}-{self.high:.2f}) is "
            f"expected; it was {self.with_fewer:.2f} with {self.fewer} of them and is {self.now:.2f} now."
        )


def worth_of_more(lesson: Lesson, now: float) -> Worth:
    """`now` is the macro-F1 of all labels. Its fall with random parts of them gives the slope over 1 / labels."""
    rng = np.random.default_rng(_SEED)
    count = len(lesson.labels)
    fewer = round(_SHARE * count)
    found = np.array([_of_part(lesson, _part(lesson, fewer, rng)) for _ in range(_REPEATS)])
    reach = (1 / count - 1 / (count + MORE)) / (1 / fewer - 1 / count)
    gain = (now - float(found.mean())) * reach
    # Parts that share most of their cells vary less than sets of other cells would.
    half = Z_95 * float(found.std(ddof=1)) * max(reach, 1 / np.sqrt(_REPEATS))
    expected = float(np.clip(now + max(gain, 0.0), 0, 1))
    return Worth(fewer, float(found.mean()), now, expected, max(expected - half, 0.0), min(expected + half, 1.0))


def _part(lesson: Lesson, size: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """So many labelled cells, each class as often as among all."""
    order = rng.permutation(len(lesson.labels))
    rank = np.zeros(len(order))
    for label in range(lesson.classes):
        members = order[lesson.labels[order] == label]
        rank[members] = (np.arange(len(members)) + 0.5) / max(len(members), 1)
    return np.sort(np.argsort(rank, kind="stable")[:size])


def _of_part(lesson: Lesson, part: npt.NDArray[np.int64]) -> float:
    """The macro-F1 of the part; the other cells stay, without their labels."""
    rest = np.setdiff1d(np.arange(len(lesson.views)), part)
    order = np.concatenate([part, rest])
    smaller = Lesson(lesson.views[order], lesson.labels[part], lesson.classes, lesson.unit_of_all[order])
    return macro_f1(smaller.labels, hold_back(smaller).answers, lesson.classes)
