"""Dialogs with a Close button only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from sperm_viewer.gui.widgets.on_screen import fit_to_screen


class CloseDialog(QDialog):
    """Deleted when it is closed, and never larger than the screen; `column` is its layout."""

    def __init__(self, title: str, width: int, height: int, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.column = QVBoxLayout(self)
        self.resize(width, height)

    def stack(self, *widgets: QWidget) -> None:
        """Puts the widgets above the button; called once."""
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for widget in (*widgets, buttons):
            self.column.addWidget(widget)
        fit_to_screen(self)


class PageDialog(CloseDialog):
    """A page of text, set with `page.setHtml`."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(title, 680, 720, parent)
        self.page = QTextBrowser()
        self.page.setAccessibleName(title)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(18)
        self.stack(self.page)
