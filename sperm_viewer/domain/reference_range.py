"""Reference ranges of measurements: what others measured of heads in the same stain. Never a verdict by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sperm_viewer.domain.morphometry import FORMULAS

_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """`measurement` is a key of `FORMULAS`; the values are in µm or µm², or ratios. `low` and `high` are None if the
    source gives no limits. `source` begins with its short name, up to the first comma.
    """

    stain: str
    measurement: str
    usual: float
    low: float | None
    high: float | None
    source: str

    @property
    def short_source(self) -> str:
        return self.source.split(",")[0]


_PAP = "Papanicolaou"
_WHO = "WHO 2010, laboratory manual, 5th edition, section 2.15.1: median and 95% limits, 77 spermatozoa"
_BELLASTELLA = "Bellastella 2010, Asian J Androl 12:871, doi:10.1038/aja.2010.90: median, 7942 spermatozoa"
PUBLISHED_RANGES = (
    ReferenceRange(_PAP, "length", 4.1, 3.7, 4.7, _WHO),
    ReferenceRange(_PAP, "width", 2.8, 2.5, 3.2, _WHO),
    ReferenceRange(_PAP, "ellipticity", 1.5, 1.3, 1.8, _WHO),
    ReferenceRange(_PAP, "length", 4.4, None, None, _BELLASTELLA),
    ReferenceRange(_PAP, "width", 2.8, None, None, _BELLASTELLA),
    ReferenceRange(_PAP, "ellipticity", 1.57, None, None, _BELLASTELLA),
    ReferenceRange(_PAP, "area", 9.8, None, None, _BELLASTELLA),
    ReferenceRange(_PAP, "perimeter", 12.5, None, None, _BELLASTELLA),
    ReferenceRange(_PAP, "acrosome_share", 0.475, None, None, _BELLASTELLA),
)


def ranges_of_stain(stain: str, ranges: Iterable[ReferenceRange]) -> list[ReferenceRange]:
    """The ranges that belong to a slide's stain as the laboratory typed it; none for an empty one."""
    stated = stain.casefold()
    return [one for one in ranges if stated and one.stain.casefold() in stated]


def range_text(one: ReferenceRange) -> str:
    """A range as a line of text: `Papanicolaou | length | 4.1 | 3.7 | 4.7 | WHO 2010, …`."""
    numbers = ("" if value is None else f"{value:g}" for value in (one.usual, one.low, one.high))
    return _BETWEEN.join((one.stain, one.measurement, *numbers, one.source))


def read_range(text: str) -> ReferenceRange:
    """The range of such a line. Raises ValueError, in words, if it is none."""
    parts = [part.strip() for part in text.split(_BETWEEN.strip())]
    if len(parts) != 6:
        raise ValueError(f"'{text}' is no range: six parts are needed, with | between them.")
    stain, measurement, usual, low, high, source = parts
    if not stain or not source:
        raise ValueError(f"'{text}' is no range: stain and source are needed, since a range belongs to both.")
    if measurement not in FORMULAS:
        raise ValueError(f"'{measurement}' is not measured. Choose one of: {', '.join(FORMULAS)}.")
    limits = [_number(value) if value else None for value in (low, high)]
    return ReferenceRange(stain, measurement, _number(usual), limits[0], limits[1], source)


def _number(text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise ValueError(f"'{text}' can't be a measurement. Type a positive number, as in 4.1.")
    return value
