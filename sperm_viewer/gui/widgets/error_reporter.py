"""Errors nobody expected: to the log, and to the user in one plain dialog; the app goes on."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

_log = logging.getLogger(__name__)
LOG_FILE = "sperm-viewer.log"
_LOG_BYTES = 1_000_000
_LOG_FILES = 3


def start_log(folder: Path) -> logging.Handler | None:
    """Writes the app's log to a rotating file; None where the folder can't be written, which stops nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / LOG_FILE, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True
        )
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("sperm_viewer").addHandler(handler)
    logging.getLogger("sperm_viewer").setLevel(logging.INFO)
    return handler


class ErrorReporter(QObject):
    """Takes over what no code caught, from any thread; several errors at once become one dialog."""

    _arrived = Signal(str, str)

    def __init__(self, log_folder: Path, parent: QWidget | None = None) -> None:
        super().__init__()
        self._log_folder = log_folder
        self._parent = parent
        self._before = (sys.excepthook, threading.excepthook)
        self.dialog: ErrorDialog | None = None
        self._arrived.connect(self.show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        sys.excepthook = self._take
        threading.excepthook = self._take_from_thread

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before

    def show(self, summary: str, details: str) -> None:
        """Shows an error; a second one while the dialog is open is added to its details."""
        if self.dialog is not None:
            self.dialog.add(details)
            return
        self.dialog = ErrorDialog(summary, details, self._log_folder, self._parent)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        _log.error("unexpected", exc_info=(kind, error, trace))
        self._arrived.emit(
            "Something unexpected happened. Your results are safe: each is on disk before it is shown. You can go on.",
            "".join(traceback.format_exception(kind, error, trace)),
        )

    def _take_from_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._take(args.exc_type, args.exc_value, args.exc_traceback)

    def _closed(self) -> None:
        self.dialog = None


class ErrorDialog(QDialog):
    """Says what happened in plain words; the details are for who can mend it, one click away."""

    def __init__(self, summary: str, details: str, log_folder: Path, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Unexpected error")
        self.details = details
        text = QLabel(summary)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        where = QLabel(
            f"If it happens again, copy the details and send them to whoever looks after this app. They are also in "
            f"{log_folder / LOG_FILE}."
        )
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy_button = QPushButton("&Copy Details")
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addWidget(text)
        column.addWidget(where)
        column.addWidget(buttons)
        self.setMinimumWidth(480)

    def add(self, details: str) -> None:
        self.details += "\n" + details

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details)
        self.copy_button.setText("Copied")
