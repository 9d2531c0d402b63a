"""The actions that assign a class, named after the classes of the model in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPainter, QPixmap

from sperm_viewer.domain.cell import NON_SPERM, NOT_ASSESSABLE
from sperm_viewer.gui.widgets.action_spec import CLASS_ACTIONS, ActionId, with_keys
from sperm_viewer.gui.widgets.class_qcolours import class_colour
from sperm_viewer.gui.widgets.plain_tip import plain_tip

_SIDES = (12, 18, 24, 36)
"""Pixels; sharp at every scale from 100% to 300%."""
_NAMED = {ActionId.NON_SPERM: NON_SPERM, ActionId.NOT_ASSESSABLE: NOT_ASSESSABLE}
ASSIGNING = (*CLASS_ACTIONS, *_NAMED)
"""All actions that assign a class, or say that none can be assigned."""


def name_classes(actions: Mapping[ActionId, QAction], classes: Sequence[str]) -> None:
    """Names the actions, and hides those without a class, which disables their keys.

    Tooltips show the current keys. The class of an action is its `data`.
    """
    for place, action in enumerate(CLASS_ACTIONS):
        known = place < len(classes)
        actions[action].setVisible(known)
        if known:
            _name(actions[action], classes[place], classes)
    for action, name in _NAMED.items():
        text, tip = actions[action].text(), actions[action].toolTip()
        _name(actions[action], name, classes)
        actions[action].setText(text)
        actions[action].setToolTip(tip)


def check_class(actions: Mapping[ActionId, QAction], assigned: str) -> None:
    """Checks the assigned class in menus and on buttons."""
    for action in ASSIGNING:
        actions[action].setChecked(bool(assigned) and actions[action].data() == assigned)


def _name(action: QAction, name: str, classes: Sequence[str]) -> None:
    keys = action.shortcuts()
    action.setCheckable(True)
    action.setData(name)
    action.setText(name.replace("&", "&&"))
    key = keys[0].toString(QKeySequence.SequenceFormat.NativeText) + "  " if keys else ""
    action.setIconText(key + name.replace("&", "&&"))
    action.setToolTip(plain_tip(with_keys(f"Assign the class '{name}' to the cell", keys)))
    action.setIcon(_mark(name, classes))


def _mark(name: str, classes: Sequence[str]) -> QIcon:
    icon = QIcon()
    for side in _SIDES:
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(class_colour(name, classes))
        painter.drawRoundedRect(QRectF(side / 12, side / 12, side * 10 / 12, side * 10 / 12), side / 4, side / 4)
        painter.end()
        icon.addPixmap(pixmap)
    return icon
