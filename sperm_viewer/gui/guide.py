"""Help > Guide: `resources/guide/guide.html`, the same page that a browser shows."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from sperm_viewer import paths
from sperm_viewer.gui.on_screen import fit_to_screen


class GuideWindow(QDialog):
    """Not modal: it may stay open beside the work."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Guide")
        self.page = QTextBrowser()
        self.page.setAccessibleName("Guide")
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(18)
        self.page.setSource(QUrl.fromLocalFile(str(paths.resources() / "guide" / "guide.html")))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.page)
        column.addWidget(buttons)
        self.resize(720, 760)
        fit_to_screen(self)
