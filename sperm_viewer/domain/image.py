"""References to images, and their pixels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.flags import Flag


@dataclass(frozen=True, slots=True)
class ImageRef:
    """Where an image is. `slide` is the slide's name; `page` counts from 1 in a file of several pages, else None."""

    slide: str
    path: Path
    page: int | None = None


class ImageKind(StrEnum):
    """What an image is."""

    FIELD = "field"
    CROP = "crop"


@dataclass(frozen=True, slots=True)
class Crop:
    """A crop that was read: `rgb` uint8 (height, width, 3); `sha256` is that of the whole file, in hex."""

    ref: ImageRef
    rgb: UInt8Array
    sha256: str
    flags: frozenset[Flag] = frozenset()
