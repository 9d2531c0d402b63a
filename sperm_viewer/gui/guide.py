"""Pages to read beside the work: Help > Guide, the same page that a browser shows, and the cards of models."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from sperm_viewer import paths
from sperm_viewer.gui.on_screen import fit_to_screen


class _Page(QTextBrowser):
    """Qt scales pictures on a page without smoothing, so they come in the size that they are shown at."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Pictures are stored at twice that size."""
        found = super().loadResource(kind, name)
        if kind == QTextDocument.ResourceType.ImageResource.value and isinstance(found, QByteArray):
            image = QImage.fromData(found)
            width = round(image.width() / 2 * self.devicePixelRatioF())
            return image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        return found


class PageWindow(QDialog):
    """Shows a file in HTML or Markdown. Not modal: it may stay open beside the work."""

    def __init__(self, title: str, file: Path, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.page = _Page()
        self.page.setAccessibleName(title)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        # A card's links lead to tables that the installed app leaves out.
        self.page.setOpenLinks(False)
        self.page.setSource(QUrl.fromLocalFile(str(file)))
        self.page.document().setDocumentMargin(24)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.page)
        column.addWidget(buttons)
        self.resize(800, 820)
        fit_to_screen(self)


def open_guide(parent: QWidget) -> None:
    PageWindow("Guide", paths.resources() / "guide" / "guide.html", parent).show()
