"""The colours of classes and of what has none, as Qt wants them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor

from sperm_viewer.domain.class_palette import colour_of_class

REFERRED = QColor("#b8b8b8")
FAILED = QColor("#6a6a6a")


def class_colour(name: str, classes: Sequence[str] = ()) -> QColor:
    return QColor(colour_of_class(name, classes))
