"""Opens the user's files without ever blocking or writing, whatever is at the path and however long it is."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading import refusals
from sperm_viewer.system.other_computers import untrusted

# A pipe that replaces the file after the check must not block either.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

# Windows allows 260 characters, and a folder needs 12 of them for the names in it.
_WINDOWS_LONG = 240


def system_path(path: Path) -> str:
    """`path` in the form that system calls accept, however long it is."""
    text = os.fspath(path)
    if sys.platform != "win32" or len(text) < _WINDOWS_LONG:
        return text
    return prefixed(os.path.abspath(text))  # noqa: PTH100 - resolve() would follow links


def prefixed(full: str) -> str:
    r"""An absolute Windows path with the prefix \\?\, without which Windows allows no more than 260 characters."""
    if full.startswith("\\\\?\\"):
        return full
    return "\\\\?\\UNC\\" + full[2:] if full.startswith("\\\\") else "\\\\?\\" + full


def open_file(path: Path) -> BinaryIO:
    """Opens the regular file at `path` for reading; links are followed.

    Raises `ImageRefusedError` with the reason if there is no regular file or it may not be opened.
    """
    if computers := untrusted([path]):
        raise refusals.on_other_computer(computers[0])
    try:
        _check_ordinary(os.stat(system_path(path)).st_mode)  # noqa: PTH116 - a prefixed path is text
        # The file object owns the descriptor: closing it by hand as well could close another file.
        file = open(system_path(path), "rb", opener=lambda name, _: os.open(name, _OPEN_FLAGS))  # noqa: SIM115
    except (OSError, ValueError) as error:
        raise refusal(error) from error
    try:
        _check_ordinary(os.fstat(file.fileno()).st_mode)
    except BaseException:
        file.close()
        raise
    return file


def refusal(error: OSError | ValueError) -> ImageRefusedError:
    """The refusal for an `error` of the operating system."""
    if not isinstance(error, OSError):  # a path that no system accepts, such as one with a NUL
        return ImageRefusedError(refusals.VANISHED)
    if isinstance(error, PermissionError):
        return ImageRefusedError(refusals.NOT_ALLOWED)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ImageRefusedError(refusals.VANISHED)
    if error.errno == errno.ENAMETOOLONG:
        return ImageRefusedError(refusals.PATH_TOO_LONG)
    if error.errno == errno.ELOOP:
        return ImageRefusedError(refusals.LINK_LOOP)
    return refusals.unreadable(error.strerror or type(error).__name__)


def _check_ordinary(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise ImageRefusedError(refusals.IS_FOLDER)
    if not stat.S_ISREG(mode):
        raise ImageRefusedError(refusals.NOT_A_FILE)
