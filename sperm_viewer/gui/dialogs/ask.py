"""All questions that the window asks, behind one interface, so that a test can answer them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel, QMessageBox, QPushButton, QWidget

from sperm_viewer.gui.dialogs.reader_dialog import ReviewerDialog
from sperm_viewer.reports.pdf.papers import PAPERS
from sperm_viewer.reports.request import Paper

_IMAGES = "Images (*.png *.jpg *.jpeg *.bmp *.webp *.tif *.tiff);;All files (*)"
_WIDE = 380
"""Pixels; with icon and margins, a box is about 460 wide."""
_SESSIONS = "Sperm Viewer sessions (*.spermview)"


class Ask(Protocol):
    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        """True if the user chose `yes`."""
        ...

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: SignalInstance) -> bool:
        """Like `confirm`, but Enter means `no`, and so does the signal `over`: the run has ended by itself."""
        ...

    def tell(self, title: str, text: str) -> None: ...

    def folder(self, title: str, start: Path) -> Path | None: ...

    def images(self, title: str, start: Path) -> Sequence[Path]: ...

    def session(self, title: str, start: Path) -> Path | None: ...

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        """Returns a file to write, with the suffix of one of `kinds` (`PDF (*.pdf);;CSV (*.csv)`)."""
        ...

    def choose(self, title: str, label: str, choices: Sequence[str], current: str) -> str:
        """Returns one of `choices`, `current` at first; empty if the user dismissed the question."""
        ...

    def printer(self, paper: Paper) -> QPrinter | None:
        """Returns the printer to print on, its origin the corner of the paper, `paper` at first."""
        ...

    def reviewer(self, recent: Sequence[str]) -> str:
        """Returns the reviewer's name; empty if the user dismissed the question."""
        ...


class LateAsk:
    """Forwards to the real `Ask`, which needs the window and so is made after the objects that ask."""

    def __init__(self) -> None:
        self._real: Ask | None = None

    def become(self, real: Ask) -> None:
        self._real = real

    @property
    def _asked(self) -> Ask:
        if self._real is None:
            raise RuntimeError("asked before there was a window")
        return self._real

    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        return self._asked.confirm(title, text, yes, no)

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: SignalInstance) -> bool:
        return self._asked.confirm_stop(title, text, yes, no, over)

    def tell(self, title: str, text: str) -> None:
        self._asked.tell(title, text)

    def folder(self, title: str, start: Path) -> Path | None:
        return self._asked.folder(title, start)

    def images(self, title: str, start: Path) -> Sequence[Path]:
        return self._asked.images(title, start)

    def session(self, title: str, start: Path) -> Path | None:
        return self._asked.session(title, start)

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        return self._asked.save(title, suggested, kinds)

    def choose(self, title: str, label: str, choices: Sequence[str], current: str) -> str:
        return self._asked.choose(title, label, choices, current)

    def printer(self, paper: Paper) -> QPrinter | None:
        return self._asked.printer(paper)

    def reviewer(self, recent: Sequence[str]) -> str:
        return self._asked.reviewer(recent)


class DialogAsk:
    """Asks with dialogs over the window."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        box, agree, _ = _question(self._parent, title, text, yes, no)
        box.setDefaultButton(agree)
        box.exec()
        return box.clickedButton() is agree

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: SignalInstance) -> bool:
        box, agree, decline = _question(self._parent, title, text, yes, no)
        box.setDefaultButton(decline)
        over.connect(box.reject)
        box.exec()
        over.disconnect(box.reject)
        return box.clickedButton() is agree

    def tell(self, title: str, text: str) -> None:
        box = _box(self._parent, title, text, QMessageBox.Icon.Warning)
        box.addButton(QMessageBox.StandardButton.Ok)
        box.exec()

    def folder(self, title: str, start: Path) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self._parent, title, str(start))
        return Path(chosen) if chosen else None

    def images(self, title: str, start: Path) -> Sequence[Path]:
        chosen, _ = QFileDialog.getOpenFileNames(self._parent, title, str(start), _IMAGES)
        return [Path(file) for file in chosen]

    def session(self, title: str, start: Path) -> Path | None:
        chosen, _ = QFileDialog.getOpenFileName(self._parent, title, str(start), _SESSIONS)
        return Path(chosen) if chosen else None

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        chosen, kind = QFileDialog.getSaveFileName(self._parent, title, str(suggested), kinds)
        if not chosen:
            return None
        suffixes = [_suffix(each) for each in kinds.split(";;")]
        if chosen.lower().endswith(tuple(suffixes)):
            return Path(chosen)
        # Not every system's dialog adds the suffix before it asks whether to replace the file.
        named = Path(chosen + (_suffix(kind) if kind else suffixes[0]))
        text = f"{named} already exists."
        return None if named.exists() and not self.confirm("Replace this file?", text, "Replace", "Keep") else named

    def choose(self, title: str, label: str, choices: Sequence[str], current: str) -> str:
        at = choices.index(current) if current in choices else 0
        chosen, agreed = QInputDialog.getItem(self._parent, title, label, list(choices), at, editable=False)
        return chosen if agreed else ""

    def printer(self, paper: Paper) -> QPrinter | None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setFullPage(True)
        printer.setPageSize(QPageSize(PAPERS[paper]))
        return printer if QPrintDialog(printer, self._parent).exec() else None

    def reviewer(self, recent: Sequence[str]) -> str:
        dialog = ReviewerDialog(recent, self._parent)
        chosen = dialog.name if dialog.exec() else ""
        dialog.deleteLater()
        return chosen


def _suffix(kind: str) -> str:
    """`.pdf` of `PDF (*.pdf)`."""
    return kind.rpartition("*")[2].rstrip(")").lower()


def _question(
    parent: QWidget, title: str, text: str, yes: str, no: str
) -> tuple[QMessageBox, QPushButton, QPushButton]:
    """Returns the box and its buttons for yes and no; Escape means no."""
    box = _box(parent, title, text, QMessageBox.Icon.Question)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    decline = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setEscapeButton(decline)
    return box, agree, decline


def _box(parent: QWidget, title: str, text: str, icon: QMessageBox.Icon) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(icon)
    box.setWindowTitle(title)
    # File names may look like markup.
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
        if label.objectName() in ("qt_msgbox_label", "qt_msgbox_informativelabel"):
            # Qt's own width is so narrow that the title is cut off, and a message box can't be resized.
            label.setMinimumWidth(_WIDE)
    return box
