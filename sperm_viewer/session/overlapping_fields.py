"""Fields of a slide that were photographed with an overlap: their common heads would be counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sperm_viewer.domain.progress import counted
from sperm_viewer.session.queries import SessionQueries
from sperm_viewer.session.rows import NATURAL_COLUMNS
from sperm_viewer.statistics.shared_heads import PlacedHeads, shared_heads

_NEIGHBOURS = 20
"""An image is compared with so many after it: overlapping fields are photographed one soon after the other."""
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class OverlappingFields:
    """Two images of one slide, by the names of their files, and the number of heads that both show."""

    slide: str
    first: str
    second: str
    heads: int


def overlapping_fields(session: SessionQueries) -> list[OverlappingFields]:
    """The pairs of fields that overlap, for the model in use, in natural order. Raises SessionError."""
    rows = session.rows(
        "SELECT slides.id, slides.name, images.id, images.file, images.width, images.height,"
        " cells.x + cells.width / 2, cells.y + cells.height / 2, cells.area, cells.head_length"
        " FROM counted JOIN cells ON cells.id = counted.cell_id JOIN images ON images.id = cells.image_id"
        " JOIN slides ON slides.id = images.slide_id JOIN samples ON samples.id = slides.sample_id"
        " WHERE model_id = ? AND status IN ('scored', 'referred') AND is_field = 1 AND area > 0"
        f" ORDER BY {', '.join(NATURAL_COLUMNS)}",
        (session.model_row,),
    )
    names: dict[int, tuple[str, str]] = {}
    of_slide: dict[int, dict[int, list[tuple[float, ...]]]] = defaultdict(lambda: defaultdict(list))
    for slide, slide_name, image, file, *numbers in rows:
        names[image] = slide_name, file
        of_slide[slide][image].append(tuple(numbers))
    found = []
    for images in of_slide.values():
        placed = [(image, _placed(heads)) for image, heads in images.items()]
        for number, (image, heads) in enumerate(placed):
            for other, beside in placed[number + 1 : number + 1 + _NEIGHBOURS]:
                shared = shared_heads(heads, beside)
                if shared:
                    found.append(OverlappingFields(*names[image], names[other][1], shared))
    return found


def overlap_warnings(fields: Sequence[OverlappingFields]) -> Iterator[str]:
    """A sentence for each of the first pairs, and what to do."""
    for pair in fields[:_MOST_NAMED]:
        yield (
            f"'{pair.first}' and '{pair.second}' of slide '{pair.slide}' show the same {counted(pair.heads, 'head')} "
            "and overlap."
        )
    more = len(fields) - _MOST_NAMED
    if more > 0:
        yield f"{counted(more, 'further pair')} of fields {'overlaps' if more == 1 else 'overlap'}."
    if fields:
        yield "Their heads are counted twice: remove them in one of the two fields (menu Field)."


def _placed(heads: Sequence[tuple[float, ...]]) -> PlacedHeads:
    table = np.array([head[2:] for head in heads], np.float64)
    width, height = heads[0][:2]
    return PlacedHeads((int(width), int(height)), table[:, :2], table[:, 2], table[:, 3])
