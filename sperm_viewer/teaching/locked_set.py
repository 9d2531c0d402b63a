"""Locked sets: cells that were read blind, that nothing is taught from, and that are looked at three times at most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.progress import counted
from sperm_viewer.statistics.intervals import wilson

LEAST_CELLS = 100
LEAST_SLIDES = 2
MOST_LOOKS = 3
NEAR = 0.997
"""Inner product of two prints from which two images count as copies of one."""


@dataclass(frozen=True, slots=True)
class Look:
    """One comparison on a locked set: the sha256 of the model that was tried, when (UTC, ISO 8601), and by whom."""

    model: str
    at: str
    who: str


@dataclass(frozen=True, slots=True)
class LockedSet:
    """`cells` are the contents (sha256 of the file, page, place) of its cells; `looks` are in order."""

    cells: frozenset[str]
    slides: int
    looks: tuple[Look, ...] = ()

    @property
    def retired(self) -> bool:
        return len(self.looks) >= MOST_LOOKS

    def looked_at(self, look: Look) -> LockedSet:
        return replace(self, looks=(*self.looks, look))


@dataclass(frozen=True, slots=True)
class Contents:
    """What tells cells from copies: `keys` of the exact content, `prints` (N, 256) of what they look like."""

    keys: tuple[str, ...]
    prints: FloatArray


def too_small(cells: int, slides: int | None) -> list[str]:
    """Why a set can't decide, as sentences; empty if it can."""
    found = []
    if cells < LEAST_CELLS:
        found.append(f"The locked set has {counted(cells, 'cell')}; {LEAST_CELLS} are needed.")
    if slides is None:
        found.append("It is not known which slides its cells come from.")
    elif slides < LEAST_SLIDES:
        found.append(f"Its cells come from {counted(slides, 'slide')}; {LEAST_SLIDES} are needed.")
    return found


def leaks(locked: Contents, taught: Contents) -> npt.NDArray[np.bool_]:
    """Which cells of the locked set (N,) were taught from, as they are or nearly as they are."""
    exact = np.array([key in set(taught.keys) for key in locked.keys], np.bool_)
    if not len(taught.prints) or not len(locked.prints):
        return exact
    alike = (locked.prints.astype(np.float32) @ taught.prints.astype(np.float32).T).max(axis=1)
    return np.asarray(exact | (alike >= NEAR))


def known_set(cells: Iterable[str], slides: int, known: Sequence[LockedSet]) -> LockedSet:
    """The set of these cells, with the looks at every set that shares a cell with it: a new list isn't a new set."""
    contents = frozenset(cells)
    looks = {look for one in known if one.cells & contents for look in one.looks}
    return LockedSet(contents, slides, tuple(sorted(looks, key=lambda look: (look.at, look.model))))


def draw(cells_of_slide: Mapping[str, Sequence[int]], seed: int, least: int = LEAST_CELLS) -> list[int]:
    """Whole slides in random order until they have `least` cells and there are two of them: the ids of their cells in
    random order. All cells are drawn where there are no more.
    """
    rng = np.random.default_rng(seed)
    names = sorted(cells_of_slide)
    drawn: list[int] = []
    for number, place in enumerate(rng.permutation(len(names))):
        if number >= LEAST_SLIDES and len(drawn) >= least:
            break
        drawn.extend(cells_of_slide[names[int(place)]])
    return [drawn[int(place)] for place in rng.permutation(len(drawn))]


def claim(right: float, cells: int) -> str:
    """What a set of so many cells supports: `95% right on 200 cells means 91-97%`."""
    found = wilson(round(right * cells), cells)
    if found is None:
        return "No cell supports no claim."
    return f"{right:.0%} right on {cells:,} cells means {found.low * 100:.0f}-{found.high * 100:.0f}%"
