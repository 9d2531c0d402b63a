"""Tracebacks of all threads in the log folder if a fault in a library kills the process."""

from __future__ import annotations

import faulthandler
from pathlib import Path

WINDOW_CRASHES, SCORING_CRASHES = "crashes-window.log", "crashes-scoring.log"
_MAX_BYTES = 1_000_000


def catch_crashes(file: Path) -> None:
    """From now on, fatal faults of this process are written to `file`, if it can be written.

    A file larger than a megabyte is started afresh.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        full = file.exists() and file.stat().st_size > _MAX_BYTES
        # It stays open as long as the process lives: a crashing process can't open files.
        faulthandler.enable(file.open("w" if full else "a", encoding="utf-8"))
    except OSError:
        return
