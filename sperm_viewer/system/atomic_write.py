"""Files that are either whole or as they were before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sperm_viewer.domain.errors import SpermViewerError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes `path`'s place when it is complete and on disk; on an error `path` stays as it was.

    Raises SpermViewerError where the folder or the disk refuses.
    """
    # One name for each target, so that what a killed run left behind is replaced by the next.
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
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
