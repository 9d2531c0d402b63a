"""The order people expect of names: img_2 before img_10."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]+")


def natural_key(text: str) -> str:
    """A key that sorts as plain text (in SQLite too): case folded, numbers by value, the text itself breaking ties."""
    return f"{_DIGITS.sub(_by_value, text.casefold())}\x01{text}"


def _by_value(run: re.Match[str]) -> str:
    """A number behind its length: a longer one is larger."""
    digits = run.group().lstrip("0")
    return f"{len(digits):04d}{digits}"
