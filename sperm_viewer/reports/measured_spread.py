"""How the measurements of a slide's heads are spread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sperm_viewer.domain.cell import NON_SPERM, Cell
from sperm_viewer.domain.morphometry import FORMULAS
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.domain.scale import scale_of
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


def measured_spread(cells: Iterable[Cell], slide: SlideDetails) -> tuple[MeasuredSpread, ...]:
    """The spread of each measurement of the heads of a slide; in pixels if the scale isn't known for each of them."""
    heads = [cell for cell in cells if cell.morphometry and cell.countable and cell.final_class != NON_SPERM]
    scales = [scale_of(cell, slide) for cell in heads]
    in_um = all(scales)
    measured = [
        cell.morphometry.in_micrometres(scale) if in_um and scale else cell.morphometry
        for cell, scale in zip(heads, scales, strict=True)
        if cell.morphometry
    ]
    unit = "µm" if in_um else "px"
    found = []
    for name in FORMULAS:
        values = [value for one in measured if (value := getattr(one, name)) is not None]
        spread = distribution(values)
        if spread:
            shown = unit if name in _LENGTHS else f"{unit}²" if name == "area" else ""
            found.append(MeasuredSpread(name, shown, spread))
    return tuple(found)
