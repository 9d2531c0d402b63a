"""Compares a site model with the model in use on a locked set, and says what was decided."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QProgressBar, QPushButton, QTextBrowser, QWidget

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.teaching.command import comparison_in_words
from sperm_viewer.teaching.compare import Compared, compare, take_back

_BEFORE = (
    "<p>A locked set is a session of cells from whole slides that were read blind, and that nothing was taught from: a "
    "hundred at least, of two slides. Every comparison is one look at it, and the third one retires it.</p>"
    "<p>The site model takes the place of the other one if it keeps and answers more cells rightly, no class is worse, "
    "and its confidence holds as well.</p>"
)


@dataclass(frozen=True, slots=True)
class Comparing:
    """What can be compared: `sites` with `in_use`. `choose_set` asks for the session, `name` for the reader's name."""

    sites: Sequence[ModelFolder]
    in_use: ModelFolder
    choose_set: Callable[[], Path | None]
    name: Callable[[], str]


class CompareDialog(CloseDialog):
    put_into_use = Signal(str)
    """The name of the model that new sessions begin with from now on."""

    def __init__(self, comparing: Comparing, parent: QWidget | None) -> None:
        super().__init__("Compare a site model", 640, 520, parent)
        self._comparing = comparing
        self._tasks = Tasks(1, self)
        self.page = QTextBrowser()
        self.page.setAccessibleName("What the comparison came to")
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(12)
        self.page.setHtml(_BEFORE)
        self.models = QComboBox()
        self.models.addItems([site.spec.name for site in comparing.sites])
        self.compare_button = QPushButton("&Compare on a Locked Set…")
        self.back_button = QPushButton("&Take Back")
        self.back_button.setToolTip("Put the model into use again that the last site model replaced")
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.compare_button.clicked.connect(self._compare)
        self.back_button.clicked.connect(self._take_back)
        self.compare_button.setEnabled(bool(comparing.sites))
        self.stack(self.page, self._form(), self.bar)

    def _form(self) -> QWidget:
        form = QWidget()
        row = QHBoxLayout(form)
        row.setContentsMargins(0, 0, 0, 0)
        label = QLabel(f"&Site model, over {self._comparing.in_use.spec.name}")
        label.setBuddy(self.models)
        for widget in (label, self.models, self.compare_button, self.back_button):
            row.addWidget(widget)
        return form

    def _compare(self) -> None:
        chosen, who = self._comparing.choose_set(), self._comparing.name()
        if chosen is None or not who:
            return
        site = self._comparing.sites[self.models.currentIndex()]
        self._show_busy(True)
        work = partial(compare, site, self._comparing.in_use, [chosen], who)
        self._tasks.start(work, partial(self._show, site.spec.name), self._fail)

    def _show(self, site: str, found: Compared) -> None:
        self._show_busy(False)
        decided = f"{site} is in use now." if found.decision.promoted else f"{site} stays a candidate."
        lines = [decided, *comparison_in_words(found, self._comparing.in_use.spec.name, site)]
        self.page.setHtml("".join(f"<p>{html.escape(line)}</p>" for line in lines))
        if found.decision.promoted:
            self.put_into_use.emit(site)

    def _take_back(self) -> None:
        who = self._comparing.name()
        if who:
            self._tasks.start(partial(take_back, who), self._show_taken_back, self._fail)

    def _show_taken_back(self, name: str) -> None:
        self.page.setHtml(f"<p>{html.escape(name)} is in use again.</p>")
        self.put_into_use.emit(name)

    def _fail(self, error: Exception) -> None:
        self._show_busy(False)
        if not isinstance(error, SpermViewerError):
            raise error
        self.page.setHtml(f"<p>{html.escape(str(error))}</p>")

    def _show_busy(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.compare_button.setEnabled(not busy)
        self.back_button.setEnabled(not busy)

    def done(self, result: int) -> None:
        self._tasks.close()
        super().done(result)
