"""Finds the slides and crops in the files and folders that a user dropped, in natural order. Nothing is written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.natural_order import natural_key
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.imaging.reading.directories import TiffDirectories
from sperm_viewer.imaging.reading.files import open_file
from sperm_viewer.imaging.reading.formats import IMAGE_SUFFIXES, SNIFF_BYTES, Foreign, Format, recognise
from sperm_viewer.imaging.walk import FileFound, LeftOut, Walk
from sperm_viewer.system.other_computers import computer_of, trust

__all__ = ["MAX_PAGES", "Discovery", "LeftOut", "SlideFound", "discover", "folder_name"]

MAX_PAGES = 10_000
"""Pages of one file that become crops."""

NOT_AN_IMAGE = "it is not an image"
TOO_MANY_PAGES = f"only its first {MAX_PAGES:,} pages were taken"


@dataclass(frozen=True, slots=True)
class SlideFound:
    """A folder that directly contains images; `folder` (absolute) identifies it. Two slides may have one name."""

    name: str
    folder: Path
    crops: tuple[ImageRef, ...]
    sample: SampleOrigin


@dataclass(frozen=True, slots=True)
class Discovery:
    """The slides in natural order of their folders, and the files and folders that were left out, in the same order."""

    slides: tuple[SlideFound, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def count(self) -> int:
        """The number of crops; each page of a file is one."""
        return sum(len(slide.crops) for slide in self.slides)

    @property
    def lone_folders(self) -> tuple[Path, ...]:
        """The folders that are a sample with one slide: they may as well be slides of one sample."""
        slides = Counter(slide.sample for slide in self.slides)
        return tuple(
            slide.folder for slide in self.slides if slide.sample.folder == slide.folder and slides[slide.sample] == 1
        )

    def as_one_sample(self, identifier: str) -> Discovery:
        """The same slides, all of the sample of that identifier."""
        sample = SampleOrigin(identifier)
        return replace(self, slides=tuple(replace(slide, sample=sample) for slide in self.slides))


def discover(paths: Sequence[Path], known: Collection[Path] = ()) -> Discovery:
    """Finds the slides and crops in the files and folders `paths` and in all folders within them.

    Each folder that directly contains images is a slide, and a file belongs to the slide of its folder. Its sample is
    the folder above it; a folder in `paths`, and one directly below it, is a sample of its own. A file in a
    folder is a crop if its content or its extension is that of an image; if only the extension is, the file fails with
    a reason when it is scored, so that nothing is lost. A file in `paths` is always a crop. Each page of a TIFF is a
    crop, except thumbnails. A file or folder that can be reached in several ways is taken once, by its own path rather
    than through a link.

    `known` are the folders of existing slides, which keep their paths. Raises nothing: what can't be opened is left out
    with a reason.
    """
    walk = Walk(known=known)
    trust(map(computer_of, paths))
    opened = [_absolute(path) for path in paths]
    for path in opened:
        walk.begin(path)
    left_out: list[LeftOut] = []
    slides: dict[Path, list[tuple[Path, int | None]]] = {}
    for file in sorted(walk.finish(), key=lambda file: natural_key(file.path.name)):
        pages, reason = _pages(file)
        if pages:
            slides.setdefault(file.folder, []).extend((file.path, page) for page in pages)
        if reason:
            left_out.append(LeftOut(file.path, reason))
    roots = {os.path.realpath(path if path.is_dir() else path.parent) for path in opened}
    return Discovery(
        tuple(_slide(folder, slides[folder], roots) for folder in sorted(slides, key=_folder_key)),
        tuple(sorted((*walk.left_out, *left_out), key=lambda left: _folder_key(left.path))),
    )


def _absolute(path: Path) -> Path:
    # Removing ".." from a path as text would be wrong behind a link.
    return Path(os.path.realpath(path)) if ".." in path.parts else path.absolute()


def _folder_key(folder: Path) -> tuple[str, ...]:
    return tuple(natural_key(part) for part in folder.parts)


def _slide(folder: Path, images: Iterable[tuple[Path, int | None]], roots: Collection[str]) -> SlideFound:
    """The slide of a folder; `roots` are the folders that the user gave, resolved."""
    name, above = folder_name(folder), folder.parent
    lone = os.path.realpath(folder) in roots or os.path.realpath(above) in roots
    below = any(os.path.realpath(parent) in roots for parent in above.parents)
    sample = SampleOrigin(folder_name(above), above) if below and not lone else SampleOrigin(name, folder)
    return SlideFound(name, folder, tuple(ImageRef(name, path, page) for path, page in images), sample)


def folder_name(folder: Path) -> str:
    """The folder's own name; the root of a drive has none."""
    return folder.name or (f"Drive {folder.drive[0]}" if folder.drive else "root")


def _pages(file: FileFound) -> tuple[Sequence[int | None], str]:
    # The pages that are crops, (None,) if there is only one, and why the file or part of it is left out, if it is.
    meant = file.explicit or file.path.suffix.lower() in IMAGE_SUFFIXES
    try:
        with open_file(file.path) as opened:
            kind = recognise(opened.read(SNIFF_BYTES))
            if kind is Format.TIFF:
                return _tiff_pages(opened)
    except (ImageRefusedError, OSError):
        # The reason is reported when the file is scored.
        kind = None
    if meant or isinstance(kind, Format) or (isinstance(kind, Foreign) and kind.image):
        return (None,), ""
    return (), NOT_AN_IMAGE


def _tiff_pages(opened: BinaryIO) -> tuple[Sequence[int | None], str]:
    try:
        numbers = TiffDirectories(opened).full_size_pages(most=MAX_PAGES + 1)
    except (ImageRefusedError, OSError):
        return (None,), ""
    if len(numbers) > MAX_PAGES:
        return numbers[:MAX_PAGES], TOO_MANY_PAGES
    return numbers if len(numbers) > 1 else (None,), ""
