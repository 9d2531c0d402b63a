"""A window that takes files and folders dropped anywhere on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow


class FileDropWindow(QMainWindow):
    def takes_files(self) -> bool:
        """Whether files may be dropped now."""
        raise NotImplementedError

    def highlight(self, on: bool) -> None:
        """Shows that files can be dropped here."""
        raise NotImplementedError

    def open_files(self, files: Sequence[Path]) -> None:
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self.takes_files():
            event.acceptProposedAction()
            self.highlight(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.highlight(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.highlight(False)
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.open_files(files)
