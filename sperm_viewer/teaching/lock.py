"""Draws a locked set from sessions, and enters it in the laboratory's register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from secrets import randbits

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.teaching.features import find_cells
from sperm_viewer.teaching.locked_set import draw, known_set, too_small
from sperm_viewer.teaching.material import Material, read_material
from sperm_viewer.teaching.register import changing, register_file

_USUAL_HEAD = 50.0
"""Length in px to which heads of fields are brought; for a place alone it doesn't matter."""


def lock(sessions: Sequence[Path], who: str) -> Material:
    """The cells of the set, in random order. Slides with a verdict are left out.

    Raises SpermViewerError where too few cells are left.
    """
    material = read_material(sessions)
    read = {cell.slide for cell in material.labelled}
    free = [cell for cell in material.cells if cell.slide not in read]
    slides: dict[str, list[int]] = {}
    for number, cell in enumerate(free):
        slides.setdefault(cell.slide, []).append(number)
    drawn = [free[number] for number in draw(slides, randbits(32))]
    problems = too_small(len(drawn), len({cell.slide for cell in drawn}))
    if problems:
        raise SpermViewerError(f"{' '.join(problems)} Score more slides that nobody has read yet, then draw again.")
    contents = [one.content for one in find_cells(drawn, _USUAL_HEAD) if one is not None]
    with changing(register_file()) as held:
        locked = known_set(contents, len({cell.slide for cell in drawn}), held[0].locked)
        details = {"cells": len(contents), "slides": locked.slides}
        held[0] = held[0].with_set(locked).with_entry(who, "locked", "", details)
    return replace(material, cells=tuple(drawn))
