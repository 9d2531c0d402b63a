"""Names that are too long for their room."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics


def elided(name: str, metrics: QFontMetrics, width: int) -> str:
    """The name without its middle if it is wider than `width` pixels: `amor…037.png`.

    The end keeps three characters for every two of the beginning, since files differ in the number at their end.
    """
    if metrics.horizontalAdvance(name) <= width:
        return name
    fits, too_many = 0, len(name)
    while too_many - fits > 1:
        kept = (fits + too_many) // 2
        if metrics.horizontalAdvance(_ends(name, kept)) <= width:
            fits = kept
        else:
            too_many = kept
    return _ends(name, fits)


def _ends(name: str, kept: int) -> str:
    begin = 2 * kept // 5
    return f"{name[:begin]}…{name[len(name) - kept + begin :]}"
