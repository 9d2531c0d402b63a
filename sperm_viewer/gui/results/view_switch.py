"""Table or gallery: two buttons, one of them down."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.theme import Tones


class ViewSwitch(QWidget):
    chosen = Signal(bool)
    """True for the gallery."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        group = QButtonGroup(self)
        self.table, self.gallery = (_button(text) for text in ("Table", "Gallery"))
        for button in (self.table, self.gallery):
            group.addButton(button)
            row.addWidget(button)
        self.table.setChecked(True)
        self.table.setToolTip("See the cells as rows")
        self.gallery.setToolTip("See the cells as pictures")
        self._words_width = self.sizeHint().width()
        group.buttonToggled.connect(lambda button, on: self.chosen.emit(button is self.gallery) if on else None)

    def show_view(self, gallery: bool) -> None:
        (self.gallery if gallery else self.table).setChecked(True)

    def words_width(self) -> int:
        """How wide it is with words, in logical pixels."""
        return self._words_width

    def set_words(self, words: bool) -> None:
        """Icons alone where there is no room."""
        style = Qt.ToolButtonStyle.ToolButtonTextOnly if words else Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in (self.table, self.gallery):
            button.setToolButtonStyle(style)

    def set_tones(self, tones: Tones) -> None:
        self.table.setIcon(tinted("table", tones))
        self.gallery.setIcon(tinted("gallery", tones))


def _button(text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(text)
    button.setCheckable(True)
    button.setProperty("switch", True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
