"""Which cells to show: search, class, status, flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from sperm_viewer.core.session import CellFilter
from sperm_viewer.core.types import Flag, Status
from sperm_viewer.gui.icons import tinted
from sperm_viewer.gui.progress import counted
from sperm_viewer.gui.results.columns import flag_word
from sperm_viewer.gui.theme import Tones, quiet

_TYPING_MS = 180


class FilterBar(QWidget):
    """Says which filter holds; the slide is set from outside."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._slide: str | None = None
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search file names")
        self._search.setAccessibleName("Search file names")
        self._search.setToolTip("Show only files whose name holds this text (Ctrl+F)")
        self._search.setClearButtonEnabled(True)
        self._lens = QAction(self)
        self._search.addAction(self._lens, QLineEdit.ActionPosition.LeadingPosition)
        self._class = _chooser("Class", "Show only cells whose first choice is this class")
        self._status = _chooser("Status", "Show only scored, referred or failed cells")
        self._flag = _chooser("Flag", "Show only cells with this flag")
        self._count = quiet(QLabel())
        _fill(self._class, "All classes", [])
        _fill(self._status, "Any status", [(str(status), status) for status in Status])
        _fill(self._flag, "Any flag", [(flag_word(flag), flag) for flag in Flag])
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(8)
        row.addWidget(self._search, 1)
        for widget in (self._class, self._status, self._flag, self._count):
            row.addWidget(widget)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.changed)
        self._search.textChanged.connect(lambda: self._typing.start())
        for box in (self._class, self._status, self._flag):
            box.currentIndexChanged.connect(self.changed)

    @property
    def value(self) -> CellFilter:
        return CellFilter(
            self._slide,
            self._class.currentData(),
            self._status.currentData(),
            self._flag.currentData(),
            self._search.text().strip(),
        )

    @property
    def narrows(self) -> bool:
        return replace(self.value, slide=None) != CellFilter()

    def set_slide(self, slide: str | None) -> None:
        if slide != self._slide:
            self._slide = slide
            self.changed.emit()

    def set_classes(self, classes: Sequence[str]) -> None:
        """The classes of another model; a class that it doesn't know is not asked for any more."""
        chosen = self._class.currentData()
        self._class.blockSignals(True)
        _fill(self._class, "All classes", [(name, name) for name in classes])
        self._class.setCurrentIndex(max(0, self._class.findData(chosen)))
        self._class.blockSignals(False)

    def show_status(self, status: Status | None) -> None:
        self._status.setCurrentIndex(max(0, self._status.findData(status)))

    def show_count(self, count: int) -> None:
        self._count.setText(counted(count, "cell"))

    def clear(self) -> None:
        """Takes every filter off but the slide."""
        boxes = (self._class, self._status, self._flag)
        for box in boxes:
            box.blockSignals(True)
            box.setCurrentIndex(0)
            box.blockSignals(False)
        self._search.clear()
        self._typing.stop()
        self.changed.emit()

    def start_search(self) -> None:
        self._search.setFocus()
        self._search.selectAll()

    def set_tones(self, tones: Tones) -> None:
        self._lens.setIcon(tinted("search", tones))


def _chooser(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _fill(box: QComboBox, everything: str, entries: Sequence[tuple[str, Any]]) -> None:
    box.clear()
    box.addItem(everything, None)
    for text, value in entries:
        box.addItem(text, value)
