"""Settings > Keys: shows the key of every action and changes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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

from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, plain_text
from sperm_viewer.gui.widgets.key_bindings import KeyBindings
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.text_table import text_table
from sperm_viewer.gui.widgets.theme import quiet

_KEY_COLUMN = 1


class KeysPage(QWidget):
    """A key pressed in the field below becomes the key of the selected action, at once."""

    def __init__(self, settings: SettingsStore, specs: Sequence[ActionSpec[Any]]) -> None:
        super().__init__()
        self._settings = settings
        self._specs = specs
        self._bindings = KeyBindings(specs, settings.value.keys)
        self.table = text_table("Keys", ["Action", "Key"], [(plain_text(spec.text), "") for spec in specs])
        self.table.setSelectionMode(self.table.SelectionMode.SingleSelection)
        self.table.setColumnWidth(0, 240)
        self.capture = QKeySequenceEdit()
        self.capture.setMaximumSequenceLength(1)
        self.capture.setClearButtonEnabled(False)
        self.capture.setAccessibleName("New key")
        self.capture.setToolTip("Press the new key for the selected action")
        self.clear = QPushButton("No Key")
        self.clear.setToolTip("Remove the key of the selected action")
        self.reset = QPushButton("Reset All")
        self.reset.setToolTip("Restore the default keys of all actions")
        self.message = quiet(QLabel())
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
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
        column.addWidget(self.message)
        self.capture.editingFinished.connect(self._take)
        self.clear.clicked.connect(lambda: self._choose(QKeySequence()))
        self.reset.clicked.connect(self._reset)
        self.table.currentCellChanged.connect(lambda: self.message.clear())
        self.table.selectRow(0)
        self._show()

    def select(self, action: ActionId) -> None:
        self.table.selectRow([spec.id for spec in self._specs].index(action))

    def _take(self) -> None:
        key = self.capture.keySequence()
        if key.isEmpty():
            return
        self.capture.clear()
        other = self._bindings.action_with(key, ignore=self._selected())
        if other:
            name = key.toString(QKeySequence.SequenceFormat.NativeText)
            self.message.setText(
                f"{name} is the key of '{other}'. Choose another key, or first change the key of '{other}'."
            )
        else:
            self._choose(key)

    def _choose(self, key: QKeySequence) -> None:
        self._bindings.choose(self._selected(), key)
        self._store()

    def _reset(self) -> None:
        self._bindings.reset()
        self._store()

    def _store(self) -> None:
        self._settings.update(keys=self._bindings.to_store())
        self.message.clear()
        self._show()

    def _selected(self) -> ActionId:
        return self._specs[max(0, self.table.currentRow())].id

    def _show(self) -> None:
        native = QKeySequence.SequenceFormat.NativeText
        for row, spec in enumerate(self._specs):
            keys = ", ".join(key.toString(native) for key in self._bindings.keys(spec.id))
            self.table.setItem(row, _KEY_COLUMN, QTableWidgetItem(keys))
