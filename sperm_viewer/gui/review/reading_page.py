"""The page of a reading after the first: a crop and the classes, and of earlier answers only what it is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.verdict import Verdict
from sperm_viewer.gui.review.image_view import ImageView, Zoom
from sperm_viewer.gui.review.loader import CellPicture, PictureLoader
from sperm_viewer.gui.review.verdict_panel import VerdictPanel
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.tall_scroll import TallScroll
from sperm_viewer.gui.widgets.theme import Theme, heading_font, quiet
from sperm_viewer.session.readings import FIRST, verdicts_in
from sperm_viewer.session.session import Session

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
Answers = Callable[[Cell], str]
"""What others have answered about a cell, in words."""


def no_answers(cell: Cell) -> str:
    """For a blind reading."""
    return ""


class ReadingPage(QWidget):
    """Shows cells in the order of the reading, without file names, which may contain a hint.

    During a check of the model, which is part of the first reading, M shows the model's answer.
    """

    left = Signal()
    note_written = Signal(object, str)

    def __init__(self, theme: Theme, actions: Mapping[ActionId, QAction]) -> None:
        super().__init__()
        self._session: Session | None = None
        self._order: Sequence[int] = ()
        self._cell: Cell | None = None
        self._reading = FIRST
        self._answers: Answers = no_answers
        self.zoom = Zoom(self)
        self.view = ImageView(self.zoom, theme, "Crop")
        self.loader = PictureLoader(self)
        self.verdict = VerdictPanel(actions)
        self.title = QLabel()
        self.title.setFont(heading_font(self.font()))
        self._name = QLabel()
        self.suggestion = QLabel()
        self.suggestion.setTextFormat(Qt.TextFormat.PlainText)
        self.suggestion.setAccessibleName("Earlier answers")
        leave = QPushButton("Leave")
        leave.setToolTip("End here for now; what was read is stored, and the reading can be continued (Esc)")
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addWidget(quiet(self._name), 1)
        top.addWidget(quiet(self.suggestion))
        top.addWidget(leave)
        beside = QWidget()
        answers = QVBoxLayout(beside)
        answers.setContentsMargins(0, 0, 8, 0)
        answers.addWidget(self.verdict)
        answers.addWidget(self.verdict.anomalies)
        answers.addStretch(1)
        scroll = TallScroll(beside)
        scroll.setAccessibleName("Verdict and anomalies")
        middle = QHBoxLayout()
        middle.setSpacing(18)
        middle.addWidget(self.view, 3)
        middle.addWidget(scroll, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 14, 16, 14)
        column.addLayout(top)
        column.addLayout(middle, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.loader.loaded.connect(self._show_image)
        self.verdict.note_written.connect(self.note_written)
        self.verdict.note_left.connect(self.setFocus)
        leave.clicked.connect(self.left)

    def begin(
        self, session: Session, order: Sequence[int], first: int, reading: int, name: str, answers: Answers = no_answers
    ) -> None:
        """`reading` is the id of the one that verdicts go to: the first one during a check of the model."""
        self._session, self._order, self._reading, self._answers = session, order, reading, answers
        self._name.setText(name)
        self.verdict.show_classes()
        self.go_to(first)
        self.setFocus()

    def end(self) -> None:
        self.verdict.finish_note()
        self.loader.forget()
        self._session, self._order, self._cell = None, (), None

    def start_note(self) -> None:
        self.verdict.start_note()

    # The cells, for review

    def current_cell(self) -> Cell | None:
        return self._cell

    def selected_ids(self) -> Sequence[int]:
        return [self._cell.id] if self._cell else []

    def shown_ids(self) -> Sequence[int]:
        return self._order

    def go_to(self, cell: int) -> None:
        if self._session:
            self._cell = self._session.cells([cell])[0]
            self.title.setText(f"Cell {self._order.index(cell) + 1:,} of {len(self._order):,}")
            self._show_own(self._cell)
            asked = "M shows the model's answer"
            self.suggestion.setText(asked if self._reading == FIRST else self._answers(self._cell))
            self.loader.load(self._cell, None, None)

    def go_back_to(self, cell: int) -> bool:
        self.go_to(cell)
        return True

    def refresh(self, cells: Collection[int]) -> None:
        if self._session and self._cell and self._cell.id in cells:
            self._cell = self._session.cells([self._cell.id])[0]
            self._show_own(self._cell)

    def keep_order(self) -> None:
        """Does nothing: the order never changes."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif self._cell and event.key() == Qt.Key.Key_M and self._reading == FIRST:
            answer = self._cell.prediction
            self.suggestion.setText(f"The model: {answer.first}, {answer.confidence:.2f}" if answer else "")
        elif self._cell and Qt.Key(event.key()) in _STEPS:
            place = self._order.index(self._cell.id) + _STEPS[Qt.Key(event.key())]
            self.go_to(self._order[min(max(place, 0), len(self._order) - 1)])
        else:
            super().keyPressEvent(event)

    def _show_own(self, cell: Cell) -> None:
        self.verdict.show_own(cell, self._own(cell))

    def _own(self, cell: Cell) -> Verdict | None:
        if self._reading == FIRST or self._session is None:
            return cell.verdict
        return verdicts_in(self._session, self._reading, [cell.id]).get(cell.id)

    def _show_image(self, picture: CellPicture) -> None:
        if self._cell and picture.cell == self._cell.id:
            self.zoom.show_head(QPointF(*picture.head))
            self.view.show_image(picture.crop, None, picture.problem)
