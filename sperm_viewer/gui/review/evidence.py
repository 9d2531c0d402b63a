"""Describes a cell in words: status, reason, flags, model."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QSizePolicy, QWidget

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.flags import FLAG_TEXT, Flag
from sperm_viewer.gui.widgets.theme import quiet


class Evidence(QWidget):
    """A short list without empty lines."""

    def __init__(self) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._values = {name: self._line(name) for name in ("Status", "Flags", "Model")}

    def show_cell(self, cell: Cell) -> None:
        texts = {
            "Status": _status(cell),
            "Flags": "\n".join(text for text in _flag_texts(cell) if text not in cell.reason),
            "Model": f"{cell.prediction.model.name} ({cell.prediction.model.sha256[:8]})" if cell.prediction else "",
        }
        for name, text in texts.items():
            self._values[name].setText(text)
            self._form.setRowVisible(self._values[name], bool(text))

    def text(self, name: str) -> str:
        return self._values[name].text()

    def _line(self, name: str) -> QLabel:
        value = QLabel()
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setWordWrap(True)
        value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        value.setAccessibleName(name)
        label = quiet(QLabel(name))
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._form.addRow(label, value)
        return value


def _status(cell: Cell) -> str:
    if cell.status is Status.SCORED:
        return "Scored"
    if cell.status is Status.FAILED:
        return f"Failed: {cell.reason}"
    if cell.set_aside and cell.verdict:
        return f"Not counted: {cell.verdict.class_name}, said {cell.verdict.reader}."
    if cell.status is Status.NOT_COUNTED:
        return f"Not counted: {cell.reason}"
    return f"Referred to a person: {cell.reason}"


def _flag_texts(cell: Cell) -> list[str]:
    return [FLAG_TEXT[flag] for flag in Flag if flag in cell.flags]
