"""Asks which reading to begin, or which of those begun to go on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.reading import NewReading, Reading, ReadingKind

_LONGEST = 60
_KINDS = (
    (ReadingKind.FURTHER, "Another person reads the cells"),
    (ReadingKind.REPEAT, "A reader reads their own cells again"),
    (ReadingKind.ADJUDICATION, "One person decides where readers differ"),
)


@dataclass(frozen=True, slots=True)
class ReadingBegun:
    """A reading after the first, what its reader is called, and how many of its cells are read."""

    reading: Reading
    name: str
    done: int
    cells: int


class ReadingDialog(QDialog):
    def __init__(self, begun: Sequence[ReadingBegun], recent: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Which reading?")
        self._begun = [each for each in begun if each.done < each.cells]
        self.begun = QButtonGroup(self)
        self.kind = QComboBox()
        for _, text in _KINDS:
            self.kind.addItem(text)
        self.reader = _reader_box(recent)
        self.share = QSpinBox()
        self.share.setRange(1, 100)
        self.share.setValue(100)
        self.share.setSuffix(" % of the cells, drawn at random")
        self.blind = QCheckBox("&Hide earlier answers and file names")
        self.blind.setChecked(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._new = QWidget()
        self._lay_out()
        field = self.reader.lineEdit()
        if field is not None:
            # An editable box keeps the Enter key from the dialog.
            field.returnPressed.connect(self._accept_named)
        self.reader.editTextChanged.connect(self._check)
        self.kind.currentIndexChanged.connect(self._suggest_blind)
        self.begun.idClicked.connect(self._check)
        self._check()
        first = self._buttons.button(QDialogButtonBox.StandardButton.Ok) if self._begun else self.reader
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def chosen(self) -> NewReading | Reading:
        """The reading to begin, or the one to go on with."""
        place = self.begun.checkedId()
        if 0 <= place < len(self._begun):
            return self._begun[place].reading
        kind = _KINDS[self.kind.currentIndex()][0]
        return NewReading(kind, self._name, self.share.value() / 100, self.blind.isChecked())

    @property
    def _name(self) -> str:
        return " ".join(self.reader.currentText().split())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(10)
        for place, each in enumerate(self._begun):
            read = f"{each.done:,} of {counted(each.cells, 'cell')} read"
            button = QRadioButton(f"Go on as {each.reading.reader} ({each.name}), {read}")
            button.setChecked(place == 0)
            self.begun.addButton(button, place)
            column.addWidget(button)
        new = QRadioButton("Begin another reading")
        new.setChecked(not self._begun)
        new.setVisible(bool(self._begun))
        self.begun.addButton(new, len(self._begun))
        form = QFormLayout(self._new)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Reading", self.kind)
        form.addRow("Re&ader", self.reader)
        form.addRow("&Cells", self.share)
        form.addRow("", self.blind)
        for widget in (new, self._new, self._buttons):
            column.addWidget(widget)

    def _suggest_blind(self, place: int) -> None:
        """An adjudicator usually weighs the answers of the readers."""
        self.blind.setChecked(_KINDS[place][0] is not ReadingKind.ADJUDICATION)

    def _accept_named(self) -> None:
        if self._name:
            self.accept()

    def _check(self) -> None:
        new = self.begun.checkedId() == len(self._begun)
        self._new.setEnabled(new)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not new or bool(self._name))


def _reader_box(recent: Sequence[str]) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(list(recent))
    box.setCurrentText("")
    box.setMinimumWidth(320)
    field = box.lineEdit()
    if field is not None:
        field.setMaxLength(_LONGEST)
        field.setPlaceholderText("Name or initials")
    return box
