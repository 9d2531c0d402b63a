"""Files and folders that a user dropped, as slides and crops in natural order. Nothing is written anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.natural_order import natural_key
from sperm_viewer.imaging.reading.files import open_file
from sperm_viewer.imaging.reading.formats import IMAGE_SUFFIXES, SNIFF_BYTES, Foreign, Format, recognise
from sperm_viewer.imaging.reading.ifd import TiffDirectories
from sperm_viewer.imaging.walk import FileFound, LeftOut, Walk

__all__ = ["MAX_PAGES", "Discovery", "LeftOut", "SlideFound", "discover"]

MAX_PAGES = 10_000
"""Pages of one file that become crops."""

NOT_AN_IMAGE = "it is not an image"
TOO_MANY_PAGES = f"only its first {MAX_PAGES:,} pages were taken"


@dataclass(frozen=True, slots=True)
class SlideFound:
    """A folder that directly holds images: `folder` (absolute) is its identity, `name` is its own among the slides."""

    name: str
    folder: Path
    crops: tuple[CropRef, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found: the slides in natural order of their folders, and what was left out, in that order too."""

    slides: tuple[SlideFound, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def count(self) -> int:
        """How many crops were found; each page of a file is one."""
        return sum(len(slide.crops) for slide in self.slides)


def discover(paths: Sequence[Path], taken: Mapping[Path, str] | None = None) -> Discovery:
    """The slides and crops in the files and folders `paths`, and in all folders within them.

    Each folder that directly holds images is a slide; a file belongs to the slide of the folder it is in. In folders
    a file is a crop where its content or its extension says that it is an image; one whose extension only says so
    fails with a reason when it is scored, so that nothing is lost. A file that is itself in `paths` always is a crop.
    Each page of a TIFF is a crop, thumbnails left out. A file or folder that can be reached in several ways is taken
    once, by its own path rather than through a link.

    `taken` maps the folders of slides that exist already to their names, which they keep and nobody else gets.
    Raises nothing: whatever can't be opened is left out with a reason.
    """
    taken = taken or {}
    walk = Walk(known=taken)
    for path in paths:
        walk.begin(_absolute(path))
    left_out: list[LeftOut] = []
    slides: dict[Path, list[tuple[Path, int | None]]] = {}
    for file in sorted(walk.finish(), key=lambda file: natural_key(file.path.name)):
        pages, reason = _pages(file)
        if pages:
            slides.setdefault(file.folder, []).extend((file.path, page) for page in pages)
        if reason:
            left_out.append(LeftOut(file.path, reason))
    names = _names(sorted(slides, key=_folder_key), taken)
    return Discovery(
        tuple(
            SlideFound(name, folder, tuple(CropRef(name, path, page) for path, page in slides[folder]))
            for folder, name in names.items()
        ),
        tuple(sorted((*walk.left_out, *left_out), key=lambda left: _folder_key(left.path))),
    )


def _absolute(path: Path) -> Path:
    # Taking ".." out of a path as text would be wrong behind a link.
    return Path(os.path.realpath(path)) if ".." in path.parts else path.absolute()


def _folder_key(folder: Path) -> tuple[str, ...]:
    return tuple(natural_key(part) for part in folder.parts)


def _names(folders: Iterable[Path], taken: Mapping[Path, str]) -> dict[Path, str]:
    # Slides in the order of `folders`, each with its name; the first folder of a name has it as it is.
    used = set(taken.values())
    names: dict[Path, str] = {}
    for folder in folders:
        wanted = _name(folder)
        names[folder] = taken.get(folder, "" if wanted in used else wanted)
        used.add(wanted)
    last: dict[str, int] = {}
    for folder in [folder for folder, name in names.items() if not name]:
        number = last.get(_name(folder), 1) + 1
        while f"{_name(folder)} ({number})" in used:
            number += 1
        last[_name(folder)] = number
        names[folder] = f"{_name(folder)} ({number})"
        used.add(names[folder])
    return names


def _name(folder: Path) -> str:
    """The folder's own name; the root of a drive has none."""
    return folder.name or (f"Drive {folder.drive[0]}" if folder.drive else "root")


def _pages(file: FileFound) -> tuple[Sequence[int | None], str]:
    # The pages that are crops, (None,) where there is only one, and why the file or some of it is left out, if it is.
    meant = file.explicit or file.path.suffix.lower() in IMAGE_SUFFIXES
    try:
        with open_file(file.path) as opened:
            kind = recognise(opened.read(SNIFF_BYTES))
            if kind is Format.TIFF:
                return _tiff_pages(opened)
    except (CropRefusedError, OSError):
        # What is wrong with a file that was meant as an image is said when it is scored.
        kind = None
    if meant or isinstance(kind, Format) or (isinstance(kind, Foreign) and kind.image):
        return (None,), ""
    return (), NOT_AN_IMAGE


def _tiff_pages(opened: BinaryIO) -> tuple[Sequence[int | None], str]:
    try:
        numbers = TiffDirectories(opened).full_size_pages(most=MAX_PAGES + 1)
    except (CropRefusedError, OSError):
        return (None,), ""
    if len(numbers) > MAX_PAGES:
        return numbers[:MAX_PAGES], TOO_MANY_PAGES
    return numbers if len(numbers) > 1 else (None,), ""
