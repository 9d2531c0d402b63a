"""Errors a user may see. Each message names the file, what is wrong with it, and what to do next."""

from __future__ import annotations

from pathlib import Path


class SpermViewerError(Exception):
    """An error that is shown to the user; `str(error)` is the whole message."""


class ImageRefusedError(SpermViewerError):
    """An image can't be scored; the message is the reason, without the file's name (the row has it)."""


class ModelError(SpermViewerError):
    """A model folder is missing, incomplete, altered, or does not fit this version."""


class EngineError(SpermViewerError):
    """An engine or a device that was asked for can't be used."""


class SessionError(SpermViewerError):
    """A session file can't be opened, read or written."""


class SessionHeldError(SessionError):
    """A session is open for writing elsewhere, by `holder`; `stale` means that its heartbeat has stopped."""

    def __init__(self, session_file: Path, holder: str, *, stale: bool) -> None:
        by = f" ({holder})" if holder else ""
        end = "It has not responded for a while: take it over if it is gone" if stale else "Close it there"
        super().__init__(
            f"{session_file}: another Sperm Viewer{by} has this session open. {end}, or choose another folder."
        )
        self.holder = holder
        self.stale = stale


class SessionUnwritableError(SessionError):
    """A session's file, or the folder that it is in, can't be written; `reason` is the system's."""

    def __init__(self, session_file: Path, reason: str | None) -> None:
        super().__init__(f"{session_file}: can't be written here ({reason}). Choose another folder.")


class ChildDiedError(SpermViewerError):
    """The scoring process ended although nothing was wrong with its crops."""
