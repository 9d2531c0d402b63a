"""Slide Details: edits the details of one slide or of several slides at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

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
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.domain.sample import Sample, SlideDetails
from sperm_viewer.gui.slides.scale_choice import KnownScales, OfferedScale, offered_scales
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.session.typed_details import Problem, TypedSlide, as_typed, read_slide, slide_problems

Store = Callable[[Mapping[int, SlideDetails]], str]
"""Stores the details of these slides; returns why it can't, or an empty text."""
_LONGEST = 120
_SEVERAL = "(different)"
_CHOOSE = "Typed above"
_NO_SCALES = KnownScales()
_TEXTS = (
    ("stain", "&Stain", "For example Diff-Quik"),
    ("fixation", "&Fixation", "For example ethanol 95%"),
    ("magnification", "&Magnification", "For example 1000×"),
    ("objective", "&Objective", "For example 100×/1.25 oil"),
    ("um_per_px", "&µm per pixel", "Empty: not calibrated"),
    ("criteria", "&Counting criteria", "For example WHO 2021, strict"),
)


class SlideDetailsDialog(QDialog):
    """Begins with the slide `chosen`, or with all slides if None. OK stores the details if they are valid."""

    def __init__(
        self,
        samples: Sequence[Sample],
        chosen: int | None,
        store: Store,
        parent: QWidget | None,
        known: KnownScales = _NO_SCALES,
    ) -> None:
        """`known` are the scales that can be chosen instead of typing one."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Slide details")
        slides = [(sample, slide) for sample in samples for slide in sample.slides]
        self._names = {
            slide.id: slide.name if len(samples) == 1 else f"{sample.identifier} / {slide.name}"
            for sample, slide in slides
        }
        self._stored = {slide.id: as_typed(slide.details) for _, slide in slides}
        self._typed = dict(self._stored)
        self._store = store
        self._known = known
        self._offered: list[OfferedScale] = []
        self.scales = QComboBox()
        self.origin = quiet(QLabel())
        self.slides = QListWidget()
        self.fields = {name: QLineEdit() for name, _, _ in _TEXTS}
        self.problem = QLabel()
        self._build()
        self.slides.itemSelectionChanged.connect(self._show)
        for name, field in self.fields.items():
            field.textEdited.connect(lambda text, name=name: self._take(name, text))
        self.scales.activated.connect(self._take_scale)
        self._choose(chosen)

    def _build(self) -> None:
        self.slides.addItems(list(self._names.values()))
        self.slides.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.slides.setAccessibleName("Slides")
        self.slides.setToolTip("Choose several with Ctrl or Shift: what you type then applies to all of them")
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
            if name == "um_per_px":
                form.addRow("Sc&ale from", self.scales)
                form.addRow("", self.origin)
        note = quiet(QLabel("Reports contain these details. Don't enter a patient's name."))
        for label_of in (note, self.problem):
            label_of.setWordWrap(True)
        self.scales.setToolTip("Take a measured objective, or the scale that the files name")
        self.origin.setTextFormat(Qt.TextFormat.PlainText)
        self.origin.setWordWrap(True)
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
        self.resize(620 if len(self._typed) > 1 else 440, 440)
        fit_to_screen(self)

    def accept(self) -> None:
        wrong = next(slide_problems(self._typed, self._names), None)
        if wrong:
            self._show_problem(wrong)
            return
        changed = {slide: read_slide(typed) for slide, typed in self._typed.items() if typed != self._stored[slide]}
        refused = self._store(changed) if changed else ""
        if refused:
            self._show_message(refused)
        else:
            super().accept()

    def _choose(self, slide: int | None) -> None:
        if slide is None or slide not in self._typed:
            self.slides.selectAll()
            self._show()
        else:
            row = list(self._typed).index(slide)
            self.slides.setCurrentRow(row, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _chosen(self) -> list[int]:
        ids = list(self._names)
        return [ids[index.row()] for index in self.slides.selectedIndexes()]

    def _show(self) -> None:
        """Shows values that the chosen slides share."""
        slides = self._chosen()
        for name, _, tip in _TEXTS:
            field = self.fields[name]
            values = {_value(self._typed[slide], name) for slide in slides}
            field.setText(values.pop() if len(values) == 1 else "")
            field.setPlaceholderText(_SEVERAL if values else tip)
            field.setEnabled(bool(slides))
        self._offered = offered_scales(self._known, slides)
        self.scales.clear()
        self.scales.addItems([_CHOOSE, *(one.text for one in self._offered)])
        self.scales.setEnabled(bool(slides and self._offered))
        self._show_origin()

    def _show_origin(self) -> None:
        origins = {(self._typed[slide].scale_source, self._typed[slide].scale_size) for slide in self._chosen()}
        source, size = origins.pop() if len(origins) == 1 else ("", "")
        holds = f"; for images of {size} px" if size else ""
        self.origin.setText(f"{source}{holds}" if source else "")

    def _take_scale(self, index: int) -> None:
        if index > 0:
            for slide in self._chosen():
                self._typed[slide] = self._offered[index - 1].taken_by(self._typed[slide])
            self.problem.hide()
            self._show()

    def _take(self, name: str, text: str) -> None:
        for slide in self._chosen():
            self._typed[slide] = _with(self._typed[slide], name, text)
            if name == "um_per_px":
                self._typed[slide] = replace(self._typed[slide], scale_source="", scale_size="")
        self._show_origin()
        self.problem.hide()

    def _show_problem(self, wrong: Problem) -> None:
        self._choose(wrong.of)
        self.fields[wrong.field].setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_message(wrong.words)

    def _show_message(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()


def _value(typed: TypedSlide, name: str) -> str:
    return str(getattr(typed, name))


def _with(typed: TypedSlide, name: str, text: str) -> TypedSlide:
    return replace(typed, **{name: text})
