"""Quality control: the charts of the control slides; add a run, save the charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sperm_viewer.gui.background.control_pages import ControlPages
from sperm_viewer.gui.background.report_pages import PreviewPage
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.report.pages_view import PagesView
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.theme import quiet

_EMPTY = (
    "No control run yet. Photograph a control slide anew each day, score its images, open that session and add it as a "
    "run. From 20 runs on, limits are drawn and Westgard's rules say when microscope, stain or reader have changed."
)
_DRAWING = "Drawing the charts…"


class ControlDialog(QDialog):
    """`add` begins to add the open session as a run and returns whether it did; None if no session is open."""

    def __init__(
        self,
        pages: ControlPages,
        laboratory: str,
        add: Callable[[], bool] | None,
        suggested: Path,
        ask: Ask,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Quality Control")
        self._pages, self._laboratory, self._suggested, self._ask = pages, laboratory, suggested, ask
        self.preview = PagesView("Control charts")
        self.explanation = QLabel(_EMPTY)
        self.status = quiet(QLabel(_DRAWING))
        self.add_button, self.save_button = QPushButton("&Add This Session as a Run"), QPushButton("Sa&ve…")
        self.add_button.setToolTip("Its slides are control slides, photographed anew")
        self.add_button.setEnabled(add is not None)
        self.save_button.setEnabled(False)
        self._build()
        if add:
            self.add_button.clicked.connect(lambda: self._tell("Measuring the control slides…") if add() else None)
        self.save_button.clicked.connect(self._save)
        pages.drawn.connect(self._show)
        pages.done.connect(self._after)
        pages.failed.connect(self._tell)
        pages.show(laboratory)

    def _build(self) -> None:
        close = QPushButton("Close")
        close.clicked.connect(self.reject)
        for label in (self.explanation, self.status):
            label.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.status, 1)
        for button in (self.add_button, self.save_button, close):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.explanation)
        column.addWidget(self.preview, 1)
        column.addLayout(row)
        self.explanation.hide()
        self.resize(820, 760)
        fit_to_screen(self)

    def _show(self, drawn: Sequence[PreviewPage]) -> None:
        self.preview.clear()
        for page in drawn:
            self.preview.put(page)
        self.preview.setVisible(bool(drawn))
        self.explanation.setVisible(not drawn)
        self.save_button.setEnabled(bool(drawn))
        if self.status.text() == _DRAWING:
            self._tell("")

    def _after(self, words: str) -> None:
        self._tell(words)
        self._pages.show(self._laboratory)

    def _tell(self, words: str) -> None:
        self.status.setText(words)

    def _save(self) -> None:
        out = self._ask.save("Save the control charts", self._suggested, "PDF (*.pdf);;Table (*.csv)")
        if out:
            self._pages.save(out, self._laboratory)
