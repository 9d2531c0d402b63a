"""Pages to read beside the work: Help > Guide, the same page that a browser shows, and the cards of models."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.system import paths

_LINK = re.compile(rb"(?<!!)\[([^\]]+)\]\([^)]*\)")


class _Page(QTextBrowser):
    """Qt scales pictures on a page without smoothing, so they come in the size that they are shown at."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Pictures are stored at twice that size. A card's links lead to tables that the installed app leaves out."""
        found = super().loadResource(kind, name)
        if kind == QTextDocument.ResourceType.MarkdownResource.value and isinstance(found, QByteArray):
            return QByteArray(_LINK.sub(rb"\1", found.data()))
        if kind == QTextDocument.ResourceType.ImageResource.value and isinstance(found, QByteArray):
            image = QImage.fromData(found)
            width = round(image.width() / 2 * self.devicePixelRatioF())
            return image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        return found


class PageWindow(CloseDialog):
    """Shows a file in HTML or Markdown. Not modal: it may stay open beside the work."""

    def __init__(self, title: str, file: Path, parent: QWidget | None) -> None:
        super().__init__(title, 800, 820, parent)
        self.page = _Page()
        self.page.setAccessibleName(title)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.setOpenLinks(False)
        self.page.setSource(QUrl.fromLocalFile(str(file)))
        self.page.document().setDocumentMargin(24)
        self.stack(self.page)


def open_guide(parent: QWidget) -> None:
    PageWindow("Guide", paths.resources() / "guide" / "guide.html", parent).show()
