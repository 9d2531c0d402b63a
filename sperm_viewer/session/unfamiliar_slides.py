"""Slides of which most cells are out of distribution: they may come from another microscope or stain."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from sperm_viewer.domain.sample import slide_in_sample
from sperm_viewer.session.session import Session

_FEWEST_CELLS = 5
"""With fewer cells a share means nothing."""
_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class UnfamiliarSlide:
    """`unfamiliar` of its `cells` are out of distribution; most of those differ in the `aspects`."""

    id: int
    sample: str
    name: str
    cells: int
    unfamiliar: int
    aspects: tuple[str, ...]


def unfamiliar_slides(session: Session) -> list[UnfamiliarSlide]:
    """The slides of which most cells are out of distribution for the model in use, in natural order."""
    unfamiliar: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for slide_id, aspects in session.unfamiliar_cells():
        unfamiliar[slide_id].append(aspects)
    found = []
    for slide in session.slides():
        cells, of_slide = slide.cells - slide.failed, unfamiliar[slide.id]
        if cells >= _FEWEST_CELLS and len(of_slide) > _SHARE * cells:
            counts = Counter(aspect for aspects in of_slide for aspect in aspects)
            usual = tuple(aspect for aspect, count in counts.most_common() if count > _SHARE * len(of_slide))
            found.append(UnfamiliarSlide(slide.id, slide.sample, slide.name, cells, len(of_slide), usual))
    return found


def unfamiliar_slide_warning(slide: UnfamiliarSlide, model: str) -> str:
    """A warning about an unfamiliar slide, in two sentences."""
    different = f" (different: {', '.join(slide.aspects)})" if slide.aspects else ""
    where = slide_in_sample(slide.sample, slide.name)
    return (
        f"{slide.unfamiliar:,} of {slide.cells:,} cells of {where} look unlike the training images of '{model}'"
        f"{different} and are referred. The model may be wrong about this slide: look at the cells yourself."
    )
