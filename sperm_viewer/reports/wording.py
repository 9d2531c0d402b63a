"""How a report writes names, numbers and times."""

from __future__ import annotations

import unicodedata

from sperm_viewer.statistics.percentages import ClassPercentage

FONTS = ("Inter", "Segoe UI", "Helvetica Neue", "Arial", "Liberation Sans", "Noto Sans", "sans-serif")
"""The first of these that a computer has; none is shipped."""
_JOINERS = "\u200c\u200d"
"""Invisible, but letters of Persian and of Indian scripts depend on them."""


def plain(text: str) -> str:
    """Text as one line that shows all that is in it: control characters, and those that turn the direction of the text
    or can't be encoded, as escapes.
    """
    return "".join(c if c.isprintable() or c in _JOINERS else _escape(c) for c in text)


def _escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()


def percent(value: float | None) -> str:
    """`62.1%`, and a dash where there is none."""
    return "–" if value is None else f"{value:.1f}%"


def interval(low: float | None, high: float | None) -> str:
    """`55.0 to 68.7%`."""
    return "–" if low is None or high is None else f"{low:.1f} to {high:.1f}%"


def percent_of(found: ClassPercentage) -> str:
    """`62.1% (55.0 to 68.7%)`."""
    return "no sperm" if found.percent is None else f"{percent(found.percent)} ({interval(found.low, found.high)})"


def moment(iso: str) -> str:
    """`2026-11-25 01:47 UTC`, from ISO 8601 in UTC."""
    return f"{iso[:10]} {iso[11:16]} UTC" if len(iso) >= 16 else iso
