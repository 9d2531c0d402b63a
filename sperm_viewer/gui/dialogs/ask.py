"""Every question the window asks, in one place, so that a test can answer in the user's stead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QPushButton, QWidget

from sperm_viewer.gui.dialogs.reader_dialog import ReviewerDialog

_IMAGES = "Images (*.png *.jpg *.jpeg *.bmp *.webp *.tif *.tiff);;All files (*)"
_WIDE = 380
"""Pixels: with the icon and the margins beside it, a box is about 460 wide."""
_SESSIONS = "Sperm Viewer sessions (*.spermview)"


class Ask(Protocol):
    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        """True where the user chose `yes`."""
        ...

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: SignalInstance) -> bool:
        """Like `confirm`, but Enter is `no`, and so is `over`: what would have been stopped has ended by itself."""
        ...

    def tell(self, title: str, text: str) -> None: ...

    def folder(self, title: str, start: Path) -> Path | None: ...

    def images(self, title: str, start: Path) -> Sequence[Path]: ...

    def session(self, title: str, start: Path) -> Path | None: ...

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        """A file to write; its name ends as one of `kinds` does (`PDF (*.pdf);;CSV (*.csv)`)."""
        ...

    def reviewer(self, recent: Sequence[str]) -> str:
        """Who reviews; empty where the user left the question."""
        ...


class LateAsk:
    """Stands in until there is a window to ask over, so that what needs answers can be built before it."""

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

    def reviewer(self, recent: Sequence[str]) -> str:
        return self._asked.reviewer(recent)


class DialogAsk:
    """Asks in dialogs over the window."""

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
        endings = [_ending(each) for each in kinds.split(";;")]
        if chosen.lower().endswith(tuple(endings)):
            return Path(chosen)
        # Not every system's dialog adds the ending, and the name without it was the one asked about.
        named = Path(chosen + (_ending(kind) if kind else endings[0]))
        text = f"{named} is there already."
        return None if named.exists() and not self.confirm("Replace this file?", text, "Replace", "Keep") else named

    def reviewer(self, recent: Sequence[str]) -> str:
        dialog = ReviewerDialog(recent, self._parent)
        chosen = dialog.name if dialog.exec() else ""
        dialog.deleteLater()
        return chosen


def _ending(kind: str) -> str:
    """`.pdf` of `PDF (*.pdf)`."""
    return kind.rpartition("*")[2].rstrip(")").lower()


def _question(
    parent: QWidget, title: str, text: str, yes: str, no: str
) -> tuple[QMessageBox, QPushButton, QPushButton]:
    """The box, and its buttons for yes and no; Escape is no."""
    box = _box(parent, title, text, QMessageBox.Icon.Question)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    decline = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setEscapeButton(decline)
    return box, agree, decline


def _box(parent: QWidget, title: str, text: str, icon: QMessageBox.Icon) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(icon)
    box.setWindowTitle(title)
    # Names of files are the user's; none of them is markup.
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
        if label.objectName() in ("qt_msgbox_label", "qt_msgbox_informativelabel"):
            # A box takes no size of its own, and Qt's is so narrow that the title is cut.
            label.setMinimumWidth(_WIDE)
    return box
