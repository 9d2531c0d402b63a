"""The scales that a slide can take: those of measured objectives, and the one that its files name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sperm_viewer.domain.objective import Objective
from sperm_viewer.domain.scale import size_text
from sperm_viewer.imaging.reading.scale import FileScale
from sperm_viewer.session.typed_details import TypedSlide


@dataclass(frozen=True, slots=True)
class KnownScales:
    """`in_files` are the scales that the first files of slides name, by the slide's id."""

    objectives: Sequence[Objective] = ()
    in_files: Mapping[int, FileScale] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfferedScale:
    """`text` is what the choice is called; `objective` is empty for a scale from a file."""

    text: str
    um_per_px: float
    source: str
    objective: str = ""
    size: str = ""

    def taken_by(self, typed: TypedSlide) -> TypedSlide:
        return replace(
            typed,
            objective=self.objective or typed.objective,
            um_per_px=f"{self.um_per_px:.6g}",
            scale_source=self.source,
            scale_size=self.size,
        )


def offered_scales(known: KnownScales, slides: Sequence[int]) -> list[OfferedScale]:
    """The scales that all of these slides can take."""
    offered = [
        OfferedScale(f"{one.name}: {one.um_per_px:.4g} µm", one.um_per_px, one.source, one.name, size_text(one.size))
        for one in known.objectives
    ]
    named = {known.in_files.get(slide) for slide in slides}
    found = named.pop() if len(named) == 1 else None
    if found:
        source = f"{found.source}, confirmed by a person"
        offered.append(OfferedScale(f"The files ({found.source}): {found.um_per_px:.4g} µm", found.um_per_px, source))
    return offered
