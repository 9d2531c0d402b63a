"""How much of its image a picture of a cell shows if all pictures are at one scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.imaging.cell_part import cell_part
from sperm_viewer.session.session import Session

SIDE_UM = 15.0
"""Side of a picture whose scale is known: a usual head three times."""
_HEADS = 3.3


@dataclass(frozen=True, slots=True)
class EqualScale:
    """`slides` are the details, `lengths` the mean lengths of heads in px, both by the slide's id."""

    slides: Mapping[int, SlideDetails]
    lengths: Mapping[int, float]

    def um_per_px(self, cell: Cell) -> float | None:
        return scale_of(cell, self.slides.get(cell.slide, SlideDetails()))

    def side(self, cell: Cell) -> float | None:
        """Side in px of the square around a cell that its picture shows: always 15 µm where the scale is known, else
        one size for all cells of its slide. None if no head of the slide was measured.
        """
        scale = self.um_per_px(cell)
        if scale:
            return SIDE_UM / scale
        length = self.lengths.get(cell.slide)
        return _HEADS * length if length else None

    def square(self, cell: Cell) -> tuple[tuple[float, float], float] | None:
        """The centre (x, y) of that square in px of the cell's crop, and its side; None where there is none."""
        side = self.side(cell)
        if side is None or cell.size is None or cell.place is None:
            return None
        x, y = cell.place.x + cell.place.width / 2 - 0.5, cell.place.y + cell.place.height / 2 - 0.5
        left, top = cell_part(cell.place, *cell.size)[:2] if cell.in_field else (0, 0)
        return (x - left, y - top), side

    def share(self, cell: Cell) -> float | None:
        """The longer side of a cell's crop over that square's; None where there is no square."""
        side = self.side(cell)
        if side is None or cell.size is None:
            return None
        if not cell.in_field or cell.place is None:
            return max(cell.size) / side
        left, top, right, bottom = cell_part(cell.place, *cell.size)
        return max(right - left, bottom - top) / side


def equal_scale(session: Session) -> EqualScale:
    """For the slides of a session as they are now. Raises SessionError if the file can't be read."""
    slides = {slide.id: slide.details for sample in session.samples() for slide in sample.slides}
    rows = session.rows(
        "SELECT slide_id, avg(head_length) FROM cells JOIN images ON images.id = cells.image_id"
        " WHERE head_length IS NOT NULL GROUP BY slide_id"
    )
    return EqualScale(slides, dict(rows))
