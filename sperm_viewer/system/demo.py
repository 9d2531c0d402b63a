"""The demo: two samples of real crops, and one of a field laid from them, to try the app with."""

from __future__ import annotations

import shutil
from pathlib import Path

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.system import paths

_LEFT_BY_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def write_demo(folder: Path) -> Path:
    """Copies the demo's images into `folder`, which is created if necessary; returns `folder`.

    Sample `Demo 1` has the slides `1A` and `1B`, sample `Demo 2` the slide `2A`, sample `Demo 3` a field on slide `3A`.
    Demo files that are there already are left alone, so an interrupted call can be repeated.

    Raises SpermViewerError if the folder holds anything else, or can't be written.
    """
    source = paths.resources() / "demo"
    files = {file.relative_to(source): file for file in sorted(source.glob("*/*/*.[pj][np]g"))}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_other_files(folder, files)
        for name, file in files.items():
            target = folder / name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                # A copy would follow a link that somebody planted there.
                _unfinished(target).unlink(missing_ok=True)
                shutil.copyfile(file, _unfinished(target))
                _unfinished(target).replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpermViewerError(f"The demo can't be written to “{folder}”: {reason}. Choose another folder.") from error
    return folder


def _refuse_other_files(folder: Path, files: dict[Path, Path]) -> None:
    unfinished = {_unfinished(name) for name in files}
    for entry in sorted(folder.rglob("*")):
        name = entry.relative_to(folder)
        if entry.name in _LEFT_BY_THE_SYSTEM or name in unfinished:
            continue
        if entry.is_dir() and any(name in file.parents for file in files):
            continue
        if name not in files or not entry.is_file() or entry.read_bytes() != files[name].read_bytes():
            raise SpermViewerError(
                f"“{folder}” already holds something else, such as “{name}”. Choose an empty or a new folder for the "
                "demo."
            )


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
