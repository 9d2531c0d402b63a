"""Earlier sessions of the same images."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.session.session import Session


def session_with(folders: Collection[Path], sessions: Iterable[Path]) -> Path | None:
    """The first of `sessions` that has a slide in one of `folders`; files that can't be opened are passed over."""
    wanted = set(folders)
    for path in dict.fromkeys(sessions):
        try:
            with Session.open(path, read_only=True) as session:
                if not wanted.isdisjoint(session.folders()):
                    return path
        except SessionError:
            continue
    return None
