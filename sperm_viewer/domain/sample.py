"""Samples and their slides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SampleDetails:
    """What a laboratory noted about a sample; empty if it noted nothing. Dates are ISO 8601."""

    collected: str = ""
    received: str = ""
    requester: str = ""


@dataclass(frozen=True, slots=True)
class SlideDetails:
    """What a laboratory noted about a slide; empty if it noted nothing. `um_per_px` is None if not calibrated.

    `scale_source` says where the scale comes from, such as an objective with date and person; empty if it was typed.
    `scale_size` is the size of the images that it was measured on, as `size_text` writes it; empty if unknown.
    """

    stain: str = ""
    fixation: str = ""
    magnification: str = ""
    objective: str = ""
    um_per_px: float | None = None
    criteria: str = ""
    scale_source: str = ""
    scale_size: str = ""


@dataclass(frozen=True, slots=True)
class Slide:
    """One smear of a sample, by default a folder of images. `name` is unique within its sample alone."""

    id: int
    name: str
    folder: Path
    details: SlideDetails = SlideDetails()


@dataclass(frozen=True, slots=True)
class Sample:
    """One specimen of one person: the unit that a percentage is reported for. Its slides are replicates."""

    id: int
    identifier: str
    slides: tuple[Slide, ...]
    details: SampleDetails = SampleDetails()


@dataclass(frozen=True, slots=True)
class SampleOrigin:
    """The sample that images are said to belong to: the identifier that is wanted for it, and where it was found.

    `folder` tells two samples of one name apart; None if a person typed the identifier, which then names the sample.
    """

    identifier: str
    folder: Path | None = None


def slide_in_sample(sample: str, slide: str) -> str:
    """`slide 'A' of sample 'P-12'`; the slide alone if the sample is named after it."""
    return f"slide '{slide}'" if sample == slide else f"slide '{slide}' of sample '{sample}'"
