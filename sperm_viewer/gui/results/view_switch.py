"""Switches between the views of the cells: table, gallery, field."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.theme import Tones

TABLE = "table"
GALLERY = "gallery"
FIELD = "field"
_TIPS = {
    TABLE: "Show the cells as rows",
    GALLERY: "Show the cells as images",
    FIELD: "Show the current cell in its whole image",
}


class ViewSwitch(QWidget):
    chosen = Signal(str)
    """The name of a view."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        group = QButtonGroup(self)
        self._buttons = {name: _button(name.capitalize(), tip) for name, tip in _TIPS.items()}
        for button in self._buttons.values():
            group.addButton(button)
            row.addWidget(button)
        self._buttons[TABLE].setChecked(True)
        self._text_width = self.sizeHint().width()
        for name, button in self._buttons.items():
            button.toggled.connect(lambda on, chosen=name: self.chosen.emit(chosen) if on else None)

    def button(self, name: str) -> QToolButton:
        return self._buttons[name]

    def show_view(self, name: str) -> None:
        self._buttons.get(name, self._buttons[TABLE]).setChecked(True)

    def text_width(self) -> int:
        """Its width with text, in logical pixels."""
        return self._text_width

    def show_text(self, shown: bool) -> None:
        """Shows icons only if there is no room for text."""
        style = Qt.ToolButtonStyle.ToolButtonTextOnly if shown else Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self._buttons.values():
            button.setToolButtonStyle(style)

    def set_tones(self, tones: Tones) -> None:
        for name, button in self._buttons.items():
            button.setIcon(tinted(name, tones))


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setCheckable(True)
    button.setProperty("switch", True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
