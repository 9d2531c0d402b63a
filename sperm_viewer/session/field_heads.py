"""The heads of one image, with their outlines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import Cell, Place
from sperm_viewer.domain.detection import KnownHead, KnownHeads
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.morphometry import Morphometry
from sperm_viewer.session.decoding import decoder, texts
from sperm_viewer.session.queries import SessionQueries
from sperm_viewer.session.rows import PLACE_COLUMNS, image_ref, to_outline


@dataclass(frozen=True, slots=True)
class FieldHead:
    """A cell of an image; `outline` is closed, float32 (n, 2) of x, y in px of the image, None if it has none."""

    cell: Cell
    outline: FloatArray | None


def heads_beside(session: SessionQueries, cell: int) -> list[FieldHead]:
    """The heads of the image that a cell is of, itself among them, by number. Raises SessionError."""
    rows = session.rows(
        "SELECT cells.id, outline FROM cells WHERE is_removed = 0"
        " AND image_id = (SELECT image_id FROM cells WHERE id = ?) ORDER BY number",
        (cell,),
    )
    cells = {found.id: found for found in session.cells([row[0] for row in rows])}
    heads = []
    for number, outline in rows:
        found = cells.get(number)
        if found:
            drawn = to_outline(outline, found.place) if outline and found.place else None
            heads.append(FieldHead(found, drawn))
    return heads


def heads_of_edited_images(session: SessionQueries) -> dict[ImageRef, KnownHeads]:
    """The heads of each field that a person has changed: they are scored as they are, and none is looked for."""
    columns = ", ".join(f"cells.{column}" for column in PLACE_COLUMNS)
    rows = session.rows(
        f"SELECT slides.name, slides.folder, images.file, images.page, outline, {columns} FROM cells"
        " JOIN images ON images.id = cells.image_id JOIN slides ON slides.id = images.slide_id"
        " WHERE cells.is_removed = 0 AND outline IS NOT NULL AND cells.image_id IN"
        " (SELECT image_id FROM cells WHERE is_removed = 1 UNION SELECT image_id FROM cells WHERE outlined_by <> '')"
        " ORDER BY cells.image_id, cells.number"
    )
    heads: dict[ImageRef, list[KnownHead]] = defaultdict(list)
    for row in rows:
        place = Place(*row[5:10])
        measured = None if row[10] is None else Morphometry(*row[10:])
        heads[image_ref(*row[:4])].append(KnownHead(to_outline(row[4], place), place, measured))
    return {ref: KnownHeads(tuple(found), tuple(range(len(found)))) for ref, found in heads.items()}


@dataclass(frozen=True, slots=True)
class EditedHeads:
    """How many heads of a sample people outlined, who they are, and how many that the app had found they took away."""

    outlined: int
    people: tuple[str, ...]
    removed: int


def edited_heads(session: SessionQueries, sample: int) -> EditedHeads:
    """The heads of a sample, by its id, that were added, removed, split or redrawn. Raises SessionError."""
    rows = session.rows(
        "SELECT outlined_by, is_removed, count(*) FROM cells JOIN images ON images.id = cells.image_id"
        " JOIN slides ON slides.id = images.slide_id WHERE sample_id = ? AND removed = 0"
        " AND (outlined_by <> '' OR is_removed = 1) GROUP BY outlined_by, is_removed ORDER BY outlined_by",
        (sample,),
    )
    return _edited(rows)


@decoder
def _edited(rows: Sequence[tuple[str, int, int]]) -> EditedHeads:
    texts(*(person for person, _, _ in rows))
    kept = [(person, count) for person, is_removed, count in rows if person and not is_removed]
    removed = sum(count for person, is_removed, count in rows if is_removed and not person)
    return EditedHeads(sum(count for _, count in kept), tuple(person for person, _ in kept), removed)
