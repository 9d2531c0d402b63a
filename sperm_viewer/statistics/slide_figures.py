"""The figures of a slide, or of several together: final classes beside the model's own, and the progress of review.

The window, `slides.csv` and the reports all show these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sperm_viewer.domain.cell import REFER, SET_ASIDE, Status
from sperm_viewer.domain.verdict import How
from sperm_viewer.statistics.percentages import ENOUGH_SPERM, SpermPercentages, percentages


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of cells of a slide with class `first` from the model and the final class `final`.

    `sample` and `slide` are ids, `name` is the slide's. `final` is one of `SET_ASIDE` if a reader set the cells aside.
    `how` is how the verdict was made, None if there is none.
    """

    sample: int
    slide: int
    name: str
    first: str
    status: str
    final: str
    how: How | None
    count: int


@dataclass(frozen=True, slots=True)
class SlideFigures:
    """`final` counts final classes; `model` counts the model's answers alone, with referred cells as unresolved.

    `scored`, `referred`, `failed` and `not_counted` count cells by status. `singly`, `blind` and `in_bulk` count those
    with the first reader's class by how it was given. `short` names the slides with sperm, but fewer than the WHO asks
    for.
    """

    final: SpermPercentages
    model: SpermPercentages
    scored: int
    referred: int
    failed: int
    singly: int
    blind: int
    in_bulk: int
    short: tuple[str, ...]
    not_counted: int = 0

    @property
    def cells(self) -> int:
        """The number of cells that count: neither failed, nor cut off by the border of a field, nor set aside."""
        return self.scored + self.referred

    @property
    def read(self) -> int:
        """The number of cells that a person looked at one by one; accepting answers in bulk is not reading."""
        return self.singly + self.blind

    @property
    def read_percent(self) -> float | None:
        """None if there is nothing to read."""
        return 100 * self.read / self.cells if self.cells else None


def slide_figures(tallies: Sequence[Tally], classes: Sequence[str], slide: int | None = None) -> SlideFigures:
    """The figures of a slide, or of all slides together if it is None, which must be those of one sample.

    `classes` are the model's, in its order.
    """
    final: Counter[str] = Counter()
    model: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    given: Counter[How | None] = Counter()
    by_slide: dict[int, Counter[str]] = {}
    names: dict[int, str] = {}
    for tally in tallies:
        if slide is not None and tally.slide != slide:
            continue
        names[tally.slide] = tally.name
        for counts, name in (
            (final, tally.final),
            (by_slide.setdefault(tally.slide, Counter()), tally.final),
            (model, REFER if tally.status == Status.REFERRED else tally.first),
        ):
            counts[_left_out(tally) or name] += tally.count
        statuses[tally.status] += tally.count
        if not _left_out(tally):
            given[tally.how] += tally.count
    counted = {found: percentages(counts, classes).sperm for found, counts in by_slide.items()}
    return SlideFigures(
        final=percentages(final, classes),
        model=percentages(model, classes),
        scored=statuses[Status.SCORED],
        referred=statuses[Status.REFERRED],
        failed=statuses[Status.FAILED],
        not_counted=statuses[Status.NOT_COUNTED],
        singly=given[How.SINGLE],
        blind=given[How.BLIND],
        in_bulk=given[How.BULK],
        short=tuple(names[found] for found, sperm in counted.items() if 0 < sperm < ENOUGH_SPERM),
    )


def _left_out(tally: Tally) -> str:
    """Why the cells are not counted, as `percentages` wants it; empty if they are."""
    if tally.status != Status.NOT_COUNTED:
        return ""
    return tally.final if tally.final in SET_ASIDE else tally.status
