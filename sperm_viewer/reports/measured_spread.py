"""How the measurements of a slide's heads are spread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sperm_viewer.domain.cell import NON_SPERM, Cell
from sperm_viewer.domain.morphometry import FORMULAS
from sperm_viewer.statistics.distribution import Distribution, distribution

_LENGTHS = ("length", "width", "perimeter")


@dataclass(frozen=True, slots=True)
class MeasuredSpread:
    """A measurement of the heads of a slide; `unit` is µm, µm², px, px² or empty for a ratio."""

    name: str
    unit: str
    spread: Distribution

    @property
    def digits(self) -> int:
        return 1 if self.unit.startswith("px") else 2


def measured_spread(cells: Iterable[Cell], um_per_px: float | None) -> tuple[MeasuredSpread, ...]:
    """The spread of each measurement; `um_per_px` is the side of a pixel in µm, None if it is unknown."""
    measured = [
        cell.morphometry.in_micrometres(um_per_px) if um_per_px else cell.morphometry
        for cell in cells
        if cell.morphometry and cell.countable and cell.final_class != NON_SPERM
    ]
    unit = "µm" if um_per_px else "px"
    found = []
    for name in FORMULAS:
        values = [value for one in measured if (value := getattr(one, name)) is not None]
        spread = distribution(values)
        if spread:
            shown = unit if name in _LENGTHS else f"{unit}²" if name == "area" else ""
            found.append(MeasuredSpread(name, shown, spread))
    return tuple(found)
