"""Files that are either whole or as they were before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sperm_viewer.core.errors import SpermViewerError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes `path`'s place when it is complete and on disk; on an error `path` stays as it was.

    Raises SpermViewerError where the folder or the disk refuses.
    """
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        partial = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files that only their owner can read; results are shared in a laboratory.
        partial.chmod(0o644)
        partial.replace(path)
    except OSError as error:
        raise SpermViewerError(
            f"{path}: can't be written ({error.strerror or error}). Close it in other programs, or choose another "
            "folder; what was there before is unchanged."
        ) from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)
