"""Objectives whose scale a laboratory measured along a stage micrometer."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.domain.scale import LEAST_UM, MOST_UM, size_text

_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Objective:
    """`um_per_px` is the side of a pixel in µm in images of `size`, width and height in px: a camera's binning changes
    both. `measured` is the date, ISO 8601, `by` who did it.
    """

    name: str
    um_per_px: float
    size: tuple[int, int]
    measured: str
    by: str

    @property
    def source(self) -> str:
        """Where a slide's scale comes from if it is this objective's."""
        return f"{self.name}, measured on {self.measured} by {self.by}"


def objective_text(one: Objective) -> str:
    """An objective as a line of text: `100x oil | 0.0645 | 1280 x 1024 | 2026-11-29 | Ana`."""
    parts = (one.name, f"{one.um_per_px:.6g}", size_text(one.size), one.measured, one.by)
    return _BETWEEN.join(part.replace("|", "/") for part in parts)


def read_objective(text: str) -> Objective:
    """The objective of such a line. Raises ValueError if it is none."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 5:
        raise ValueError(f"'{text}' is no objective: five parts are needed, with | between them.")
    name, scale, size, measured, by = parts
    width, _, height = size.partition(" x ")
    um_per_px = float(scale)
    if not LEAST_UM <= um_per_px <= MOST_UM:
        raise ValueError(f"'{scale}' can't be the width of a pixel in µm.")
    return Objective(name, um_per_px, (int(width), int(height)), measured, by)


def measured_scale(length_px: float, length_um: float) -> float:
    """µm per pixel of a line of `length_px` drawn along `length_um` of a stage micrometer.

    Raises ValueError, in words, if that can't be the scale of a microscope's image.
    """
    if length_px < 1:
        raise ValueError("Draw a line along the scale of the stage micrometer, as long as it can be.")
    found = length_um / length_px
    if not LEAST_UM <= found <= MOST_UM:
        raise ValueError(
            f"{found:.4g} µm can't be the width of a pixel. Check the length of the line in µm: a stage micrometer has "
            "marks 10 or 100 µm apart."
        )
    return found
