"""What a session knows about the scale of a slide: the sizes of its fields, and how long its heads are."""

from __future__ import annotations

from statistics import median

from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.domain.scale import size_text
from sperm_viewer.session.session import Session


def field_sizes(session: Session, slide: int) -> set[tuple[int, int]]:
    """Width and height in px of the fields of a slide that were scored."""
    rows = session.rows(
        "SELECT DISTINCT width, height FROM images WHERE slide_id = ? AND is_field = 1 AND width IS NOT NULL", (slide,)
    )
    return {(width, height) for width, height in rows}


def median_length(session: Session, slide: int, details: SlideDetails) -> float | None:
    """The median length in µm of the slide's heads whose scale is known, cut ones left out; None if there are none."""
    if details.um_per_px is None:
        return None
    rows = session.rows(
        "SELECT head_length, is_field, images.width, images.height FROM cells JOIN images ON images.id = cells.image_id"
        " JOIN results ON results.cell_id = cells.id AND results.model_id = CAST(? AS INTEGER)"
        " WHERE images.slide_id = ? AND head_length IS NOT NULL AND results.status IN ('scored', 'referred')",
        (session.note("model") or "-1", slide),
    )
    known = [
        length * details.um_per_px
        for length, is_field, width, height in rows
        if not is_field or details.scale_size in ("", size_text((width, height)))
    ]
    return median(known) if known else None
