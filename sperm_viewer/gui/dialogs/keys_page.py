"""Settings > Keys: which key does what, and another one for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.gui.widgets.actions import ACTIONS, Act, plain_text
from sperm_viewer.gui.widgets.keys import chosen_keys, kept_keys, keys_of, user_of
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.text_table import text_table
from sperm_viewer.gui.widgets.theme import quiet

_KEY = 1
"""The column of keys."""


class KeysPage(QWidget):
    """Every action with its key; the selected one gets the key that is pressed below. It takes effect at once."""

    def __init__(self, settings: SettingsStore) -> None:
        super().__init__()
        self._settings = settings
        self._chosen = chosen_keys(settings.value.keys)
        self.table = text_table("Keys", ["Action", "Key"], [(plain_text(spec.text), "") for spec in ACTIONS])
        self.table.setSelectionMode(self.table.SelectionMode.SingleSelection)
        self.table.setColumnWidth(0, 240)
        self.capture = QKeySequenceEdit()
        self.capture.setMaximumSequenceLength(1)
        self.capture.setClearButtonEnabled(False)
        self.capture.setAccessibleName("New key")
        self.capture.setToolTip("Press the key that the selected action is to have")
        self.clear = QPushButton("No Key")
        self.clear.setToolTip("The selected action gets no key")
        self.reset = QPushButton("Reset All")
        self.reset.setToolTip("Every action gets its usual keys again")
        self.said = quiet(QLabel())
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        label = QLabel("&New key")
        label.setBuddy(self.capture)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.capture, 1)
        row.addWidget(self.clear)
        row.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        column.addWidget(self.said)
        self.capture.editingFinished.connect(self._take)
        self.clear.clicked.connect(lambda: self._choose(QKeySequence()))
        self.reset.clicked.connect(self._reset)
        self.table.currentCellChanged.connect(lambda: self.said.clear())
        self.table.selectRow(0)
        self._show()

    def select(self, act: Act) -> None:
        self.table.selectRow([spec.id for spec in ACTIONS].index(act))

    def _take(self) -> None:
        key = self.capture.keySequence()
        if key.isEmpty():
            return
        self.capture.clear()
        act = self._act()
        other = user_of(key, self._chosen, but=act)
        if other:
            name = key.toString(QKeySequence.SequenceFormat.NativeText)
            self.said.setText(f"{name} is the key for '{other}'. Choose another, or give '{other}' another key first.")
        else:
            self._choose(key)

    def _choose(self, key: QKeySequence) -> None:
        self._chosen[self._act()] = key
        self._keep()

    def _reset(self) -> None:
        self._chosen.clear()
        self._keep()

    def _keep(self) -> None:
        self._settings.update(keys=kept_keys(self._chosen))
        self.said.clear()
        self._show()

    def _act(self) -> Act:
        return ACTIONS[max(0, self.table.currentRow())].id

    def _show(self) -> None:
        native = QKeySequence.SequenceFormat.NativeText
        for row, spec in enumerate(ACTIONS):
            keys = ", ".join(key.toString(native) for key in keys_of(spec.id, self._chosen))
            self.table.setItem(row, _KEY, QTableWidgetItem(keys))
