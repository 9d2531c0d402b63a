"""Tooltips that contain file names and other texts of the user."""

from __future__ import annotations

import html
import re

from PySide6.QtWidgets import QWidget

_LONG = 40
_BREAK = "\u200b"
"""A zero-width space, where a line may break."""
_PLACES = re.compile(rf"[/\\_-]|[^\s/\\_-]{{{_LONG}}}")


def plain_tip(text: str) -> str:
    """Makes a tooltip that shows the text as it is, in lines that fit a screen.

    Qt interprets a text as markup if it looks like it, as a file name may; and it breaks lines in rich text only.
    """
    if not text:
        return ""
    breakable = _PLACES.sub(lambda place: place[0] + _BREAK, text)
    return f'<p style="white-space: pre-wrap">{html.escape(breakable)}</p>'


def set_plain_tip(widget: QWidget, text: str) -> None:
    """Shows a text as a tooltip; a screen reader says it without the markup."""
    widget.setToolTip(plain_tip(text))
    widget.setAccessibleDescription(text)
