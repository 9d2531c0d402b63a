"""The line at the bottom: how far scoring is on the left, what it is done with on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar

from sperm_viewer.domain.progress import Progress, counted, in_words
from sperm_viewer.gui.background.runner import State
from sperm_viewer.gui.widgets.theme import quiet

_BRIEFLY_MS = 4000


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
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._failed = QPushButton()
        self._failed.setFlat(True)
        self._failed.setToolTip("Show the files that failed, each with its reason")
        self.reviewer = QPushButton()
        self.reviewer.setFlat(True)
        self.reviewer.setToolTip("Who reviews: the name goes with every verdict. Click to change it")
        self._with = quiet(QLabel())
        self._with.setTextFormat(Qt.TextFormat.PlainText)
        self._with.setContentsMargins(0, 0, 8, 0)
        for widget in (self._bar, self._words, self._failed):
            self.addWidget(widget)
        self.addPermanentWidget(self.reviewer)
        self.addPermanentWidget(self._with)
        self.setContentsMargins(8, 2, 0, 2)
        self._failed.clicked.connect(self.failed_wanted)
        self.reviewer.clicked.connect(self.reviewer_wanted)
        self.reviewer.hide()
        self._bar.hide()
        self._failed.hide()

    @property
    def text(self) -> str:
        return self._words.text()

    def say(self, text: str) -> None:
        self._words.setText(text)

    def show_progress(self, progress: Progress, state: State) -> None:
        """What is under way; `starting` until the first crop is done, as loading a model takes a moment."""
        words = in_words(progress)
        if state is State.PAUSED:
            words = f"Paused · {progress.done:,} of {progress.total:,}"
        elif state is State.STOPPING:
            words = "Stopping…"
        elif state is State.STORING:
            words = "Reading the slides…"
        elif state is State.SCORING and progress.done == 0:
            words = f"Starting · {progress.total:,} to score" if progress.total else "Starting…"
        self._words.setText(words)
        self._bar.setRange(0, progress.total if progress.done or not progress.total else 0)
        self._bar.setValue(progress.done)

    def show_busy(self, busy: bool) -> None:
        self._bar.setRange(0, 0)
        self._bar.setVisible(busy)

    def show_failed(self, count: int) -> None:
        self._failed.setVisible(count > 0)
        self._failed.setText(f"{counted(count, 'file')} failed (show)")

    def show_reviewer(self, name: str, *, read_only: bool, shown: bool) -> None:
        """Who reviews, always in sight while a session is open."""
        words = f"Reviewer: {name}" if name else "No reviewer yet"
        self.reviewer.setText("Read-only" if read_only else words.replace("&", "&&"))
        self.reviewer.setEnabled(not read_only)
        self.reviewer.setVisible(shown)

    def hide_counts(self) -> None:
        """Says nothing of the cells."""
        self.clearMessage()
        self.say("")
        self.show_failed(0)

    def say_briefly(self, text: str) -> None:
        """In place of everything on the left, for a moment."""
        self.showMessage(text, _BRIEFLY_MS)

    def show_with(self, text: str) -> None:
        self._with.setText(text)
