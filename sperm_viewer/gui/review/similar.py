"""The five cells of the session that the network finds most similar to the current one; a click goes to a cell."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.background.thumbnails import SIDE, Thumbnails
from sperm_viewer.gui.gallery.tile import TilePainter, class_text, tip
from sperm_viewer.gui.results.columns import file_text
from sperm_viewer.gui.review.similar_finder import COUNT, SimilarFinder
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.theme import Theme, quiet
from sperm_viewer.session.session import Session

_BLANK_AFTER_MS = 60
"""Cells that arrive sooner replace the earlier ones without flicker."""
_PAD = 4


class SimilarCells(QWidget):
    """Hidden for failed cells, and for sessions without features."""

    chosen = Signal(int)
    left = Signal()
    """The user pressed Escape to go back to the cells."""

    def __init__(self, thumbnails: Thumbnails, theme: Theme) -> None:
        super().__init__()
        self.finder = SimilarFinder(self)
        self._session: Session | None = None
        self.buttons = [_SimilarButton(thumbnails, theme) for _ in range(COUNT)]
        self._blank = QTimer(self)
        self._blank.setSingleShot(True)
        self._blank.setInterval(_BLANK_AFTER_MS)
        row = QHBoxLayout()
        row.setSpacing(2)
        for button in self.buttons:
            row.addWidget(button)
            button.clicked.connect(lambda _=False, one=button: self._choose(one.cell))
            button.left.connect(self.left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(quiet(QLabel("Most similar cells")))
        column.addLayout(row)
        self.hide()
        self._blank.timeout.connect(lambda: self._fill([]))
        self.finder.found.connect(lambda similar: self._show(similar.ids))
        theme.changed.connect(self.update)

    def set_session(self, session: Session | None) -> None:
        """Shows cells of another session, or of another model of it."""
        self._session = session
        self.finder.outdate()

    def show_cell(self, cell: Cell | None) -> None:
        if self._session is None or cell is None or cell.prediction is None:
            self.finder.forget()
            self._blank.stop()
            self.hide()
            return
        self._blank.start()
        self.finder.ask(self._session.path, cell.id)

    def results_changed(self) -> None:
        self.finder.outdate()

    def close_tasks(self) -> None:
        self.finder.close()

    def take_focus(self) -> None:
        """For the keyboard: arrow keys move between the buttons, Enter goes to the cell."""
        if self.isVisible():
            self.buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show(self, ids: tuple[int, ...]) -> None:
        self._blank.stop()
        self._fill(self._session.cells(ids) if self._session else [])
        self.setVisible(bool(ids))

    def _fill(self, cells: list[Cell]) -> None:
        for place, button in enumerate(self.buttons):
            button.show_cell(cells[place] if place < len(cells) else None)

    def _choose(self, cell: Cell | None) -> None:
        if cell:
            self.chosen.emit(cell.id)


class _SimilarButton(QAbstractButton):
    left = Signal()

    def __init__(self, thumbnails: Thumbnails, theme: Theme) -> None:
        super().__init__()
        self.cell: Cell | None = None
        self._thumbnails = thumbnails
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        thumbnails.ready.connect(lambda number: self.update() if self.cell and self.cell.id == number else None)

    def show_cell(self, cell: Cell | None) -> None:
        self.cell = cell
        self.setEnabled(cell is not None)
        self.setAccessibleName(f"{class_text(cell)}, {file_text(cell)}" if cell else "")
        set_plain_tip(self, tip(cell) if cell else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE + 2 * _PAD, SIDE + 3 * _PAD + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(SIDE, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tiles = TilePainter(painter, self._theme.tones, SIDE, self.devicePixelRatioF())
        tiles.background(self.rect(), self.isDown(), self.underMouse() and self.isEnabled())
        frame = QRect((self.width() - SIDE) // 2, _PAD, SIDE, SIDE)
        tiles.image(frame, self._thumbnails.of(self.cell) if self.cell else None, False)
        if self.cell:
            below = QRect(1, frame.bottom() + _PAD, self.width() - 2, self.fontMetrics().height())
            tiles.caption(below, self.cell, signs=False)
        if self.hasFocus():
            tiles.outline(self.rect())
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()
