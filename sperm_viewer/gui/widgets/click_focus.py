"""After a click on a slide, a filter or a button, the keyboard belongs to the cells, so that review keys still work."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QLineEdit, QWidget


class ClickFocus(QObject):
    """Gives the keyboard to the cells when one of `widgets` is clicked. The Tab key still reaches the widgets.

    The cells get it before the widget reacts, so that a widget that takes the keyboard on purpose keeps it.
    """

    def __init__(self, widgets: Iterable[QWidget], focus_cells: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._focus_cells = focus_cells
        for widget in widgets:
            # The button that clears a text field belongs to the field.
            if isinstance(widget.parentWidget(), QLineEdit):
                continue
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            clicked = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
            clicked.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self._focus_cells()
        return False
