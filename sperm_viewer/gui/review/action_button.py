"""A button in the cell pane that stands for an action with a key."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QTextDocumentFragment
from PySide6.QtWidgets import QSizePolicy, QToolButton


def action_button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(12, 12))
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setProperty("assigning", True)
    # After a click, the keyboard must still act on the cells.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def describe() -> None:
        button.setAccessibleDescription(QTextDocumentFragment.fromHtml(action.toolTip()).toPlainText())

    action.changed.connect(describe)
    describe()
    return button
