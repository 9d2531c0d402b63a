"""Help > Save Support Bundle: everything that would be written is shown first, and can be changed; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from sperm_viewer.gui.widgets.on_screen import fit_to_screen

_DESCRIPTION_LINES = 4


class SupportDialog(QDialog):
    """`save` gets the text when the user wants it written, and returns whether it was."""

    def __init__(self, gathered: str, save: Callable[[str], bool], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Save support bundle")
        self._save = save
        self.description = QPlainTextEdit()
        self.description.setPlaceholderText("What did you do, what did you expect, and what happened instead?")
        self.description.setTabChangesFocus(True)
        line = self.description.fontMetrics().lineSpacing()
        self.description.setFixedHeight(_DESCRIPTION_LINES * line + 2 * line)
        self.gathered = QPlainTextEdit(gathered)
        self.gathered.setTabChangesFocus(True)
        self.gathered.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = QPushButton("&Save…")
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self._save_it)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        for label, field in (
            ("&What happened:", self.description),
            (
                "&This is written below it. Names of files are replaced by hashes. Take out whatever should stay here.",
                self.gathered,
            ),
        ):
            text = QLabel(label)
            text.setWordWrap(True)
            text.setBuddy(field)
            column.addWidget(text)
            column.addWidget(field)
        sent = QLabel("It becomes one text file, where you choose. Nothing is sent anywhere.")
        sent.setWordWrap(True)
        column.addWidget(sent)
        column.addWidget(buttons)
        self.resize(760, 620)
        fit_to_screen(self)
        self.description.setFocus()

    def text(self) -> str:
        """What is written: just what the dialog shows."""
        return f"== What happened ==\n{self.description.toPlainText().strip()}\n\n{self.gathered.toPlainText()}"

    def _save_it(self) -> None:
        if self._save(self.text()):
            self.accept()
