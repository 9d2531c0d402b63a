"""The format of names, numbers and times in a report."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta, timezone

from sperm_viewer.statistics.percentages import ClassPercentage

FONTS = ("Inter", "Segoe UI", "Helvetica Neue", "Arial", "Liberation Sans", "Noto Sans", "sans-serif")
"""The first one installed is used; none is shipped."""
_JOINERS = "\u200c\u200d"
"""Invisible, but letters of Persian and of Indian scripts depend on them."""


def plain(text: str) -> str:
    """Text as one line; control characters, direction marks and characters that can't be encoded are escaped."""
    return "".join(c if c.isprintable() or c in _JOINERS else _escape(c) for c in text)


def _escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()


def percent(value: float | None) -> str:
    """`62.1%`, or a dash for None."""
    return "–" if value is None else f"{value:.1f}%"


def interval(low: float | None, high: float | None) -> str:
    """`55.0 to 68.7%`."""
    return "–" if low is None or high is None else f"{low:.1f} to {high:.1f}%"


def percent_of(found: ClassPercentage) -> str:
    """`62.1% (55.0 to 68.7%)`."""
    return "no sperm" if found.percent is None else f"{percent(found.percent)} ({interval(found.low, found.high)})"


def moment(iso: str) -> str:
    """`2026-11-25 02:47 UTC+01:00`, the local time of this computer, from ISO 8601 in UTC; other text as it is."""
    try:
        local = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return iso
    return f"{local:%Y-%m-%d %H:%M} {timezone(local.utcoffset() or timedelta())}"
