"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import glob
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sperm_viewer.domain.errors import SpermViewerError

_DIGITS = 16
_OLD_S = 86_400.0


def unused_name(path: Path) -> Path:
    """A name beside `path` that nobody can guess, so that nobody can plant a link there. What killed runs left under
    such names a day ago or longer is removed: a younger one may be in the making.
    """
    with suppress(OSError):
        for left in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * _DIGITS}.part"):
            if time.time() - left.lstat().st_mtime > _OLD_S:
                left.unlink(missing_ok=True)
    return path.with_name(f".{path.name}.{secrets.token_hex(_DIGITS // 2)}.part")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes `path`'s place when it is complete and on disk; on an error `path` stays as it was.

    Raises SpermViewerError if the folder or the disk refuses.
    """
    partial = unused_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # "x" refuses a name that is taken, by a link too.
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise SpermViewerError(
            f"{path}: can't be written ({error.strerror or error}). Close it in other programs, or choose another "
            "folder; what was there before is unchanged."
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
