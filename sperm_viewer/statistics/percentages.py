"""Percentages of sperm with their intervals and caveats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.cell import EXCLUDED, NON_SPERM, NOT_ASSESSABLE, REFER, SET_ASIDE, Status
from sperm_viewer.domain.progress import counted
from sperm_viewer.statistics.intervals import wilson

ENOUGH_SPERM = 200
"""Sperm to count on each slide (WHO laboratory manual for the examination and processing of human semen)."""

NOT_NORMAL_FORMS = (
    "These are normal heads by this model's classes. They are not the WHO's 'normal forms', which also ask for a "
    "normal midpiece and tail, so the WHO's reference limit for normal forms (4%) must not be applied to them."
)


@dataclass(frozen=True, slots=True)
class ClassPercentage:
    """The number of sperm of a class; `percent` and its 95% Wilson interval, 0 to 100, are None without any sperm."""

    name: str
    count: int
    percent: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SpermPercentages:
    """Percentages of sperm: `sperm` cells are the denominator.

    Left out of it are `non_sperm`, `unresolved` (referred and not reviewed), `failed`, `not_counted` (cut off by the
    border of a field), and those that a reader called `not_assessable` or `excluded`. `caveats` are sentences.
    """

    classes: tuple[ClassPercentage, ...]
    sperm: int
    non_sperm: int
    unresolved: int
    failed: int
    caveats: tuple[str, ...]
    not_counted: int = 0
    not_assessable: int = 0
    excluded: int = 0

    def of(self, name: str) -> ClassPercentage:
        """The percentage of a class. Raises KeyError for a class that is not among them."""
        for found in self.classes:
            if found.name == name:
                return found
        raise KeyError(name)

    @property
    def denominator(self) -> str:
        """A sentence on the denominator and on the cells that are excluded from it."""
        names = ", ".join(found.name for found in self.classes)
        left_out = [
            text
            for number, text in (
                (self.non_sperm, f"{self.non_sperm:,} {NON_SPERM}"),
                (self.unresolved, f"{self.unresolved:,} referred and not reviewed"),
                (self.failed, f"{self.failed:,} failed"),
                (self.not_counted, f"{self.not_counted:,} cut off by the border of a field or there twice"),
                (self.not_assessable, f"{self.not_assessable:,} {NOT_ASSESSABLE}"),
                (self.excluded, f"{self.excluded:,} {EXCLUDED} by a person"),
            )
            if number
        ]
        text = f"Percent of {self.sperm:,} sperm, over the classes {names}."
        return f"{text} Left out: {', '.join(left_out)}." if left_out else text


def percentages(counts: Mapping[str, int], classes: Sequence[str]) -> SpermPercentages:
    """Percentages from `counts`, cells by final class: `refer` counts unresolved cells, the empty class failed ones,
    `Status.NOT_COUNTED` those that the border of a field cuts off, and `SET_ASIDE` those that a reader set aside.

    `classes` gives the order; a class that a person gave and that is not among them follows after them.
    """
    further = sorted(set(counts) - {*classes, NON_SPERM, REFER, Status.NOT_COUNTED, *SET_ASIDE, ""})
    names = [name for name in (*classes, *further) if name != NON_SPERM]
    sperm = sum(counts.get(name, 0) for name in names)
    return SpermPercentages(
        classes=tuple(_percentage(name, counts.get(name, 0), sperm) for name in names),
        sperm=sperm,
        non_sperm=counts.get(NON_SPERM, 0),
        unresolved=counts.get(REFER, 0),
        failed=counts.get("", 0),
        caveats=(*_too_few(sperm), NOT_NORMAL_FORMS),
        not_counted=counts.get(Status.NOT_COUNTED, 0),
        not_assessable=counts.get(NOT_ASSESSABLE, 0),
        excluded=counts.get(EXCLUDED, 0),
    )


def _percentage(name: str, count: int, sperm: int) -> ClassPercentage:
    interval = wilson(count, sperm)
    if interval is None:
        return ClassPercentage(name, count, None, None, None)
    return ClassPercentage(name, count, 100 * count / sperm, 100 * interval.low, 100 * interval.high)


def _too_few(sperm: int) -> tuple[str, ...]:
    if sperm >= ENOUGH_SPERM:
        return ()
    return (f"Only {counted(sperm, 'sperm', 'sperm')} counted; the WHO asks for at least {ENOUGH_SPERM} per slide.",)
