"""What there is to say of a cell besides its picture: status, reason, flags, model, in words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QSizePolicy, QWidget

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.flags import FLAG_TEXT, Flag
from sperm_viewer.gui.widgets.theme import quiet


class Evidence(QWidget):
    """A short list; a line that has nothing to say isn't there."""

    def __init__(self) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._values = {name: self._line(name) for name in ("Status", "Flags", "Heat", "Model")}

    def show_cell(self, cell: Cell) -> None:
        said = {
            "Status": _status(cell),
            "Flags": "\n".join(text for text in _flag_texts(cell) if text not in cell.reason),
            "Heat": _heat(cell),
            "Model": f"{cell.prediction.model.name} ({cell.prediction.model.sha256[:8]})" if cell.prediction else "",
        }
        for name, text in said.items():
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
    return f"Referred to a person: {cell.reason}"


def _heat(cell: Cell) -> str:
    """Blank where the head's ends can't be told apart: half a turn would swap acrosome and neck."""
    if cell.shares is None:
        return ""
    named = (
        ("acrosome half", cell.shares.acrosome),
        ("other half", cell.shares.postacrosome),
        ("neck", cell.shares.neck),
        ("outside the head", cell.shares.outside),
    )
    return ", ".join(f"{name} {share:.0%}" for name, share in named)


def _flag_texts(cell: Cell) -> list[str]:
    return [FLAG_TEXT[flag] for flag in Flag if flag in cell.flags]
