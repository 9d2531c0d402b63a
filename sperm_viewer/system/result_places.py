"""Names of the folders that the app makes for the user's results."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

SESSION_FILE = "session.spermview"
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_LONGEST = 100


def new_session_folder(root: Path, slide_name: str, now: datetime) -> Path:
    """A folder in `root`, named after date and slide, that doesn't exist yet; it is not made here."""
    name = f"{now:%Y-%m-%d %H.%M} {file_name(slide_name)}".rstrip()
    folder = root / name
    number = 2
    while folder.exists():
        folder = root / f"{name} ({number})"
        number += 1
    return folder


def file_name(text: str) -> str:
    """Text as a name that every file system takes: forbidden characters become `_`, at most 100 bytes are kept."""
    fitting = _NOT_IN_NAMES.sub("_", text).strip().encode("utf-8", "replace")[:_LONGEST]
    return fitting.decode("utf-8", "ignore").rstrip(". ")
