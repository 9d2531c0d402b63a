"""Slide Details: what the laboratory says of its slides, of one at a time or of several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.session.session import SlideDetails
from sperm_viewer.session.slide_details import Problem, TypedDetails, as_typed, problems, read_details

Store = Callable[[Mapping[str, SlideDetails]], str]
"""Stores the details of these slides; says in words why it can't, else nothing."""
_LONGEST = 120
_SEVERAL = "(different)"
_TEXTS = (
    ("identifier", "&Identifier", "A pseudonym, no patient's name"),
    ("date", "&Date", "Year-month-day, as in 2025-03-31"),
    ("stain", "&Stain", "As in Diff-Quik"),
    ("magnification", "&Magnification", "As in 100×"),
    ("um_per_px", "&µm per pixel", "Empty: not calibrated"),
)


class SlideDetailsDialog(QDialog):
    """`chosen` is the slide to begin with, None for all. OK stores what was typed where nothing is wrong with it."""

    def __init__(
        self, details: Mapping[str, SlideDetails], chosen: str | None, store: Store, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Slide details")
        self._stored = {slide: as_typed(known) for slide, known in details.items()}
        self._typed = dict(self._stored)
        self._store = store
        self.slides = QListWidget()
        self.fields = {name: QLineEdit() for name, _, _ in _TEXTS}
        self.replicate = QComboBox()
        self.problem = QLabel()
        self._build()
        self.slides.itemSelectionChanged.connect(self._show)
        for name, field in self.fields.items():
            field.textEdited.connect(lambda text, name=name: self._take(name, text))
        self.replicate.activated.connect(lambda: self._take("replicate_of", self.replicate.currentData()))
        self._choose(chosen)

    def _build(self) -> None:
        self.slides.addItems(list(self._typed))
        self.slides.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.slides.setAccessibleName("Slides")
        self.slides.setToolTip("Ctrl or Shift chooses several: what is typed is then said of all of them")
        self.slides.setMinimumWidth(140)
        self.slides.setVisible(len(self._typed) > 1)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for name, label, tip in _TEXTS:
            self.fields[name].setMaxLength(_LONGEST)
            self.fields[name].setToolTip(tip)
            self.fields[name].setMinimumWidth(240)
            form.addRow(label, self.fields[name])
        form.addRow("&Replicate of", self.replicate)
        self.replicate.setToolTip("Another slide of the same preparation")
        self.replicate.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.replicate.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        note = quiet(QLabel("These go into reports. Type no patient's name."))
        for label_of in (note, self.problem):
            label_of.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setAccessibleName("What is wrong")
        self.problem.hide()
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addLayout(form)
        right.addWidget(note)
        right.addStretch(1)
        right.addWidget(self.problem)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(self.slides, 1)
        beside.addLayout(right, 2)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addLayout(beside, 1)
        column.addWidget(buttons)
        self.resize(620 if len(self._typed) > 1 else 440, 380)
        fit_to_screen(self)

    def accept(self) -> None:
        wrong = next(problems(self._typed, date.today()), None)
        if wrong:
            self._point_at(wrong)
            return
        changed = {slide: read_details(typed) for slide, typed in self._typed.items() if typed != self._stored[slide]}
        refused = self._store(changed) if changed else ""
        if refused:
            self._say(refused)
        else:
            super().accept()

    def _choose(self, slide: str | None) -> None:
        if slide is None or slide not in self._typed:
            self.slides.selectAll()
            self._show()
        else:
            row = list(self._typed).index(slide)
            self.slides.setCurrentRow(row, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _chosen(self) -> list[str]:
        return [item.text() for item in self.slides.selectedItems()]

    def _show(self) -> None:
        """What the chosen slides have in common; what belongs to one slide alone can't be typed for several."""
        slides = self._chosen()
        for name, _, tip in _TEXTS:
            field = self.fields[name]
            values = {_value(self._typed[slide], name) for slide in slides}
            field.setText(values.pop() if len(values) == 1 else "")
            field.setPlaceholderText(_SEVERAL if values else tip)
            field.setEnabled(bool(slides))
        one = slides[0] if len(slides) == 1 else None
        self.fields["identifier"].setEnabled(one is not None)
        self.replicate.setEnabled(one is not None and len(self._typed) > 1)
        self.replicate.clear()
        self.replicate.addItem("no other slide", "")
        for other in self._typed:
            if one is not None and other != one:
                self.replicate.addItem(other, other)
        self.replicate.setCurrentIndex(self.replicate.findData(self._typed[one].replicate_of) if one else -1)

    def _take(self, name: str, text: str) -> None:
        for slide in self._chosen():
            self._typed[slide] = _with(self._typed[slide], name, text)
        self.problem.hide()

    def _point_at(self, wrong: Problem) -> None:
        self._choose(wrong.slide)
        field = self.fields.get(wrong.field, self.replicate)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say(wrong.words)

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.show()


def _value(typed: TypedDetails, name: str) -> str:
    return str(getattr(typed, name))


def _with(typed: TypedDetails, name: str, text: str) -> TypedDetails:
    return replace(typed, **{name: text})
