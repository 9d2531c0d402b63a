"""The heads of one image, with their outlines."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import Cell
from sperm_viewer.session.queries import SessionQueries
from sperm_viewer.session.rows import to_outline


@dataclass(frozen=True, slots=True)
class FieldHead:
    """A cell of an image; `outline` is closed, float32 (n, 2) of x, y in px of the image, None if it has none.

    `outlined_by` is the person who added, split or redrew the head, empty if the app found it.
    """

    cell: Cell
    outline: FloatArray | None
    outlined_by: str


def heads_beside(session: SessionQueries, cell: int) -> list[FieldHead]:
    """The heads of the image that a cell is of, itself among them, by number. Raises SessionError."""
    rows = session.rows(
        "SELECT cells.id, outline, outlined_by FROM cells WHERE is_removed = 0"
        " AND image_id = (SELECT image_id FROM cells WHERE id = ?) ORDER BY number",
        (cell,),
    )
    cells = {found.id: found for found in session.cells([row[0] for row in rows])}
    heads = []
    for number, outline, person in rows:
        found = cells.get(number)
        if found:
            drawn = to_outline(outline, found.place) if outline and found.place else None
            heads.append(FieldHead(found, drawn, person))
    return heads
