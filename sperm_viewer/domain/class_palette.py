"""One colour per class, the same in table, bars, charts and reports; always beside the class's name or number.

The palette is Okabe and Ito's (https://jfly.uni-koeln.de/color/), made for readers who can't tell red from green.
"""

from __future__ import annotations

from collections.abc import Sequence

from sperm_viewer.domain.cell import EXCLUDED, NOT_ASSESSABLE

_BLUISH_GREEN, _ORANGE, _SKY_BLUE, _VERMILLION = "#009e73", "#e69f00", "#56b4e9", "#d55e00"
_BLUE, _PURPLE, _YELLOW, _GREY = "#0072b2", "#cc79a7", "#f0e442", "#999999"
_DARK_GREY = "#6a6a6a"

_KNOWN = {
    "normal": _BLUISH_GREEN,
    "tapered": _ORANGE,
    "pyriform": _SKY_BLUE,
    "amorphous": _VERMILLION,
    "abnormal": _VERMILLION,
    "non-sperm": _GREY,
    NOT_ASSESSABLE: _DARK_GREY,
    EXCLUDED: _DARK_GREY,
}
_OTHERS = (_BLUE, _PURPLE, _YELLOW, _SKY_BLUE, _ORANGE, _VERMILLION, _BLUISH_GREEN)


def colour_of_class(name: str, classes: Sequence[str] = ()) -> str:
    """`#rrggbb`; a class with an unknown name gets a colour by its place among the model's other classes."""
    if name in _KNOWN:
        return _KNOWN[name]
    others = [other for other in classes if other not in _KNOWN]
    place = others.index(name) if name in others else 0
    return _OTHERS[place % len(_OTHERS)]
