"""Tooltips that hold the user's own names."""

from __future__ import annotations

import html


def plain_tip(text: str) -> str:
    """Text that a tooltip shows as it is: Qt takes what looks like markup for markup, and a file may be named so."""
    if "<" not in text and "&" not in text:
        return text
    return f'<p style="white-space: pre-wrap">{html.escape(text)}</p>'
