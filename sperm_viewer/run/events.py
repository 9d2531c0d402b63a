"""What a run reports on its way: the one family of events between the scoring process and the views."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.inference.child import EngineReady

__all__ = ["EngineReady", "Notice", "Recorded", "RunEvent", "Stored", "UnfamiliarSlides", "Waiting"]


@dataclass(frozen=True, slots=True)
class Stored:
    """The session is on disk with its slides and model.

    `crops` are all crops of the session, `total` those that this run scores, done or not, `retried` those of them whose
    file could not be read before.
    """

    crops: int
    total: int
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing new for a tenth of a second: a chance to pause or cancel."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Cells whose results are on disk now, by id, and how many images they are of."""

    ids: tuple[int, ...]
    images: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know, in words: a device that can't be used, an image without a heatmap."""

    text: str


@dataclass(frozen=True, slots=True)
class UnfamiliarSlides:
    """A sentence for each slide that differs from the training images and was not reported before."""

    sentences: tuple[str, ...]


RunEvent = Stored | EngineReady | Waiting | Recorded | Notice | UnfamiliarSlides
