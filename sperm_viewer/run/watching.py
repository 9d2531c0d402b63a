"""Watches folders for new images while somebody sits at the microscope."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.discover import Discovery, SlideFound, discover
from sperm_viewer.imaging.reading.files import system_path
from sperm_viewer.run.scoring import FoundImages

LOOK_EVERY_S = 2.0
_Stat = tuple[int, int]


class FolderWatch:
    """Finds images that are new since the last look, in the order in which they came.

    A file that still grows is left for a later look, so that no half-written image is read.
    """

    def __init__(self, folders: Sequence[Path], seen: Collection[Path] = ()) -> None:
        """`seen` are the files that are known already."""
        self.folders = tuple(folders)
        self._seen = set(seen)
        self._growing: dict[Path, _Stat] = {}

    def look(self, known: Collection[Path] = ()) -> FoundImages | None:
        """The new images that are complete; None if there are none. `known` are the folders of existing slides."""
        found = discover(self.folders, known)
        stats = {ref.path: _stat(ref.path) for slide in found.slides for ref in slide.crops}
        new = {path: stat for path, stat in stats.items() if path not in self._seen and stat}
        complete = {path for path, stat in new.items() if self._growing.get(path) == stat}
        self._growing = {path: stat for path, stat in new.items() if path not in complete}
        self._seen |= complete
        if not complete:
            return None
        came = {path: stat[1] for path, stat in new.items()}
        slides = [one for slide in found.slides if (one := _only(slide, complete, came)).crops]
        first = {slide.folder: min(came[ref.path] for ref in slide.crops) for slide in slides}
        slides.sort(key=lambda slide: first[slide.folder])
        return FoundImages(self.folders, Discovery(tuple(slides), ()))


def _only(slide: SlideFound, complete: Collection[Path], came: dict[Path, int]) -> SlideFound:
    """The slide with its complete new images alone, in the order in which they came."""

    def arrival(ref: ImageRef) -> tuple[int, str, int]:
        return came[ref.path], ref.path.name, ref.page or 0

    return replace(slide, crops=tuple(sorted((ref for ref in slide.crops if ref.path in complete), key=arrival)))


def _stat(path: Path) -> _Stat | None:
    """Size and time of the last change; None if the file is empty or gone."""
    try:
        stat = Path(system_path(path)).stat()
    except OSError:
        return None
    return (stat.st_size, stat.st_mtime_ns) if stat.st_size else None
