"""The status bar: progress on the left, reviewer, model and device on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from sperm_viewer.domain.progress import Progress, counted, describe_progress
from sperm_viewer.gui.background.runner import State
from sperm_viewer.gui.widgets.elided import elided
from sperm_viewer.gui.widgets.elided_label import ElidedLabel
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.session.session import SlideCounts

_MESSAGE_MS = 4000
_REVIEWER_WIDTH = 190
"""Pixels that the reviewer's name may take."""


class StatusLine(QStatusBar):
    """`148 of 200 · 93 crops/s · 1 s left · 1 file failed (show)`."""

    failed_wanted = Signal()
    reviewer_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(120, 6)
        self._bar.setAccessibleName("Progress")
        self._text = ElidedLabel()
        self._failed = QPushButton()
        self._failed.setFlat(True)
        self._failed.setToolTip("Show the files that failed, with the reasons")
        self.reviewer = QPushButton()
        self.reviewer.setFlat(True)
        self.reviewer.setToolTip("The reviewer, whose name is stored with every verdict. Click to change it")
        self._model = quiet(QLabel())
        self._model.setTextFormat(Qt.TextFormat.PlainText)
        self._model.setContentsMargins(0, 0, 8, 0)
        # In one widget, which a brief message hides: a part that appears meanwhile must not cover the message.
        lasting = QWidget()
        parts = QHBoxLayout(lasting)
        parts.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self._bar, 0), (self._text, 1), (self._failed, 0)):
            parts.addWidget(widget, stretch)
        self.addWidget(lasting, 1)
        self.addPermanentWidget(self.reviewer)
        self.addPermanentWidget(self._model)
        self.setContentsMargins(8, 2, 0, 2)
        self._failed.clicked.connect(self.failed_wanted)
        self.reviewer.clicked.connect(self.reviewer_wanted)
        self.messageChanged.connect(self._on_message)
        self._reviewer_shown = False
        self.reviewer.hide()
        self._bar.hide()
        self._failed.hide()

    @property
    def text(self) -> str:
        return self._text.whole

    def show_text(self, text: str) -> None:
        self._text.show_text(text)

    def show_counts(self, total: SlideCounts) -> None:
        """`All 200 done · 12 reviewed`, while nothing is being scored."""
        remaining = total.crops - total.done
        text = f"{total.done:,} of {total.crops:,} scored" if remaining else f"All {total.crops:,} done"
        text += f" · {total.reviewed:,} reviewed" if total.reviewed else ""
        self.show_text(text if total.crops else "")

    def show_progress(self, progress: Progress, state: State) -> None:
        """Shows what the run is doing: `Starting` until the first crop is done, since loading a model takes time."""
        text = describe_progress(progress)
        if state is State.PAUSED:
            text = f"Paused · {progress.done:,} of {progress.total:,}"
        elif state is State.STOPPING:
            text = "Stopping…"
        elif state is State.STORING:
            text = "Reading the slides…"
        elif state is State.SCORING and progress.done == 0:
            text = f"Starting · {progress.total:,} to score" if progress.total else "Starting…"
        self._text.show_text(text)
        self._bar.setRange(0, progress.total if progress.done or not progress.total else 0)
        self._bar.setValue(progress.done)

    def show_busy(self, busy: bool) -> None:
        self._bar.setRange(0, 0)
        self._bar.setVisible(busy)

    def show_failed(self, count: int) -> None:
        self._failed.setVisible(count > 0)
        self._failed.setText(f"{counted(count, 'file')} failed (show)")

    def show_reviewer(self, name: str, *, read_only: bool, shown: bool) -> None:
        """Shows the reviewer's name; visible while a session is open."""
        text = f"Reviewer: {name}" if name else "No reviewer yet"
        short = elided(text, self.reviewer.fontMetrics(), _REVIEWER_WIDTH)
        self.reviewer.setText("Read-only" if read_only else short.replace("&", "&&"))
        self.reviewer.setAccessibleName("Read-only" if read_only else text)
        self.reviewer.setEnabled(not read_only)
        self._reviewer_shown = shown
        self._show_right(not self.currentMessage() or self._model.isVisible())

    def show_blind_reading(self) -> None:
        """Hides everything about the cells while a blind reading begins; the reviewer can't be changed."""
        self.clearMessage()
        self.show_text("")
        self.show_failed(0)
        self.reviewer.setEnabled(False)

    def show_briefly(self, text: str) -> None:
        """Covers everything on the left for a few seconds, and all of the bar if it is too long for that.

        A text that is too long even then loses its middle.
        """
        beside = self._model.width() + (self.reviewer.width() if self._reviewer_shown else 0)
        needed, margin = self.fontMetrics().horizontalAdvance(text), 4 * self.fontMetrics().horizontalAdvance("m")
        self._show_right(needed <= self.width() - beside - margin)
        self.showMessage(elided(text, self.fontMetrics(), self.width() - margin), _MESSAGE_MS)
        self.setToolTip(plain_tip(text))

    def _show_right(self, shown: bool) -> None:
        self._model.setVisible(shown)
        self.reviewer.setVisible(shown and self._reviewer_shown)

    def _on_message(self, text: str) -> None:
        if not text:
            self.setToolTip("")
            self._show_right(True)

    def show_model(self, text: str) -> None:
        self._model.setText(text)
