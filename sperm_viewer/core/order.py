"""The order people expect of names: img_2 before img_10."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]+")
_LONGEST = 20


def natural_key(text: str) -> str:
    """A key that sorts as plain text (in SQLite too): case folded, digit runs padded, the text itself breaking ties."""
    padded = _DIGITS.sub(lambda run: run.group().lstrip("0").rjust(_LONGEST, "0"), text.casefold())
    return f"{padded}\x01{text}"
