"""Earlier sessions of the same images."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class SessionInShort:
    """The identifiers of a session's samples, and when it was first scored: ISO 8601, empty if it never was."""

    samples: tuple[str, ...]
    begun: str


def described(path: Path) -> SessionInShort | None:
    """None if the session can't be opened."""
    try:
        with Session.open(path, read_only=True) as session:
            samples = tuple(sample.identifier for sample in session.samples())
            return SessionInShort(samples, session.note("started") or "")
    except SessionError:
        return None
