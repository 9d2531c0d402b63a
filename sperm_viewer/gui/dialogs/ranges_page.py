"""Settings > Ranges: the reference ranges of measurements, each with its stain and its source."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from sperm_viewer.domain.reference_range import PUBLISHED_RANGES, range_text, read_range
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import quiet

_COLUMNS = ("Stain", "Measurement", "Usual", "From", "To", "Source")
_WIDTHS = (100, 90, 50, 50, 50, 160)
_BETWEEN = " | "
_ABOUT = (
    "Shown beside a head's measurements on slides with this stain, never as a verdict. Lengths in µm, areas in µm², "
    "shares from 0 to 1."
)


class RangesPage(QWidget):
    """A change is stored as soon as every row is complete."""

    def __init__(self, settings: SettingsStore) -> None:
        super().__init__()
        self._settings = settings
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        self.table.setAccessibleName("Reference ranges")
        self.table.verticalHeader().hide()
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.add, self.remove, self.reset = (QPushButton(text) for text in ("&Add", "&Remove", "&Published Values"))
        self.reset.setToolTip("Replace all rows by the published values that the app comes with")
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        about = quiet(QLabel(_ABOUT))
        for label in (about, self.message):
            label.setWordWrap(True)
        row = QHBoxLayout()
        for button in (self.add, self.remove, self.reset):
            row.addWidget(button)
        row.addStretch(1)
        column_layout = QVBoxLayout(self)
        for part in (about, self.table):
            column_layout.addWidget(part)
        column_layout.addLayout(row)
        column_layout.addWidget(self.message)
        self._show(settings.value.ranges)
        self.table.itemChanged.connect(self._store)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.reset.clicked.connect(self._reset)

    def _show(self, lines: tuple[str, ...]) -> None:
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for line in lines:
            self._append(line.split(_BETWEEN))
        self.table.blockSignals(False)

    def _append(self, parts: list[str]) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column in range(len(_COLUMNS)):
            self.table.setItem(row, column, QTableWidgetItem(parts[column] if column < len(parts) else ""))

    def _add(self) -> None:
        self.table.blockSignals(True)
        self._append([])
        self.table.blockSignals(False)
        self.table.setCurrentCell(self.table.rowCount() - 1, 0)

    def _remove(self) -> None:
        if self.table.currentRow() >= 0:
            self.table.removeRow(self.table.currentRow())
            self._store()

    def _reset(self) -> None:
        self._show(tuple(map(range_text, PUBLISHED_RANGES)))
        self._store()

    def _line(self, row: int) -> str:
        items = (self.table.item(row, column) for column in range(len(_COLUMNS)))
        return _BETWEEN.join("" if item is None else item.text().replace("|", "/").strip() for item in items)

    def _store(self) -> None:
        lines = [self._line(row) for row in range(self.table.rowCount())]
        try:
            found = [read_range(line) for line in lines if line.strip(" |")]
        except ValueError as error:
            self.message.setText(f"Not stored yet: {error}")
            return
        self.message.clear()
        self._settings.update(ranges=tuple(map(range_text, found)))
