"""Every file in the folders that a user dropped, each once: links followed without going round in circles."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sperm_viewer.imaging.reading.files import system_path

NOT_THERE = "it does not exist"
HIDDEN = "it is hidden or belongs to the system"
NOT_A_FILE = "it is neither a file nor a folder"
CLOSED = "it can't be opened: no permission, too long a path, or its drive is not connected"
BROKEN_LINK = "it is a link that leads nowhere"
OWN_HEATMAPS = "it holds heatmaps that Sperm Viewer made"

_SYSTEM_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information"})
_HIDDEN_OR_SYSTEM = stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM
_SESSION_SUFFIX = ".spermview"
_HEATMAPS_FOLDER = "heatmaps"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that was not taken; `reason` is one of a few, so that they can be counted."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class FileFound:
    """A file: its folder, which has the same path here for all its files; `explicit` where the user named the file."""

    folder: Path
    path: Path
    explicit: bool


@dataclass(slots=True)
class Walk:
    """The files found by `begin`, for each path that the user named, and then `finish`.

    Files and folders are told apart by their identity: their path with every link resolved. `known` are folders
    which keep that path by whatever way they are reached.
    """

    known: Iterable[Path] = ()
    left_out: list[LeftOut] = field(default_factory=list)
    _files: dict[tuple[str, str], FileFound] = field(default_factory=dict)
    _linked_files: list[FileFound] = field(default_factory=list)
    _folders: dict[str, Path] = field(default_factory=dict)
    _identities: dict[Path, str] = field(default_factory=dict)
    _visited: set[Path] = field(default_factory=set)
    _to_visit: deque[Path] = field(default_factory=deque)
    _links_to_visit: deque[Path] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._folders.update((os.path.realpath(folder), folder) for folder in self.known)

    def begin(self, path: Path) -> None:
        """Takes the file, or notes the folder, at `path`, which is absolute."""
        try:
            mode = os.stat(system_path(path)).st_mode  # noqa: PTH116 - the system's path is text
        except (OSError, ValueError) as error:
            self._leave_out(path, _why_not(error))
            return
        if stat.S_ISDIR(mode):
            self._to_visit.append(path)
        else:
            folder = self._same_path(path.parent)
            self._take(FileFound(folder, folder / path.name, explicit=True), path.is_symlink())

    def finish(self) -> Sequence[FileFound]:
        """All files in the folders that were noted and in those within them, in no order.

        Links come last: what can be reached without one has its own path.
        """
        while self._to_visit or self._links_to_visit:
            self._visit(self._to_visit.popleft() if self._to_visit else self._links_to_visit.popleft())
        for linked in self._linked_files:
            self._files.setdefault(os.path.split(os.path.realpath(linked.path)), linked)
        return tuple(self._files.values())

    def _visit(self, path: Path) -> None:
        folder = self._same_path(path)
        if folder in self._visited:
            return
        self._visited.add(folder)
        try:
            with os.scandir(system_path(folder)) as found:
                entries = list(found)
        except OSError as error:
            self._leave_out(folder, _why_not(error))
            return
        has_session = any(entry.name.endswith(_SESSION_SUFFIX) for entry in entries)
        for entry in entries:
            path = folder / entry.name
            if _is_hidden(entry):
                self._leave_out(path, HIDDEN)
            elif has_session and entry.name == _HEATMAPS_FOLDER:
                self._leave_out(path, OWN_HEATMAPS)
            else:
                self._sort_out(entry, folder, path)

    def _sort_out(self, entry: os.DirEntry[str], folder: Path, path: Path) -> None:
        try:
            is_link, is_folder, is_file = entry.is_symlink(), entry.is_dir(), entry.is_file()
        except OSError as error:
            self._leave_out(path, _why_not(error))
            return
        if is_folder:
            (self._links_to_visit if is_link else self._to_visit).append(path)
        elif is_file:
            self._take(FileFound(folder, path, explicit=False), is_link)
        else:
            self._leave_out(path, BROKEN_LINK if is_link else NOT_A_FILE)

    def _take(self, file: FileFound, is_link: bool) -> None:
        if is_link:
            self._linked_files.append(file)
        else:
            self._files.setdefault((self._identities[file.folder], file.path.name), file)

    def _same_path(self, folder: Path) -> Path:
        identity = os.path.realpath(folder)
        path = self._folders.setdefault(identity, folder)
        self._identities[path] = identity
        return path

    def _leave_out(self, path: Path, reason: str) -> None:
        self.left_out.append(LeftOut(path, reason))


def _why_not(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError) or not isinstance(error, OSError):
        return NOT_THERE
    return BROKEN_LINK if error.errno == errno.ELOOP else CLOSED


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name.casefold() in _SYSTEM_NAMES:
        return True
    if sys.platform != "win32":
        return False
    return bool(entry.stat(follow_symlinks=False).st_file_attributes & _HIDDEN_OR_SYSTEM)
