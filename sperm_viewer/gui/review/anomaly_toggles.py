"""The anomalies of the current cell: a toggle for each, with its letter, in a block for each region of the sperm."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from sperm_viewer.domain.anomalies import Anomaly, Region
from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.review.action_button import action_button
from sperm_viewer.gui.widgets.action_spec import TICKING, ActionId
from sperm_viewer.gui.widgets.theme import quiet

_MOST_COLUMNS = 4
_GAP = 4


class AnomalyToggles(QWidget):
    """Shows what is ticked. The actions do the ticking."""

    def __init__(self, actions: Mapping[ActionId, QAction]) -> None:
        super().__init__()
        self._actions = {anomaly: actions[action] for action, anomaly in TICKING.items()}
        for action in self._actions.values():
            action.setCheckable(True)
            # A click toggles the button, but only the cell knows what was stored.
            action.triggered.connect(lambda: self._check() if self.isVisible() else None)
        self._ticked: Collection[str] = ()
        self.buttons = {anomaly: action_button(action) for anomaly, action in self._actions.items()}
        self._title = quiet(QLabel("Anomalies"))
        self._regions = {region: quiet(QLabel(region.capitalize())) for region in Region}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._grid.addWidget(self._title, 0, 0, 1, _MOST_COLUMNS + 1)
        self.show_keys()

    def show_keys(self) -> None:
        """Names the toggles after the keys that are bound now."""
        shifted = True
        for anomaly, action in self._actions.items():
            keys = action.shortcuts()
            text = keys[0].toString(QKeySequence.SequenceFormat.PortableText) if keys else ""
            shifted = shifted and (not text or len(text.removeprefix("Shift+")) < len(text))
            action.setIconText(f"{_letter(keys[0])}  {anomaly.word}" if keys else anomaly.word)
        self._title.setText("Anomalies: Shift and the letter" if shifted else "Anomalies")
        self._arrange()

    def show_ticked(self, cell: Cell, ticked: Collection[str]) -> None:
        self._ticked = ticked
        self._check()
        for button in self.buttons.values():
            button.setEnabled(cell.readable)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _check(self) -> None:
        for anomaly, action in self._actions.items():
            action.setChecked(anomaly in self._ticked)

    def _arrange(self) -> None:
        """Uses as many columns as show every name in full."""
        widest = max(button.sizeHint().width() for button in self.buttons.values()) + _GAP
        beside = max(label.sizeHint().width() for label in self._regions.values()) + _GAP
        columns = max(1, min(_MOST_COLUMNS, (self.width() - beside) // widest))
        row = 1
        for region, label in self._regions.items():
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
            within = [anomaly for anomaly in Anomaly if anomaly.region is region]
            for place, anomaly in enumerate(within):
                self._grid.addWidget(self.buttons[anomaly], row + place // columns, 1 + place % columns)
            row += -(-len(within) // columns)
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column + 1, int(column < columns))


def _letter(key: QKeySequence) -> str:
    """`T` for Shift+T; the whole name of any other key."""
    native = key.toString(QKeySequence.SequenceFormat.NativeText)
    return native[-1] if key.toString(QKeySequence.SequenceFormat.PortableText).startswith("Shift+") else native
