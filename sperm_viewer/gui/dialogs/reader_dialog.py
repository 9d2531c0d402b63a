"""Asks for the reviewer's name, typed or chosen from recent ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from sperm_viewer.gui.widgets.theme import quiet

_LONGEST = 60


class ReviewerDialog(QDialog):
    def __init__(self, recent: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Who reviews?")
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.addItems(list(recent))
        self.box.setAccessibleName("Reviewer")
        self.box.setMinimumWidth(320)
        field = self.box.lineEdit()
        if field is not None:
            field.setMaxLength(_LONGEST)
            field.setPlaceholderText("Name or initials")
            field.selectAll()
            # An editable box keeps the Enter key from the dialog.
            field.returnPressed.connect(self._accept_named)
        label = QLabel("&Reviewer")
        label.setBuddy(self.box)
        note = quiet(QLabel("The name is stored with every verdict from now on. It is not a signature."))
        note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        for widget in (label, self.box, note, buttons):
            column.addWidget(widget)
        self.box.editTextChanged.connect(self._check)
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self._check()

    @property
    def name(self) -> str:
        return " ".join(self.box.currentText().split())

    def _accept_named(self) -> None:
        if self.name:
            self.accept()

    def _check(self) -> None:
        self._ok.setEnabled(bool(self.name))
