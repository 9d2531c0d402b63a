"""Slides that come from elsewhere: most of their cells look unlike the training data. Said once, for the slide."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sperm_viewer.domain.flags import DIFFERENCE_PREFIX, Flag
from sperm_viewer.session.session import Session

_FEWEST = 5
"""Cells; fewer say nothing of a slide."""
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class UnfamiliarSlide:
    """`unlike` of its `cells` look unlike the training data; `different` says in what most of those differ."""

    name: str
    cells: int
    unlike: int
    different: tuple[str, ...]


def unfamiliar_slides(session: Session) -> list[UnfamiliarSlide]:
    """The slides of which the model in use took most cells for foreign, in natural order."""
    reasons: dict[str, list[str]] = {}
    for name, reason in session.reasons(Flag.OUT_OF_DISTRIBUTION):
        reasons.setdefault(name, []).append(reason)
    found = []
    for slide in session.slides():
        cells, said = slide.done - slide.failed, reasons.get(slide.name, [])
        if cells >= _FEWEST and len(said) > _MOST * cells:
            aspects = Counter(aspect for reason in said for aspect in _aspects(reason))
            usual = tuple(aspect for aspect, count in aspects.most_common() if count > _MOST * len(said))
            found.append(UnfamiliarSlide(slide.name, cells, len(said), usual))
    return found


def in_words(slide: UnfamiliarSlide, model: str) -> str:
    """What a person should know of a foreign slide, in a sentence or two."""
    different = f" (different: {', '.join(slide.different)})" if slide.different else ""
    return (
        f"{slide.unlike:,} of {slide.cells:,} cells of slide '{slide.name}' look unlike those that '{model}' learnt "
        f"from{different} and are referred. What it says of this slide may be wrong: look at the cells yourself."
    )


def _aspects(reason: str) -> list[str]:
    _, _, listed = reason.partition(DIFFERENCE_PREFIX)
    return [aspect.strip() for aspect in listed.strip().rstrip(".").split(",") if aspect.strip()]
