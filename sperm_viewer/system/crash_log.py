"""What is left of a process that dies of a fault in a library: each thread's traceback, in a file of the log folder."""

from __future__ import annotations

import faulthandler
from pathlib import Path

WINDOW_CRASHES, SCORING_CRASHES = "crashes-window.log", "crashes-scoring.log"
_MAX_BYTES = 1_000_000


def catch_crashes(file: Path) -> None:
    """From now on, fatal faults of this process are written to `file`; where it can't be written, nothing happens.

    A file that has grown beyond a megabyte is begun anew.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        full = file.exists() and file.stat().st_size > _MAX_BYTES
        # It stays open as long as the process lives: whoever dies can open nothing.
        faulthandler.enable(file.open("w" if full else "a", encoding="utf-8"))
    except OSError:
        return
