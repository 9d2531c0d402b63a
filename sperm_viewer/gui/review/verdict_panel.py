"""What a person said of the cell, and the buttons to say it with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import NON_SPERM, Cell, Status
from sperm_viewer.domain.verdict import Verdict
from sperm_viewer.gui.review.class_actions import GIVING, check_class
from sperm_viewer.gui.review.note_field import NoteField
from sperm_viewer.gui.widgets.actions import CLASS_ACTS, Act
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.statistics.indices import ANOMALY_TEXT

_MOST_COLUMNS = 3


class VerdictPanel(QWidget):
    """A button a class with its key, who said what, and the note."""

    def __init__(self, actions: Mapping[Act, QAction]) -> None:
        super().__init__()
        self._actions = actions
        self._said = ""
        self.note = NoteField()
        self.standing = QLabel()
        self.standing.setTextFormat(Qt.TextFormat.PlainText)
        self.standing.setWordWrap(True)
        self.standing.setAccessibleName("Verdict")
        self._buttons = {act: _button(actions[act]) for act in GIVING}
        self._shown: list[QToolButton] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 6, 0, 0)
        column_layout.setSpacing(6)
        column_layout.addWidget(quiet(QLabel("Verdict")))
        column_layout.addLayout(self._grid)
        column_layout.addWidget(self.standing)
        last = QHBoxLayout()
        last.addWidget(self.note, 1)
        last.addWidget(_button(actions[Act.ANOMALIES]))
        column_layout.addLayout(last)
        self.show_classes()
        for act in GIVING:
            # A click has switched the mark already; whether a verdict was stored, the cell says.
            actions[act].triggered.connect(self._check)

    def show_classes(self) -> None:
        """A button for each class that there is now; non-sperm has its own where the model doesn't know it."""
        shown = [act for act in CLASS_ACTS if self._actions[act].isVisible()]
        if NON_SPERM not in [self._actions[act].data() for act in shown]:
            shown.append(Act.NON_SPERM)
        for act, button in self._buttons.items():
            button.setVisible(act in shown)
        self._shown = [self._buttons[act] for act in shown]
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """As many columns as leave every class its whole name."""
        widest = max(button.sizeHint().width() for button in self._shown) + self._grid.horizontalSpacing()
        columns = max(1, min(_MOST_COLUMNS, (self.width() + self._grid.horizontalSpacing()) // widest))
        for button in self._buttons.values():
            self._grid.removeWidget(button)
        for place, button in enumerate(self._shown):
            self._grid.addWidget(button, place // columns, place % columns)
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column, column < columns)

    def show_cell(self, cell: Cell) -> None:
        """The first reader's verdict, and how it differs from what the model and a second reader said."""
        self._show(cell, cell.verdict)
        self.standing.setText(_in_words(cell))

    def show_own(self, cell: Cell, verdict: Verdict | None) -> None:
        """A blind reader's verdict alone, who must not know what anyone else said."""
        self._show(cell, verdict)
        said = f"{verdict.said}." if verdict and verdict.said else ""
        self.standing.setText(" ".join(part for part in (said, _ticked(verdict)) if part))

    def _check(self) -> None:
        if self.isVisible():
            check_class(self._actions, self._said)

    def _show(self, cell: Cell, verdict: Verdict | None) -> None:
        self._said = verdict.said if verdict else ""
        check_class(self._actions, self._said)
        for button in self._buttons.values():
            button.setEnabled(cell.status is not Status.FAILED)
        self.note.show_note(cell, verdict.note if verdict else "")


def _in_words(cell: Cell) -> str:
    if cell.status is Status.FAILED:
        return "A file that failed takes no verdict."
    verdict, model = cell.verdict, cell.prediction.first if cell.prediction else ""
    said = "Not reviewed yet."
    if verdict and verdict.said:
        said = f"{verdict.said}, by {verdict.reviewer}, {_local(verdict.at)}."
        said += f" The model said {model}." if verdict.said != model else ""
    said = f"{said} {_ticked(verdict)}".rstrip()
    if cell.second and cell.second.said:
        said += f" Second reader {cell.second.reviewer}: {cell.second.said}."
    return said


def _ticked(verdict: Verdict | None) -> str:
    """`Anomalies: round head, coiled tail.`"""
    if verdict is None or verdict.anomalies is None:
        return ""
    named = ", ".join(text for anomaly, text in ANOMALY_TEXT.items() if anomaly in verdict.anomalies)
    return f"Anomalies: {named or 'none'}."


def _local(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(12, 12))
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setProperty("giving", True)
    # A click must not take the keys away from the cells.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
