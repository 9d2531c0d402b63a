"""One writer for a session: two runs into one folder would do the work twice, and mix two people's decisions.

The system's lock tells processes of one machine apart, and lets go when one ends, however it ends. Across machines it
can't be relied on, so whoever holds a session also says so in a file beside it, anew every few seconds.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from sperm_viewer.domain.errors import SessionHeldError, SessionUnwritableError, SpermViewerError
from sperm_viewer.session.audit import now
from sperm_viewer.system.atomic_write import replacing

_BEAT_S = 10.0
_STALE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a session: `since` and `beat` are UTC, ISO 8601, `beat` the last sign of life."""

    user: str
    host: str
    since: str
    beat: str

    def __str__(self) -> str:
        return f"{self.user} on {self.host}, since {self.since}"


@contextmanager
def sole_writer(session_file: Path, *, take_over: bool = False) -> Iterator[None]:
    """Holds the session file for writing; may be nested in one process.

    Raises SessionHeldError where another process or machine holds it; it says whether that one has long given no sign
    of life, and such a one is passed over with `take_over`. Raises SessionUnwritableError where the file or its folder
    can't be written.
    """
    lock_file = session_file.with_name(f".{session_file.name}.lock")
    # A singleton counts how often this process has taken it.
    lock = FileLock(lock_file, timeout=0, is_singleton=True, thread_local=False)
    try:
        session_file.parent.mkdir(parents=True, exist_ok=True)
        if session_file.exists() and not os.access(session_file, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        lock.acquire()
    except Timeout as error:
        raise SessionHeldError(session_file, str(_holder(session_file) or ""), stale=False) from error
    except OSError as error:
        raise SessionUnwritableError(session_file, error.strerror) from error
    try:
        if lock.lock_counter > 1:
            yield
        else:
            with _heartbeat(session_file, take_over):
                yield
    finally:
        if lock.lock_counter == 1:
            # While it is still held, so that no other process can be holding what is deleted; Windows wants it after.
            with suppress(OSError):
                lock_file.unlink()
        lock.release()
        if not lock.is_locked:
            with suppress(OSError):
                lock_file.unlink()


@contextmanager
def _heartbeat(session_file: Path, take_over: bool) -> Iterator[None]:
    other = _holder(session_file)
    if other and other.host != socket.gethostname():
        stale = datetime.now(UTC) - datetime.fromisoformat(other.beat) > _STALE
        if not (stale and take_over):
            raise SessionHeldError(session_file, str(other), stale=stale)
    since = now()
    stop = threading.Event()

    def beat() -> None:
        while True:
            holder = Holder(_user(), socket.gethostname(), since, now())
            # A drive that is away for a moment is no reason to stop; the session's own writing will tell.
            with suppress(SpermViewerError), replacing(_holder_file(session_file)) as file:
                file.write(json.dumps(asdict(holder)).encode())
            if stop.wait(_BEAT_S):
                return

    thread = threading.Thread(target=beat, name="session heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        with suppress(OSError):
            _holder_file(session_file).unlink()


def _holder_file(session_file: Path) -> Path:
    return session_file.with_name(f".{session_file.name}.holder")


def _holder(session_file: Path) -> Holder | None:
    try:
        holder = Holder(**json.loads(_holder_file(session_file).read_text("utf-8")))
        datetime.fromisoformat(holder.beat)
    except (OSError, ValueError, TypeError):
        return None
    return holder


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "someone"
