"""Tooltips that hold the user's own names."""

from __future__ import annotations

import html
import re

_LONG = 40
_BREAK = "\u200b"
"""A place where a line may end, of no width."""
_PLACES = re.compile(rf"[/\\_-]|[^\s/\\_-]{{{_LONG}}}")


def plain_tip(text: str) -> str:
    """Text that a tooltip shows as it is, in lines that fit a screen.

    Qt takes what looks like markup for markup, and a file may be named so; and it breaks lines in rich text only.
    """
    if not text:
        return ""
    breakable = _PLACES.sub(lambda place: place[0] + _BREAK, text)
    return f'<p style="white-space: pre-wrap">{html.escape(breakable)}</p>'
