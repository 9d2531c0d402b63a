"""The actions that give a class, named after the classes of the model whose results are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPainter, QPixmap

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.gui.widgets.actions import CLASS_ACTS, Act, with_keys
from sperm_viewer.gui.widgets.class_qcolours import class_colour
from sperm_viewer.gui.widgets.plain_tip import plain_tip

_SIDES = (12, 18, 24, 36)
"""Pixels: sharp at every scale from 100% to 300%."""
GIVING = (*CLASS_ACTS, Act.NON_SPERM)
"""All actions that give a class."""


def name_classes(actions: Mapping[Act, QAction], classes: Sequence[str]) -> None:
    """Names the actions; those that the model has no class for are hidden, and so are without a key.

    What their tooltips say of keys is what the keys are now. The class of an action is its `data`.
    """
    for place, act in enumerate(CLASS_ACTS):
        known = place < len(classes)
        actions[act].setVisible(known)
        if known:
            _name(actions[act], classes[place], classes)
    _name(actions[Act.NON_SPERM], NON_SPERM, classes)
    actions[Act.NON_SPERM].setText("Not a &Sperm")


def check_class(actions: Mapping[Act, QAction], said: str) -> None:
    """Checks the class that was said, in menus and on buttons."""
    for act in GIVING:
        actions[act].setChecked(bool(said) and actions[act].data() == said)


def _name(action: QAction, name: str, classes: Sequence[str]) -> None:
    keys = action.shortcuts()
    action.setCheckable(True)
    action.setData(name)
    action.setText(name.replace("&", "&&"))
    key = keys[0].toString(QKeySequence.SequenceFormat.NativeText) + "  " if keys else ""
    action.setIconText(key + name.replace("&", "&&"))
    action.setToolTip(plain_tip(with_keys(f"Give the cell the class '{name}'", keys)))
    action.setIcon(_mark(name, classes))


def _mark(name: str, classes: Sequence[str]) -> QIcon:
    icon = QIcon()
    for side in _SIDES:
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(class_colour(name, classes))
        painter.drawRoundedRect(QRectF(side / 12, side / 12, side * 10 / 12, side * 10 / 12), side / 4, side / 4)
        painter.end()
        icon.addPixmap(picture)
    return icon
