"""Shows the verdict on the current cell, and the buttons that assign a class."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from sperm_viewer.domain.anomalies import anomaly_texts
from sperm_viewer.domain.cell import NON_SPERM, Cell
from sperm_viewer.domain.contradiction import contradiction
from sperm_viewer.domain.verdict import Verdict
from sperm_viewer.gui.results.columns import how_in_words
from sperm_viewer.gui.review.action_button import action_button
from sperm_viewer.gui.review.anomaly_toggles import AnomalyToggles
from sperm_viewer.gui.review.class_actions import ASSIGNING, check_class
from sperm_viewer.gui.review.decisions import why_no_verdict
from sperm_viewer.gui.review.note_field import NoteField
from sperm_viewer.gui.widgets.action_spec import CLASS_ACTIONS, ActionId
from sperm_viewer.gui.widgets.local_time import local_time
from sperm_viewer.gui.widgets.theme import quiet

_MOST_COLUMNS = 3


class VerdictPanel(QWidget):
    """A button per class with its key, the verdicts in words, and the note."""

    note_written = Signal(object, str)
    note_left = Signal()
    """The user goes from the note back to the cells."""

    def __init__(self, actions: Mapping[ActionId, QAction]) -> None:
        super().__init__()
        self._actions = actions
        self._assigned = ""
        self.note = NoteField()
        self.summary = QLabel()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.summary.setAccessibleName("Verdict")
        self.warning = QLabel()
        """How the verdict and the ticked anomalies contradict each other."""
        self.warning.setTextFormat(Qt.TextFormat.PlainText)
        self.warning.setWordWrap(True)
        self.anomalies = AnomalyToggles(actions)
        """Beside the panel: the page that shows both decides where."""
        self._buttons = {action: action_button(actions[action]) for action in ASSIGNING}
        self._shown: list[QToolButton] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 6, 0, 0)
        column_layout.setSpacing(6)
        column_layout.addWidget(quiet(QLabel("Verdict")))
        column_layout.addLayout(self._grid)
        column_layout.addWidget(self.summary)
        column_layout.addWidget(self.warning)
        column_layout.addWidget(self.note)
        self.note.written.connect(self.note_written)
        self.note.left.connect(self.note_left)
        self.show_classes()
        for action in ASSIGNING:
            # A click toggles the button, but only the cell knows whether a verdict was stored.
            actions[action].triggered.connect(self._check)

    def show_classes(self) -> None:
        """Shows a button per class of the model, and one for non-sperm if the model doesn't have that class."""
        shown = [action for action in CLASS_ACTIONS if self._actions[action].isVisible()]
        if NON_SPERM not in [self._actions[action].data() for action in shown]:
            shown.append(ActionId.NON_SPERM)
        shown.append(ActionId.NOT_ASSESSABLE)
        for action, button in self._buttons.items():
            button.setVisible(action in shown)
        self._shown = [self._buttons[action] for action in shown]
        self._arrange()
        self.anomalies.show_keys()

    def start_note(self) -> None:
        self.note.start()

    def finish_note(self) -> None:
        self.note.finish()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Uses as many columns as show every name in full."""
        widest = max(button.sizeHint().width() for button in self._shown) + self._grid.horizontalSpacing()
        columns = max(1, min(_MOST_COLUMNS, (self.width() + self._grid.horizontalSpacing()) // widest))
        for button in self._buttons.values():
            self._grid.removeWidget(button)
        for place, button in enumerate(self._shown):
            self._grid.addWidget(button, place // columns, place % columns)
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column, column < columns)
        for before, after in pairwise((*self._shown, self.note)):
            self.setTabOrder(before, after)

    def show_cell(self, cell: Cell) -> None:
        """Shows the first reader's verdict, and how the model's and the second reader's answers differ from it."""
        self._show(cell, cell.verdict)
        self.summary.setText(_summary(cell))

    def show_own(self, cell: Cell, verdict: Verdict | None) -> None:
        """Shows the reader's own verdict and nobody else's answer."""
        self._show(cell, verdict)
        assigned = f"{verdict.class_name}." if verdict and verdict.class_name else ""
        self.summary.setText(" ".join(part for part in (assigned, _anomalies(verdict)) if part))

    def _check(self) -> None:
        if self.isVisible():
            check_class(self._actions, self._assigned)

    def _show(self, cell: Cell, verdict: Verdict | None) -> None:
        self._assigned = verdict.class_name if verdict else ""
        check_class(self._actions, self._assigned)
        for button in self._buttons.values():
            button.setEnabled(cell.readable)
        self.anomalies.show_ticked(cell, (verdict.anomalies if verdict else None) or frozenset())
        against = contradiction(cell, verdict.decision) if verdict else ""
        self.warning.setText(f"⚠ {against}")
        self.warning.setVisible(against != "")
        self.note.show_note(cell, verdict.note if verdict else "")


def _summary(cell: Cell) -> str:
    if refused := why_no_verdict(cell):
        return refused
    verdict, model = cell.verdict, cell.prediction.first if cell.prediction else ""
    text = "Not reviewed yet."
    if verdict and verdict.class_name:
        text = f"{verdict.class_name}, by {verdict.reader}{how_in_words(verdict)}, {local_time(verdict.at)}."
        text += " Not counted." if cell.set_aside else ""
        text += f" The model: {model}." if verdict.class_name != model else ""
    text = f"{text} {_anomalies(verdict)}".rstrip()
    if cell.second and cell.second.class_name:
        text += f" Second reader {cell.second.reader}: {cell.second.class_name}."
    return text


def _anomalies(verdict: Verdict | None) -> str:
    """`Anomalies: round head, coiled tail.`"""
    if verdict is None or verdict.anomalies is None:
        return ""
    return f"Anomalies: {', '.join(anomaly_texts(verdict.anomalies)) or 'none'}."
