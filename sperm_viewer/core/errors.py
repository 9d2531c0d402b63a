"""Errors a user may see. Each message names the file, what is wrong with it, and what to do next."""

from __future__ import annotations


class SpermViewerError(Exception):
    """Something went wrong in a way the user can be told about; `str(error)` is the message in full."""


class CropRefusedError(SpermViewerError):
    """An image can't be scored; the message is the reason, without the file's name (the row has it)."""


class ModelError(SpermViewerError):
    """A model folder is missing, incomplete, altered, or does not fit this version."""


class EngineError(SpermViewerError):
    """An engine or a device that was asked for can't be used."""


class SessionError(SpermViewerError):
    """A session file can't be opened, read or written."""


class ChildDiedError(SpermViewerError):
    """The scoring process ended although nothing was wrong with the crops it was given."""
