"""Shows pages beside the main window: the guide and model cards."""

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
    """Scales images smoothly to the size at which they are shown; Qt would not smooth them."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Image files have twice the shown size. Links of a model card are removed: their targets aren't installed."""
        found = super().loadResource(kind, name)
        if kind == QTextDocument.ResourceType.MarkdownResource.value and isinstance(found, QByteArray):
            return QByteArray(_LINK.sub(rb"\1", found.data()))
        if kind == QTextDocument.ResourceType.ImageResource.value and isinstance(found, QByteArray):
            image = QImage.fromData(found)
            width = round(image.width() / 2 * self.devicePixelRatioF())
            return image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        return found


class PageWindow(CloseDialog):
    """Shows an HTML or Markdown file. It isn't modal and can stay open."""

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
