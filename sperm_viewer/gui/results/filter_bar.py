"""Filters the cells: search, class, status, flag, review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from sperm_viewer.domain.cell import Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.verdict import How
from sperm_viewer.gui.results.columns import flag_word
from sperm_viewer.gui.results.view_switch import ViewSwitch
from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.theme import Tones, quiet
from sperm_viewer.session.session import CellFilter

_TYPING_MS = 180
_DISAGREE = "disagree"
_REVIEW = (
    ("Not reviewed", False),
    ("Reviewed", True),
    ("Read singly", How.SINGLE),
    ("Read blind", How.BLIND),
    ("Accepted in bulk", How.BULK),
    ("Disagreements", _DISAGREE),
)
_ANY_FLAG = "any"
"""The entry for cells with any flag."""
_BY = "by "
"""The start of entries for the verdicts of one reviewer."""
_TEXT_FROM_WIDTH = 430
_GAP = 8
_LEAVING = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ONE_ROW = 210
"""Pixels beside the choosers for the search text and the count."""


class FilterBar(QWidget):
    """The current filter; the slide is set by another pane."""

    changed = Signal()
    left = Signal()
    """The user goes from the search to the cells."""

    def __init__(self) -> None:
        super().__init__()
        self._slide: int | None = None
        self._sample: int | None = None
        self._search = SearchField()
        self._class = _chooser("Class", "Show only cells whose first choice is this class")
        self._status = _chooser("Status", "Show only cells of this status")
        self._flag = _chooser("Flag", "Show only cells with this flag")
        self._review = _chooser("Review", "Show only cells with this review status")
        self._count = quiet(QLabel())
        _fill(self._class, "All classes", [])
        _fill(self._status, "Any status", [(status.replace("-", " "), status) for status in Status])
        _fill(self._flag, "Flagged or not", [("Flagged", _ANY_FLAG), *((flag_word(flag), flag) for flag in Flag)])
        _fill(self._review, "Reviewed or not", _REVIEW)
        self._choosers = QWidget()
        self._chooser_grid = QGridLayout(self._choosers)
        self._chooser_grid.setContentsMargins(0, 0, 0, 0)
        self._chooser_grid.setSpacing(_GAP)
        self._chooser_grid.setColumnStretch(len(self._boxes), 1)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(10, 8, 10, 8)
        self._grid.setSpacing(_GAP)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self._search, 0, 0)
        self._grid.addWidget(self._count, 0, 2)
        self.switch = ViewSwitch()
        self._grid.addWidget(self.switch, 0, 3)
        self._placed = (False, 0)
        self._place(False, len(self._boxes))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.changed)
        self._search.textChanged.connect(lambda: self._typing.start())
        self._search.left.connect(self._leave)
        for box in self._boxes:
            box.currentIndexChanged.connect(self.changed)

    @property
    def _boxes(self) -> tuple[QComboBox, ...]:
        return self._class, self._status, self._flag, self._review

    @property
    def value(self) -> CellFilter:
        flag, review = self._flag.currentData(), self._review.currentData()
        return CellFilter(
            self._slide,
            self._class.currentData(),
            self._status.currentData(),
            None if flag == _ANY_FLAG else flag,
            flag == _ANY_FLAG,
            self._search.text().strip(),
            reviewed=review if isinstance(review, bool) else None,
            disagree=review == _DISAGREE,
            how=review if isinstance(review, How) else None,
            sample=self._sample,
            reader=review.removeprefix(_BY) if isinstance(review, str) and review.startswith(_BY) else None,
        )

    @property
    def narrows(self) -> bool:
        return replace(self.value, slide=None, sample=None) != CellFilter()

    def set_slide(self, slide: int | None, sample: int | None = None) -> None:
        """Only the cells of this slide, or of all slides of this sample."""
        if (slide, sample) != (self._slide, self._sample):
            self._slide, self._sample = slide, sample
            self.changed.emit()

    def set_classes(self, classes: Sequence[str]) -> None:
        """Offers the classes of another model; a class that it doesn't have is no longer selected."""
        chosen = self._class.currentData()
        self._class.blockSignals(True)
        _fill(self._class, "All classes", [(name, name) for name in classes])
        self._class.setCurrentIndex(max(0, self._class.findData(chosen)))
        self._class.blockSignals(False)
        self._fit()

    def set_reviewers(self, reviewers: Sequence[str]) -> None:
        """Offers the verdicts of each reviewer; the selected entry stays selected."""
        chosen = self._review.currentText()
        entries = [*_REVIEW, *((_BY + name, _BY + name) for name in reviewers)]
        self._review.blockSignals(True)
        _fill(self._review, "Reviewed or not", entries)
        self._review.setCurrentIndex(max(0, self._review.findText(chosen)))
        self._review.blockSignals(False)
        self._fit()

    def show_only(self, status: Status | None = None, flagged: bool = False, reviewed: bool | None = None) -> None:
        """Replaces all filters by these; by default it shows every cell. Emits one change."""
        self._clear(status, _ANY_FLAG if flagged else None, reviewed)
        self.changed.emit()

    def forget(self) -> None:
        """Clears all filters without a signal: the caller reads the cells again."""
        self._clear(None, None, None)

    def show_count(self, count: int) -> None:
        self._count.setText(counted(count, "cell"))

    def start_search(self) -> None:
        self._search.setFocus()
        self._search.selectAll()

    def set_tones(self, tones: Tones) -> None:
        self._search.set_tones(tones)
        self.switch.set_tones(tones)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Places the choosers beside the search, in a row below it, or in two rows, so that none is cut off."""
        self.switch.show_text(self.width() >= _TEXT_FROM_WIDTH)
        in_a_row = sum(box.sizeHint().width() + _GAP for box in self._boxes)
        narrow = self.width() < in_a_row + self.switch.text_width() + _ONE_ROW
        margins = self._grid.contentsMargins()
        pairs = self.width() < in_a_row + margins.left() + margins.right()
        self._place(narrow, 2 if pairs else len(self._boxes))

    def _place(self, narrow: bool, columns: int) -> None:
        if (narrow, columns) == self._placed:
            return
        self._placed = (narrow, columns)
        for number, box in enumerate(self._boxes):
            self._chooser_grid.addWidget(box, number // columns, number % columns)
        if narrow:
            self._grid.addWidget(self._choosers, 1, 0, 1, 4)
        else:
            self._grid.addWidget(self._choosers, 0, 1)

    def _clear(self, status: Status | None, flag: str | None, reviewed: bool | None) -> None:
        self._slide = self._sample = None
        for box, wanted in zip(self._boxes, (None, status, flag, reviewed), strict=True):
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(wanted)))
            box.blockSignals(False)
        self._search.clear()
        self._typing.stop()

    def _leave(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self.changed.emit()
        self.left.emit()


class SearchField(QLineEdit):
    """Escape clears it, or leaves it if it is empty; Down and Enter leave it for the cells found."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Search file names")
        self.setAccessibleName("Search file names")
        self.setToolTip("Show only files whose name contains this text")
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(120)
        self._lens = QAction(self)
        self.addAction(self._lens, QLineEdit.ActionPosition.LeadingPosition)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Escape, *_LEAVING):
            self.left.emit()
        else:
            super().keyPressEvent(event)

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
