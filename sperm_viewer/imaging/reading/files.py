"""Opening the user's files: never blocking, never writing, whatever the path holds and however long it is."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.imaging.reading import refusals

# A pipe that took the file's place after the check must not block either.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

# Windows counts 260 characters, of which a folder needs 12 more for the names in it.
_WINDOWS_LONG = 240


def system_path(path: Path) -> str:
    """`path` as the system's calls take it, however long it is."""
    text = os.fspath(path)
    if sys.platform != "win32" or len(text) < _WINDOWS_LONG:
        return text
    return prefixed(os.path.abspath(text))  # noqa: PTH100 - resolve() would follow links


def prefixed(full: str) -> str:
    r"""An absolute Windows path with the prefix \\?\, without which Windows takes no more than 260 characters."""
    if full.startswith("\\\\?\\"):
        return full
    return "\\\\?\\UNC\\" + full[2:] if full.startswith("\\\\") else "\\\\?\\" + full


def open_file(path: Path) -> BinaryIO:
    """The ordinary file at `path`, opened for reading; links are followed.

    Raises `CropRefusedError` with the reason where there is no ordinary file or it may not be opened.
    """
    try:
        _check_ordinary(os.stat(system_path(path)).st_mode)  # noqa: PTH116 - a prefixed path is text
        # The file object alone owns the descriptor: closing it by hand as well could close somebody else's.
        file = open(system_path(path), "rb", opener=lambda name, _: os.open(name, _OPEN_FLAGS))  # noqa: SIM115
    except (OSError, ValueError) as error:
        raise refusal(error) from error
    try:
        _check_ordinary(os.fstat(file.fileno()).st_mode)
    except BaseException:
        file.close()
        raise
    return file


def refusal(error: OSError | ValueError) -> CropRefusedError:
    """What to tell the user where the system refuses a path with `error`."""
    if not isinstance(error, OSError):  # a path that no system takes, such as one with a NUL in it
        return CropRefusedError(refusals.VANISHED)
    if isinstance(error, PermissionError):
        return CropRefusedError(refusals.NOT_ALLOWED)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return CropRefusedError(refusals.VANISHED)
    if error.errno == errno.ENAMETOOLONG:
        return CropRefusedError(refusals.PATH_TOO_LONG)
    if error.errno == errno.ELOOP:
        return CropRefusedError(refusals.LINK_LOOP)
    return refusals.unreadable(error.strerror or type(error).__name__)


def _check_ordinary(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise CropRefusedError(refusals.IS_FOLDER)
    if not stat.S_ISREG(mode):
        raise CropRefusedError(refusals.NOT_A_FILE)
