"""Which images a run scores, in which order, and when it has counted enough sperm on a slide."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sperm_viewer.domain.cell import NON_SPERM, CellEvent, CellScored, Status
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import slide_in_sample
from sperm_viewer.imaging.reading.read import read_bytes
from sperm_viewer.session.session import Session

WHO_COUNT = 200
"""Sperm of a slide that the WHO asks for (laboratory manual, 6th edition, 2021)."""
_COUNTED = (Status.SCORED, Status.REFERRED)


@dataclass(slots=True)
class Quota:
    """The sperm counted so far on each slide, by its folder, and the number at which a slide is enough.

    `stop_at` is None to count everything. A field that was begun counts as a whole, as the WHO asks.
    """

    stop_at: int | None = None
    counted: dict[Path, int] = field(default_factory=dict)

    def reached(self, ref: ImageRef) -> bool:
        """Whether the slide of this image is enough without it."""
        return self.stop_at is not None and self.counted.get(ref.path.parent, 0) >= self.stop_at

    def take(self, events: Sequence[CellEvent]) -> bool:
        """Counts the cells of one image; False if its slide was enough already, so that they are to be dropped."""
        if self.reached(events[0].ref):
            return False
        folder = events[0].ref.path.parent
        self.counted[folder] = self.counted.get(folder, 0) + sum(map(_is_sperm, events))
        return True


@dataclass(frozen=True, slots=True)
class Selection:
    """The images to score, in order, and the quota of their slides."""

    refs: Sequence[ImageRef]
    quota: Quota = field(default_factory=Quota)


def _is_sperm(event: CellEvent) -> bool:
    if not isinstance(event, CellScored) or event.place is None or event.status not in _COUNTED:
        return False
    return event.prediction.first != NON_SPERM


def select(session: Session, stop_at: int | None, *, by_arrival: bool) -> Selection:
    """The images that wait on slides that aren't enough yet: in natural order, as they came, or, for a run that stops
    at a number, in an order that depends on their content alone.
    """
    quota = Quota(stop_at, {slide.folder: slide.sperm for slide in session.slides()} if stop_at else {})
    waiting = [ref for ref in session.pending(by_arrival) if not quota.reached(ref)]
    return Selection(in_fair_order(waiting) if stop_at and not by_arrival else waiting, quota)


def in_fair_order(refs: Sequence[ImageRef]) -> list[ImageRef]:
    """Slide by slide as before, the images of each in the order of their content's SHA-256.

    That order is as good as random and the same on every computer: nobody chooses which fields are counted before a
    run stops. A file that can't be read comes by the hash of its name.
    """
    slides = list(dict.fromkeys(ref.path.parent for ref in refs))
    return sorted(refs, key=lambda ref: (slides.index(ref.path.parent), _content_key(ref)))


def _content_key(ref: ImageRef) -> bytes:
    try:
        content = read_bytes(ref.path)
    except ImageRefusedError:
        content = ref.path.name.encode("utf-8", "surrogatepass")
    return hashlib.sha256(content + str(ref.page or 0).encode()).digest()


def enough_in_words(session: Session, stop_at: int) -> Iterator[str]:
    """A sentence for each slide that was stopped at the number with images left."""
    for slide in session.slides():
        if slide.sperm >= stop_at and slide.done < slide.crops:
            name = slide_in_sample(slide.sample, slide.name)
            yield (
                f"Counting stopped at {stop_at:,} sperm: {name} has {slide.sperm:,} in {slide.done:,} of "
                f"{slide.crops:,} images, each counted as a whole."
            )
