"""The figures of a slide, or of several together: final classes beside the model's own, and the progress of review.

The window, `slides.csv` and the reports all show these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.cell import REFER, Status
from sperm_viewer.statistics.percentages import ENOUGH_SPERM, SpermPercentages, percentages


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of cells of a slide with class `first` from the model and the final class `final`."""

    slide: str
    first: str
    status: str
    final: str
    reviewed: bool
    count: int


@dataclass(frozen=True, slots=True)
class SlideFigures:
    """`final` counts final classes; `model` counts the model's answers alone, with referred cells as unresolved.

    `scored`, `referred` and `failed` count cells by status, `reviewed` those with the first reader's class. `unread`
    counts the scored cells without a verdict by predicted class, `read` the reviewed ones by verdict. `short` names
    the slides with sperm, but fewer than the WHO asks for.
    """

    final: SpermPercentages
    model: SpermPercentages
    scored: int
    referred: int
    failed: int
    reviewed: int
    unread: Mapping[str, int]
    read: Mapping[str, int]
    short: tuple[str, ...]

    @property
    def cells(self) -> int:
        """The number of cells that can be reviewed: all but failed ones."""
        return self.scored + self.referred

    @property
    def reviewed_percent(self) -> float | None:
        """None if there is nothing to review."""
        return 100 * self.reviewed / self.cells if self.cells else None


def slide_figures(tallies: Sequence[Tally], classes: Sequence[str], slide: str | None = None) -> SlideFigures:
    """The figures of a slide, or of all slides together if it is None. `classes` are the model's, in its order."""
    final: Counter[str] = Counter()
    model: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    read: Counter[str] = Counter()
    by_slide: dict[str, Counter[str]] = {}
    for tally in tallies:
        if slide is not None and tally.slide != slide:
            continue
        final[tally.final] += tally.count
        by_slide.setdefault(tally.slide, Counter())[tally.final] += tally.count
        model[REFER if tally.status == Status.REFERRED else tally.first] += tally.count
        statuses[tally.status] += tally.count
        if tally.reviewed:
            read[tally.final] += tally.count
        elif tally.status == Status.SCORED:
            unread[tally.first] += tally.count
    counted = {name: percentages(counts, classes).sperm for name, counts in by_slide.items()}
    return SlideFigures(
        final=percentages(final, classes),
        model=percentages(model, classes),
        scored=statuses[Status.SCORED],
        referred=statuses[Status.REFERRED],
        failed=statuses[Status.FAILED],
        reviewed=read.total(),
        unread=unread,
        read=read,
        short=tuple(name for name, sperm in counted.items() if 0 < sperm < ENOUGH_SPERM),
    )
