"""What the images of a slide are: fields or crops, as a person said, or as their content decides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sperm_viewer.domain.detection import ImageHints, KnownHeads
from sperm_viewer.domain.image import ImageKind, ImageRef
from sperm_viewer.session.field_heads import heads_of_edited_images
from sperm_viewer.session.session import Session


def image_kind(session: Session, slide: int) -> ImageKind | None:
    """What a person said about the images of a slide, by its id; None if their content decides."""
    return next(
        (ImageKind(kind) for (kind,) in session.rows("SELECT image_kind FROM slides WHERE id = ?", (slide,)) if kind),
        None,
    )


def set_image_kind(session: Session, slide: int, kind: ImageKind | None, who: str) -> None:
    """Notes what the images of a slide are, and withdraws their results: all are to be scored again.

    Verdicts stay with the cells that are found again. Raises SessionError if the file can't be written.
    """
    if kind != image_kind(session, slide):
        with session.writing("note what the images are") as trail:
            trail.append("image-kind", {"slide_id": slide, "kind": "" if kind is None else str(kind)}, who)


def image_hints(session: Session) -> dict[ImageRef, ImageHints]:
    """What people said of the images that are to be scored: what kind they are, and their heads."""
    rows = session.rows("SELECT folder, image_kind FROM slides WHERE image_kind <> ''")
    kinds = {Path(folder): ImageKind(kind) for folder, kind in rows}
    heads = heads_of_edited_images(session)
    return {ref: _hints(ref, kinds, heads) for ref in session.pending() if ref in heads or ref.path.parent in kinds}


def _hints(ref: ImageRef, kinds: Mapping[Path, ImageKind], heads: Mapping[ImageRef, KnownHeads]) -> ImageHints:
    kind = kinds.get(ref.path.parent)
    # The heads of a field say nothing about a crop.
    return ImageHints(None if kind is ImageKind.CROP else heads.get(ref), kind)
