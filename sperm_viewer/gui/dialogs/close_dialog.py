"""Dialogs that are read and closed: what they show, and a Close button below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from sperm_viewer.gui.widgets.on_screen import fit_to_screen


class CloseDialog(QDialog):
    """Gone once it is closed, and never larger than the screen; `column` is what the widgets are stacked in."""

    def __init__(self, title: str, width: int, height: int, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.column = QVBoxLayout(self)
        self.resize(width, height)

    def stack(self, *widgets: QWidget) -> None:
        """Puts the widgets over the button; called once."""
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for widget in (*widgets, buttons):
            self.column.addWidget(widget)
        fit_to_screen(self)


class PageDialog(CloseDialog):
    """A page of text; what is on it, `page.setHtml` says."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(title, 680, 720, parent)
        self.page = QTextBrowser()
        self.page.setAccessibleName(title)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(18)
        self.stack(self.page)
