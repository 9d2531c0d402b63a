"""Names of the folders for the user's results."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

SESSION_FILE = "session.spermview"
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_LONGEST = 100
_LATEST = 50


def new_session_folder(root: Path, slide_name: str, now: datetime) -> Path:
    """The path of a new folder in `root`, named after date and slide; the folder is not created."""
    name = f"{now:%Y-%m-%d %H.%M} {file_name(slide_name)}".rstrip()
    folder = root / name
    number = 2
    while folder.exists():
        folder = root / f"{name} ({number})"
        number += 1
    return folder


def sessions_in(root: Path) -> list[Path]:
    """The session files in the folders within `root`, of the latest folders by name; at most 50."""
    return sorted(root.glob(f"*/{SESSION_FILE}"), reverse=True)[:_LATEST]


def file_name(text: str) -> str:
    """A name that is valid on every file system: forbidden characters become `_`, at most 100 bytes are kept."""
    fitting = _NOT_IN_NAMES.sub("_", text).strip().encode("utf-8", "replace")[:_LONGEST]
    return fitting.decode("utf-8", "ignore").rstrip(". ")
