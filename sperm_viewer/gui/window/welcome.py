"""The start page: where to drop files, and recent sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sperm_viewer.gui.background.recent_sessions import Recent
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.icons import pixmap
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.theme import Theme, heading_font, quiet

_SHOWN = 5


class WelcomePage(QWidget):
    session_chosen = Signal(object)
    appeared = Signal()

    def __init__(self, actions: Mapping[ActionId, QAction], theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._target = DropTarget(actions, theme)
        self._recent_title = quiet(QLabel("Recent sessions"))
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        note = quiet(QLabel("Research use only: it explains a classification, it does not diagnose."))
        middle = QVBoxLayout()
        middle.setSpacing(10)
        middle.addStretch(2)
        middle.addWidget(self._target)
        middle.addSpacing(22)
        middle.addWidget(self._recent_title)
        middle.addLayout(self._recent)
        middle.addStretch(3)
        middle.addWidget(note, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 24, 24, 18)
        row.addStretch(1)
        row.addLayout(middle, 3)
        row.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.appeared.emit()

    def show_recent(self, sessions: Sequence[Recent]) -> None:
        """Lists the most recent sessions that still exist."""
        while self._recent.count():
            entry = self._recent.takeAt(0)
            widget = entry.widget() if entry else None
            if widget:
                widget.deleteLater()
        there = [session for session in sessions if session.path.is_file()][:_SHOWN]
        self._recent_title.setVisible(bool(there))
        for path, name in ((session.path, session.name) for session in there):
            button = QPushButton(name.replace("&", "&&"))
            button.setFlat(True)
            set_plain_tip(button, str(path))
            button.setStyleSheet("text-align: left; padding: 5px 6px;")
            button.clicked.connect(lambda _=False, chosen=path: self.session_chosen.emit(chosen))
            self._recent.addWidget(button)

    def highlight(self, on: bool) -> None:
        self._target.highlight(on)


class DropTarget(QWidget):
    """The large dashed area. The whole window accepts drops; this shows that it does."""

    def __init__(self, actions: Mapping[ActionId, QAction], theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._over = False
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = QLabel("Drop a folder of slides here")
        title.setFont(heading_font(self.font()))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = QLabel(
            "Every image of one sperm head is scored, with a heatmap that shows what the model looked at. "
            "Each folder is a slide. Your images are only read, never changed."
        )
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        for action in (actions[ActionId.OPEN_FOLDER], actions[ActionId.DEMO]):
            button = QPushButton(action.text().replace("&", ""))
            button.setToolTip(action.toolTip())
            button.setMinimumHeight(34)
            button.setStyleSheet("padding: 4px 18px;")
            button.clicked.connect(action.trigger)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 40, 40, 40)
        column.setSpacing(12)
        column.addWidget(self._icon)
        column.addWidget(title)
        column.addWidget(text)
        column.addSpacing(12)
        column.addLayout(buttons)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()

    def highlight(self, on: bool) -> None:
        self._over = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tones = self._theme.tones
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(tones.accent if self._over else tones.faint), 1.5, Qt.PenStyle.DashLine)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(tones.hover if self._over else tones.base))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 14, 14)
        painter.end()

    def _paint_icon(self) -> None:
        self._icon.setPixmap(pixmap("drop", self._theme.tones, 44, self.devicePixelRatioF()))
