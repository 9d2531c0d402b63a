"""Sample Details: when a sample was collected and received, and who requested the analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from sperm_viewer.domain.sample import Sample, SampleDetails
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.session.typed_details import sample_problems

Store = Callable[[Mapping[int, SampleDetails]], str]
"""Stores the details of these samples; returns why it can't, or an empty text."""
_LONGEST = 120
_TEXTS = (
    ("collected", "&Collected", "Year, month and day, as in 2026-05-31"),
    ("received", "&Received", "Year, month and day, as in 2026-05-31"),
    ("requester", "Re&quester", "For example a ward or a physician"),
)


class SampleDetailsDialog(QDialog):
    """Begins with the sample `chosen`. OK stores the details of every sample if all of them are valid."""

    def __init__(self, samples: Sequence[Sample], chosen: int, store: Store, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Sample details")
        self._stored = {sample.id: sample.details for sample in samples}
        self._typed = dict(self._stored)
        self._store = store
        self.sample = QComboBox()
        self.fields = {name: QLineEdit() for name, _, _ in _TEXTS}
        self.problem = QLabel()
        for sample in samples:
            self.sample.addItem(sample.identifier, sample.id)
        self._build()
        self.sample.setCurrentIndex(self.sample.findData(chosen))
        self.sample.currentIndexChanged.connect(self._show)
        for name, field in self.fields.items():
            field.textEdited.connect(lambda text, name=name: self._take(name, text))
        self._show()

    def _build(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow("&Sample", self.sample)
        for name, label, tip in _TEXTS:
            self.fields[name].setMaxLength(_LONGEST)
            self.fields[name].setToolTip(tip)
            self.fields[name].setPlaceholderText(tip)
            self.fields[name].setMinimumWidth(260)
            form.addRow(label, self.fields[name])
        note = quiet(QLabel("Reports contain these details. Don't enter a patient's name."))
        for label_of in (note, self.problem):
            label_of.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setAccessibleName("What is wrong")
        self.problem.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(note)
        column.addStretch(1)
        column.addWidget(self.problem)
        column.addWidget(buttons)
        self.resize(440, 280)
        fit_to_screen(self)

    def accept(self) -> None:
        changed = {}
        for sample, typed in self._typed.items():
            details = SampleDetails(typed.collected.strip(), typed.received.strip(), typed.requester.strip())
            wrong = next(sample_problems(details, date.today()), None)
            if wrong:
                self.sample.setCurrentIndex(self.sample.findData(sample))
                self.fields[wrong[0]].setFocus(Qt.FocusReason.OtherFocusReason)
                self._show_message(wrong[1])
                return
            if details != self._stored[sample]:
                changed[sample] = details
        refused = self._store(changed) if changed else ""
        if refused:
            self._show_message(refused)
        else:
            super().accept()

    def _show(self) -> None:
        typed = self._typed[self.sample.currentData()]
        for name, field in self.fields.items():
            field.setText(getattr(typed, name))
        self.problem.hide()

    def _take(self, name: str, text: str) -> None:
        sample = self.sample.currentData()
        self._typed[sample] = replace(self._typed[sample], **{name: text})
        self.problem.hide()

    def _show_message(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()
