"""The buttons above a field that change its heads, and what to do with the tool in hand."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from sperm_viewer.gui.field.tool import HINTS, FieldTool
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.theme import quiet

_BUTTONS = (
    (ActionId.ADD_HEAD, FieldTool.ADD),
    (ActionId.REMOVE_HEAD, None),
    (ActionId.SPLIT_HEAD, FieldTool.SPLIT),
    (ActionId.REDRAW_HEAD, FieldTool.REDRAW),
)


class ToolRow(QWidget):
    def __init__(self, actions: Mapping[ActionId, QAction]) -> None:
        super().__init__()
        self._tools: dict[FieldTool, QToolButton] = {}
        self._hint = quiet(QLabel())
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 8)
        row.setSpacing(6)
        for action, tool in _BUTTONS:
            button = _button(actions[action])
            row.addWidget(button)
            if tool:
                button.setCheckable(True)
                self._tools[tool] = button
        row.addSpacing(8)
        row.addWidget(self._hint, 1)

    def show_tool(self, tool: FieldTool) -> None:
        """Shows which tool is in hand, and what to do with it."""
        for each, button in self._tools.items():
            button.setChecked(each is tool)
        self._hint.setText(HINTS[tool])

    def hint(self) -> str:
        return self._hint.text()


def _button(action: QAction) -> QToolButton:
    """A button that runs an action and shows whether its tool is in hand, which the action doesn't."""
    button = QToolButton()
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setText(action.text().replace("&", ""))
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    follow()
    return button
