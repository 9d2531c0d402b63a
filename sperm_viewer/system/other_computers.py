r"""Paths to other computers, such as \\server\share: Windows sends one's name and password's hash to whatever is there.

A session may hold such paths, so none is opened before a person agreed to its computer, or gave a path on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_LONG, _DEVICE = ("\\\\?\\unc\\", ("\\\\?\\", "\\\\.\\"))
_trusted: set[str] = set()


def computer_of(path: Path) -> str:
    """The name of the computer that a path leads to; empty for one on this computer."""
    text = str(path).casefold()
    if text.startswith(_LONG):
        text = "\\\\" + text.removeprefix(_LONG)
    if not text.startswith("\\\\") or text.startswith(_DEVICE):
        return ""
    return text[2:].partition("\\")[0]


def trust(computers: Iterable[str]) -> None:
    """From now on paths to these computers are opened in this process."""
    _trusted.update(filter(None, computers))


def trusted() -> frozenset[str]:
    """The computers whose paths are opened."""
    return frozenset(_trusted)


def untrusted(paths: Iterable[Path]) -> list[str]:
    """The computers that these paths lead to and that nobody agreed to, in the order of the paths."""
    return list(dict.fromkeys(name for path in paths if (name := computer_of(path)) and name not in _trusted))


def consent_text(computer: str) -> str:
    """What a person is asked."""
    return (
        f"Images of this session are on the computer '{computer}'. Opening them sends your sign-in there. "
        "Open them only if you know this computer."
    )
