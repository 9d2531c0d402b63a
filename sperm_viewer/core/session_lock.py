"""One writer for a session: two runs into one folder would do the work twice, and mix two models' answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sperm_viewer.core.errors import SessionError


@contextmanager
def sole_writer(session_file: Path) -> Iterator[None]:
    """Holds the session file for writing; the system lets go when the process ends, however it ends.

    Raises SessionError where another process holds it or the folder can't be written.
    """
    lock_file = session_file.with_name(f".{session_file.name}.lock")
    lock = FileLock(lock_file, timeout=0)
    try:
        session_file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise SessionError(
            f"{session_file.parent}: another Sperm Viewer is scoring into this session. Wait until it is done, or "
            "choose another folder."
        ) from error
    except OSError as error:
        raise SessionError(f"{session_file.parent}: can't be written ({error.strerror}). Choose another.") from error
    try:
        yield
    finally:
        # While it is still held, so that no other process can be holding what is deleted; Windows wants it after.
        with suppress(OSError):
            lock_file.unlink()
        lock.release()
        with suppress(OSError):
            lock_file.unlink()
