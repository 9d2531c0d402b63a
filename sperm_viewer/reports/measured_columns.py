"""The measurements of a head as columns of a table: lengths in px, in µm too where the scale is known, and ratios."""

from __future__ import annotations

from collections.abc import Iterator

from sperm_viewer.domain.morphometry import FORMULAS, Morphometry

_LENGTHS = {"length": 2, "width": 2, "area": 1, "perimeter": 2}
_MICROMETRE_DIGITS = {"length": 3, "width": 3, "area": 3, "perimeter": 3}
_RATIOS = ("ellipticity", "elongation", "regularity", "rugosity", "symmetry", "acrosome_share")


def _unit(name: str, unit: str) -> str:
    return f"{name}_{unit}2" if name == "area" else f"{name}_{unit}"


MEASURED_DIGITS = {
    **{_unit(name, "px"): digits for name, digits in _LENGTHS.items()},
    **{_unit(name, "um"): digits for name, digits in _MICROMETRE_DIGITS.items()},
    **dict.fromkeys(_RATIOS, 4),
}
"""Digits after the point of each column."""
MEASURED_COLUMNS = tuple(MEASURED_DIGITS)
FORMULA_COLUMNS = ("column", "unit", "formula")


def formula_rows() -> Iterator[tuple[str, str, str]]:
    """For each measured column its unit, and the formula in words and symbols."""
    for name in _LENGTHS:
        for unit, shown in (("px", "px"), ("um", "µm")):
            yield _unit(name, unit), f"{shown}²" if name == "area" else shown, FORMULAS[name]
    for name in _RATIOS:
        yield name, "ratio", FORMULAS[name]


def measured_values(measured: Morphometry | None, um_per_px: float | None) -> list[float | None]:
    """The values in the order of `MEASURED_COLUMNS`; None for an empty field. `um_per_px` is None if it is unknown."""
    if measured is None:
        return [None] * len(MEASURED_COLUMNS)
    scaled = measured.in_micrometres(um_per_px) if um_per_px else None
    in_um = [getattr(scaled, name) if scaled else None for name in _MICROMETRE_DIGITS]
    return [*(getattr(measured, name) for name in _LENGTHS), *in_um, *(getattr(measured, name) for name in _RATIOS)]
