"""The figures of a slide, or of several together: final classes beside the model's own, and how far review is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sperm_viewer.domain.cell import REFER, Status
from sperm_viewer.session.session import Tally
from sperm_viewer.statistics.percentages import ENOUGH_SPERM, SpermPercentages, percentages


@dataclass(frozen=True, slots=True)
class SlideFigures:
    """`final` counts final classes, `model` what the model alone said, where what it referred is unresolved.

    `cells` can be reviewed (failed ones can't), `reviewed` of them were. `short` are the slides with sperm, but fewer
    than the WHO asks for.
    """

    final: SpermPercentages
    model: SpermPercentages
    cells: int
    reviewed: int
    short: tuple[str, ...]

    @property
    def reviewed_percent(self) -> float | None:
        """None where there is nothing to review."""
        return 100 * self.reviewed / self.cells if self.cells else None


def slide_figures(tallies: Sequence[Tally], classes: Sequence[str], slide: str | None = None) -> SlideFigures:
    """The figures of a slide, of all slides together where it is None. `classes` are the model's, in its order."""
    final: Counter[str] = Counter()
    model: Counter[str] = Counter()
    by_slide: dict[str, Counter[str]] = {}
    cells = reviewed = 0
    for tally in tallies:
        if slide is not None and tally.slide != slide:
            continue
        final[tally.final] += tally.count
        by_slide.setdefault(tally.slide, Counter())[tally.final] += tally.count
        model[REFER if tally.status == Status.REFERRED else tally.first] += tally.count
        if tally.status != Status.FAILED:
            cells += tally.count
            reviewed += tally.count if tally.reviewed else 0
    counted = {name: percentages(counts, classes).sperm for name, counts in by_slide.items()}
    short = tuple(name for name, sperm in counted.items() if 0 < sperm < ENOUGH_SPERM)
    return SlideFigures(percentages(final, classes), percentages(model, classes), cells, reviewed, short)
