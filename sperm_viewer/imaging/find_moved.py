"""Finds images that were moved by their content, never by their order or name alone."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.discover import discover
from sperm_viewer.imaging.reading.files import open_file


@dataclass(frozen=True, slots=True)
class MovedSlide:
    """Where a slide's crops are now: `folder`, the id and place of each crop found, and how many are `missing`."""

    folder: Path
    found: tuple[tuple[int, ImageRef], ...]
    missing: int


def find_moved(crops: Sequence[tuple[int, ImageRef, str]], place: Path) -> MovedSlide | None:
    """Looks for one slide's crops (id, where they were, sha256 of the file) in `place` and the folders within it.

    The slide's folder is the one with most of them; a file is a crop if its bytes are the same. None if no folder has
    any. Crops without a sha256 can't be found.
    """
    by_folder: dict[Path, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    wanted = {sha256 for _, _, sha256 in crops if sha256}
    for slide in discover([place]).slides:
        for path in dict.fromkeys(ref.path for ref in slide.crops):
            sha256 = _sha256(path)
            if sha256 in wanted:
                by_folder[slide.folder][sha256].append(path)
    counts = Counter({folder: sum(sha256 in files for _, _, sha256 in crops) for folder, files in by_folder.items()})
    if not counts:
        return None
    folder = counts.most_common(1)[0][0]
    found = tuple(_placed(crops, by_folder[folder]))
    return MovedSlide(folder, found, len(crops) - len(found))


def _placed(crops: Sequence[tuple[int, ImageRef, str]], files: dict[str, list[Path]]) -> list[tuple[int, ImageRef]]:
    """Each crop with a file of its own, if possible one of its old name: copies have the same bytes."""
    taken: set[tuple[Path, int | None]] = set()
    placed = []
    same_name_first = sorted(crops, key=lambda crop: crop[1].path.name not in {p.name for p in files.get(crop[2], ())})
    for crop, ref, sha256 in same_name_first:
        free = [path for path in files.get(sha256, ()) if (path, ref.page) not in taken]
        if free:
            path = min(free, key=lambda path: (path.name != ref.path.name, path.name))
            taken.add((path, ref.page))
            placed.append((crop, ImageRef(ref.slide, path, ref.page)))
    return sorted(placed, key=lambda entry: entry[0])


def _sha256(path: Path) -> str:
    """The hash of the file; empty if it can't be read."""
    try:
        with open_file(path) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except (ImageRefusedError, OSError):
        return ""
