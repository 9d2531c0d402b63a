"""Teach This Microscope: what there is to teach from, what is missing, and what came of teaching."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QPushButton, QTextBrowser, QWidget

from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.teaching_task import TeachingTask
from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.gui.dialogs.guide import PageWindow
from sperm_viewer.inference.model_folders import CARD_FILE
from sperm_viewer.teaching.command import in_words
from sperm_viewer.teaching.prospect import Prospect
from sperm_viewer.teaching.teach import Taught, TeachRequest

Request = Callable[[str], TeachRequest]
"""The request to teach a model of that name."""


class TeachDialog(CloseDialog):
    taught = Signal(object)
    """The folder of a model that was made."""
    to_label = Signal(object)
    """The cells that teach most, by id, with why each is read."""

    def __init__(self, session: Path, request: Request, suggested: str, parent: QWidget | None) -> None:
        super().__init__("Teach this microscope", 640, 560, parent)
        self._request = request
        self._prospect: Prospect | None = None
        self._task = TeachingTask(self)
        self.page = QTextBrowser()
        self.page.setAccessibleName("What there is to teach from")
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(12)
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._show_card)
        self.name = QLineEdit(suggested)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.steps = QLabel()
        self.label_button = QPushButton("&Label the Cells That Teach Most")
        self.teach_button = QPushButton("&Teach")
        self.cancel_button = QPushButton("&Cancel Teaching")
        self.teach_button.setDefault(True)
        self.label_button.setAutoDefault(False)
        self.stack(self.page, self._form(), self.bar, self.steps)
        self._connect()
        self.page.setHtml("<p>Counting the labels…</p>")
        self._show_state(teaching=False)
        self._task.find(session)

    def _form(self) -> QWidget:
        form = QWidget()
        row = QHBoxLayout(form)
        row.setContentsMargins(0, 0, 0, 0)
        label = QLabel("&Name of the model")
        label.setBuddy(self.name)
        for widget in (label, self.name, self.label_button, self.teach_button, self.cancel_button):
            row.addWidget(widget)
        return form

    def _connect(self) -> None:
        self._task.found.connect(self._show_prospect)
        self._task.progressed.connect(self._show_progress)
        self._task.taught.connect(self._show_taught)
        self._task.failed.connect(self._show_failure)
        self.name.textChanged.connect(lambda: self._show_state(teaching=False))
        self.teach_button.clicked.connect(self._teach)
        self.cancel_button.clicked.connect(self._task.cancel)
        self.label_button.clicked.connect(self._ask_for_labels)

    def _show_state(self, *, teaching: bool) -> None:
        found = self._prospect
        ready = found is not None and not found.missing and bool(self.name.text().strip())
        self.teach_button.setEnabled(ready and not teaching)
        self.teach_button.setVisible(not teaching)
        self.cancel_button.setVisible(teaching)
        self.label_button.setEnabled(not teaching and found is not None and bool(found.to_label))
        self.name.setEnabled(not teaching)
        self.bar.setVisible(teaching)
        self.steps.setVisible(teaching)

    def _show_prospect(self, found: Prospect) -> None:
        self._prospect = found
        self.page.setHtml(prospect_html(found))
        self._show_state(teaching=False)

    def _teach(self) -> None:
        self._show_state(teaching=True)
        self.bar.setRange(0, 0)
        self._task.teach(self._request(self.name.text().strip()))

    def _show_progress(self, words: str, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.steps.setText(f"{words}: {done:,} of {total:,}")

    def _show_taught(self, found: Taught | None) -> None:
        self._show_state(teaching=False)
        if found is None:
            self.page.append("<p>Cancelled. Nothing was made.</p>")
            return
        self.page.setHtml(taught_html(found))
        if found.teachable:
            self.taught.emit(found.folder)

    def _show_failure(self, text: str) -> None:
        self._show_state(teaching=False)
        self.page.setHtml(f"<p>{html.escape(text)}</p>")

    def _ask_for_labels(self) -> None:
        if self._prospect:
            self.to_label.emit(self._prospect.to_label)
            self.accept()

    def _show_card(self, url: QUrl) -> None:
        card = Path(url.toLocalFile())
        PageWindow(f"Model card of {card.parent.name}", card, self).show()

    def done(self, result: int) -> None:
        self._task.close()
        super().done(result)


def prospect_html(found: Prospect) -> str:
    """What there is, what is missing, and what to know of labels. Class names are escaped: anyone can write them."""
    rows = "".join(
        f'<tr><td style="padding: 2px 16px 2px 0">{html.escape(name)}</td><td align="right">{count:,}</td></tr>'
        for name, count in found.of_class.items()
    )
    parts = [
        f"<p><b>{counted(found.labels, 'label')} of {counted(found.slides, 'slide')}.</b></p><table>{rows}</table>",
        f"<p>{html.escape(' '.join(found.missing))}</p>" if found.missing else "<p>Enough to teach from.</p>",
    ]
    if found.left_out:
        parts.append(
            f"<p>{counted(found.left_out, 'verdict')} won't be used: accepted in bulk, or contradicted by another "
            "reader.</p>"
        )
    if found.open_eyed:
        parts.append(
            f"<p>{counted(found.open_eyed, 'label was', 'labels were')} given beside the model's answer, and such "
            "labels lean towards it. For blind ones use Review &gt; Blind or Further Reading.</p>"
        )
    if found.to_label:
        parts.append(
            f"<p>{counted(len(found.to_label), 'cell')} would teach most: half of them uncertain, half at random, "
            "spread over the slides.</p>"
        )
    return "".join(parts)


def taught_html(found: Taught) -> str:
    """What came of teaching, with a link to the model's card if one was made."""
    text = "".join(f"<p>{html.escape(line)}</p>" for line in in_words(found))
    if not found.teachable:
        return text
    card = QUrl.fromLocalFile(str(found.folder / CARD_FILE)).toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return (
        f"{text}<p>It is in the list of models now.</p>"
        f'<p><a href="{html.escape(card)}">Model card: what it was taught from, and how good it is</a></p>'
    )
